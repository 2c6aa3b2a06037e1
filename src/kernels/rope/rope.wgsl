// Rotary position embedding in the rotate_half convention (Hugging Face Llama and Qwen2), in place on q and
// k.
//
//   for each row, each q or k head and each pair (c, c + d/2), with angle a = position * theta^(-2c/d):
//     x[c]'       = x[c] * cos a - x[c + d/2] * sin a
//     x[c + d/2]' = x[c + d/2] * cos a + x[c] * sin a
//   The gradient is the inverse rotation, i.e. the same with sin negated: `sign` is 1 forward and -1
//   backward.
//
// Shapes (row-major f32): rows of qkv are [q: heads*d | k: kvHeads*d | v: kvHeads*d]; v is left alone.
//   cosSin [2, maxPositions, d/2]: all cosines, then all sines, made in f64 on the CPU (sin of large
//   arguments is inexact on GPUs); positions [rows] u32, each < maxPositions.
// Memory: one thread a pair, no workgroup memory.
//
// rotate  group 0: 0 qkv or dQKV (read-write), 1 cosSin (read), 2 positions (read)
// group 1: 0 Params

struct Params {
  rows: u32,
  heads: u32,      // q heads plus k heads
  rowFloats: u32,  // stride of qkv
  halfDim: u32,    // d/2
  maxPositions: u32,
  sign: f32,
}

@group(0) @binding(0) var<storage, read_write> qkv: array<f32>;
@group(0) @binding(1) var<storage, read> cosSin: array<f32>;
@group(0) @binding(2) var<storage, read> positions: array<u32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn rotate(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  let pairs = params.heads * params.halfDim;
  if (i >= params.rows * pairs) { return; }
  let row = i / pairs;
  let head = (i % pairs) / params.halfDim;
  let c = i % params.halfDim;
  let low = row * params.rowFloats + head * 2u * params.halfDim + c;
  let high = low + params.halfDim;
  let at = positions[row] * params.halfDim + c;
  let cosine = cosSin[at];
  let sine = params.sign * cosSin[params.maxPositions * params.halfDim + at];
  let x = qkv[low];
  let y = qkv[high];
  qkv[low] = x * cosine - y * sine;
  qkv[high] = y * cosine + x * sine;
}
