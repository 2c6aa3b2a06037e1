// Y = X W^T (+ bias) (+ Y) with weights stored as 16-bit floats, two a word: for decoding, where each weight is read for a
// few rows and memory decides. How they are multiplied stands in packed-f32.wgsl or packed-f16.wgsl, put before this file;
// register-tile.wgsl is put behind it.
//
// Shapes (widths divisible by 4): X [rows, depth] f32, W [width, depth] as f16 from vector `top` of the packed buffer on,
//   Y [rows, width] f32; pack: weights [4 end] f32 -> packed [4 end] f16, rounded to nearest, clamped to the finite range.
// Memory: a thread owns ROWS x 4 of the result in registers. A thread packs one vector of four.
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

const largest = 65504.0;

@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> b: array<vec2u>;
@group(0) @binding(1) var<storage, read_write> packed: array<vec2u>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> result: array<vec4f>;
@group(1) @binding(0) var<uniform> params: Params;

// Column j of the matrix multiplies element 4 k + j of a row and gives the four results of `column`.
fn weights(k: u32, column: u32) -> Weights {
  let stride = params.depth / 4u;
  let at = params.top + 4u * column * stride + k;
  return transpose(Weights(
    unpacked(b[at]), unpacked(b[at + stride]), unpacked(b[at + 2u * stride]), unpacked(b[at + 3u * stride])));
}

@compute @workgroup_size(8, 8)
fn product(@builtin(global_invocation_id) id: vec3u) { registerTile(id); }

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
