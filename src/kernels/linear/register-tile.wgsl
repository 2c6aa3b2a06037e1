// The register tile of a product, put behind linear.wgsl and linear-packed.wgsl: Y = A · W (+ bias) (+ Y).
//
// Shapes: a thread owns ROWS × 4 of the result, of rows [begin, end) and `width` columns as Params say.
// Bindings are those of the file before it: `a`, `bias`, `result`, `params`; so are `weights(k, column)`, its matrix of four
//   by four, and `advance(sum, x, w)`, one turn of the sum over k.

const ROWS = 4u;

fn finish(row: u32, column: u32, value: vec4f, offset: vec4f) {
  if (row >= params.end) { return; }
  var total = value + offset;
  let at = row * (params.width / 4u) + column;
  if (params.accumulate != 0u) { total += result[at]; }
  result[at] = total;
}

fn registerTile(id: vec3u) {
  let row = params.begin + id.y * ROWS;
  let column = id.x;
  if (row >= params.end || column >= params.width / 4u) { return; }
  let depth = params.depth / 4u;
  // Rows past the end read the last row and are not stored.
  let last = params.end - 1u;
  var rows = array<u32, ROWS>();
  for (var r = 0u; r < ROWS; r++) { rows[r] = min(row + r, last) * depth; }
  var sums = array<vec4f, ROWS>();
  for (var k = 0u; k < depth; k++) {
    let w = weights(k, column);
    for (var r = 0u; r < ROWS; r++) { sums[r] = advance(sums[r], a[rows[r] + k], w); }
  }
  var offset = vec4f();
  if (params.has_bias != 0u) { offset = bias[column]; }
  for (var r = 0u; r < ROWS; r++) { finish(row + r, column, sums[r], offset); }
}
