// Y = X W^T (+ bias) (+ Y) with weights stored as 16-bit floats, two a word, and all arithmetic in f32: for decoding,
// where each weight is read for a few rows and memory decides. unpack2x16float needs no feature.
//
// Shapes (widths divisible by 4): X [rows, depth] f32, W [width, depth] as f16 from vector `top` of the packed buffer on,
//   Y [rows, width] f32; pack: weights [4 end] f32 -> packed [4 end] f16, rounded to nearest, clamped to the finite range.
// Memory: a thread owns ROWS x 4 of the result in registers, as in linear.wgsl, and adds in the same order: rounded
//   weights in f32 give the same bits there. A thread packs one vector of four.
//
// product  group 0: 0 a [rows, depth], 1 packed weights, 2 bias [width], read if has_bias, 3 result (read-write)
// pack     group 0: 0 weights, 1 packed (read-write)
// group 1: 0 Params. Rows [begin, end) are the work of a dispatch; accumulate != 0 adds to the old result.

struct Params {
  begin: u32,
  end: u32,
  depth: u32,
  width: u32,
  accumulate: u32,
  has_bias: u32,
  top: u32,
}

const ROWS = 1u;
const largest = 65504.0;

@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> b: array<vec2u>;
@group(0) @binding(1) var<storage, read_write> packed: array<vec2u>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> result: array<vec4f>;
@group(1) @binding(0) var<uniform> params: Params;

fn unpacked(at: u32) -> vec4f {
  let words = b[at];
  return vec4f(unpack2x16float(words.x), unpack2x16float(words.y));
}

// Column j of the matrix multiplies element 4 k + j of a row and gives the four results of `column`.
fn weights(k: u32, column: u32) -> mat4x4f {
  let stride = params.depth / 4u;
  let at = params.top + 4u * column * stride + k;
  return transpose(mat4x4f(
    unpacked(at), unpacked(at + stride), unpacked(at + 2u * stride), unpacked(at + 3u * stride)));
}

fn advance(sum: vec4f, x: vec4f, w: mat4x4f) -> vec4f {
  return fma(vec4f(x.w), w[3], fma(vec4f(x.z), w[2], fma(vec4f(x.y), w[1], fma(vec4f(x.x), w[0], sum))));
}

fn finish(row: u32, column: u32, value: vec4f, offset: vec4f) {
  if (row >= params.end) { return; }
  var total = value + offset;
  let at = row * (params.width / 4u) + column;
  if (params.accumulate != 0u) { total += result[at]; }
  result[at] = total;
}

@compute @workgroup_size(8, 8)
fn product(@builtin(global_invocation_id) id: vec3u) {
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

@compute @workgroup_size(64)
fn pack(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.end) { return; }
  let value = clamp(a[i], vec4f(-largest), vec4f(largest));
  packed[i] = vec2u(pack2x16float(value.xy), pack2x16float(value.zw));
}
