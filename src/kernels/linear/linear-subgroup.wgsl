// Variant of linear.wgsl's `product` and `weight` for software adapters with subgroups of at least 8 lanes.
//
// On llvmpipe a load costs about 1.5 ns a lane and component, whether the lanes ask for one address or for
// many (it is a loop over lanes with a bounds test), while arithmetic runs at 20 GFLOP/s a core. So the
// operand that all lanes share is loaded once, a piece by each lane, and handed round by subgroupBroadcast.
// Same formulas, shapes, bindings, Params and summation order as linear.wgsl.
//
// Memory: a workgroup is 16 threads side by side over vec4 columns. product: a thread owns 8 PIECES rows x 4
// columns of the result. weight: 4 ROW_VECTORS x 4 of dW, TURN_ROWS = 8 / ROW_VECTORS rows of dY and X a turn.
// Lanes 0-7 of a subgroup hold the shared pieces. Broadcasts need uniform control flow: columns past the end
// are clamped, and only their stores are guarded. Sizes are set by template.ts, loops bounded by them or by
// EIGHT written out.
enable subgroups;

struct Params {
  begin: u32,
  end: u32,
  depth: u32,
  width: u32,
  height: u32,
  accumulate: u32,
  has_bias: u32,
  split_rows: u32,
  splits: u32,
  top: u32,
  first_split: u32,
}

override weights_by_row = false;

const PIECES = 2u;
const EIGHT = 8u;
const ROW_VECTORS = 4u;
const TURN_ROWS = 2u;

@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> b: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> partials: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> result: array<vec4f>;
@group(1) @binding(0) var<uniform> params: Params;

fn weights(k: u32, column: u32) -> mat4x4f {
  if (weights_by_row) {
    let stride = params.width / 4u;
    let at = 4u * k * stride + column;
    return mat4x4f(b[at], b[at + stride], b[at + 2u * stride], b[at + 3u * stride]);
  }
  let stride = params.depth / 4u;
  let at = 4u * column * stride + k;
  return transpose(mat4x4f(b[at], b[at + stride], b[at + 2u * stride], b[at + 3u * stride]));
}

fn advance(sum: vec4f, x: vec4f, w: mat4x4f) -> vec4f {
  return fma(vec4f(x.w), w[3], fma(vec4f(x.z), w[2], fma(vec4f(x.y), w[1], fma(vec4f(x.x), w[0], sum))));
}

@compute @workgroup_size(16)
fn product(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let row = params.begin + group.y * 8u * PIECES;
  let column = group.x * 16u + local;
  let inside = min(column, params.width / 4u - 1u);
  let depth = params.depth / 4u;
  let last = params.end - 1u;
  var rows: array<u32, PIECES>;
  for (var p = 0u; p < PIECES; p++) { rows[p] = min(row + 8u * p + lane % 8u, last) * depth; }
  var sums = array<vec4f, 8u * PIECES>();
  for (var k = 0u; k < depth; k++) {
    let w = weights(k, inside);
    for (var p = 0u; p < PIECES; p++) {
      let x = a[rows[p] + k];
      for (var r = 0u; r < EIGHT; r++) {
        sums[8u * p + r] = advance(sums[8u * p + r], subgroupBroadcast(x, r), w);
      }
    }
  }
  if (column >= params.width / 4u) { return; }
  // A loop of unknown length: unrolled stores would compile for seconds on llvmpipe.
  let count = min(8u * PIECES, params.end - row);
  var offset = vec4f();
  if (params.has_bias != 0u) { offset = bias[column]; }
  var finished = sums;
  for (var i = 0u; i < count; i++) {
    let at = (row + i) * (params.width / 4u) + column;
    var total = finished[i] + offset;
    if (params.accumulate != 0u) { total += result[at]; }
    result[at] = total;
  }
}

@compute @workgroup_size(16)
fn weight(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let column = group.x * 16u + local;
  let width = params.width / 4u;
  let height = params.height / 4u;
  let inside = min(column, width - 1u);
  // Lane l of eight loads four values of dY, of the turn's row l / ROW_VECTORS.
  let top = params.top + group.y * 4u * ROW_VECTORS;
  let split = params.first_split + group.z;
  let part = min(top / 4u + lane % ROW_VECTORS, height - 1u);
  let ahead = (lane / ROW_VECTORS) % TURN_ROWS;
  let first = params.begin + split * params.split_rows;
  let end = min(first + params.split_rows, params.end);
  var sums = array<vec4f, 4u * ROW_VECTORS>();
  for (var row = first; row < end; row += TURN_ROWS) {
    let mine = row + ahead;
    // A row past the end counts as zero; its X is the split's last row again.
    let g = select(vec4f(), a[min(mine, end - 1u) * height + part], mine < end);
    for (var t = 0u; t < TURN_ROWS; t++) {
      let x = b[min(row + t, end - 1u) * width + inside];
      for (var h = 0u; h < ROW_VECTORS; h++) {
        let gh = subgroupBroadcast(g, t * ROW_VECTORS + h);
        sums[4u * h] = fma(vec4f(gh.x), x, sums[4u * h]);
        sums[4u * h + 1u] = fma(vec4f(gh.y), x, sums[4u * h + 1u]);
        sums[4u * h + 2u] = fma(vec4f(gh.z), x, sums[4u * h + 2u]);
        sums[4u * h + 3u] = fma(vec4f(gh.w), x, sums[4u * h + 3u]);
      }
    }
  }
  if (column >= width) { return; }
  let count = min(4u * ROW_VECTORS, params.height - top);
  var finished = sums;
  for (var i = 0u; i < count; i++) {
    let at = (split * params.height + top + i) * width + column;
    var total = finished[i];
    if (params.accumulate != 0u) { total += partials[at]; }
    partials[at] = total;
  }
}
