// Rotary position embedding in the rotate_half convention (Hugging Face Llama and Qwen2), on the way between the packed
// rows of the projections and the buffers of attention.
//
//   for each row, each q or k head and each pair (c, c + d/2), with angle a = position * theta^(-2c/d):
//     x[c]'       = x[c] * cos a - x[c + d/2] * sin a
//     x[c + d/2]' = x[c + d/2] * cos a + x[c] * sin a
//   The gradient is the inverse rotation, i.e. the same with sin negated.
//
// Shapes (row-major f32): packed [rows, (heads + 2*kvHeads)*d] = [q | k | v]; q [rows, heads*d]; k, v [rows, slots,
//   kvHeads*d], of which slot `slot` is used (training: one slot); v is copied as it stands. cosSin [2, maxPositions,
//   d/2]: all cosines, then all sines, made in f64 on the CPU (sin of large arguments is inexact on GPUs); positions
//   [rows] u32, of slot 0: the angles are those of positions[row] + slot, which is below maxPositions.
// Memory: one thread a pair, no workgroup memory.
//
// spread   group 0: 0 packed (read), 1 cosSin (read), 2 positions (read), 3 q, 4 k, 5 v (read-write)
//   rotates packed rows into q, k and v
// collect  group 0: 0 dPacked (read-write), 1 cosSin (read), 2 positions (read), 3 dQ, 4 dK, 5 dV (read)
//   rotates the gradients of q, k and v back into packed rows
// group 1: 0 Params

struct Params {
  rows: u32,
  heads: u32,
  kvHeads: u32,
  halfDim: u32,  // d/2
  maxPositions: u32,
  slots: u32,
  slot: u32,
}

@group(0) @binding(0) var<storage, read> packed: array<f32>;
@group(0) @binding(0) var<storage, read_write> dPacked: array<f32>;
@group(0) @binding(1) var<storage, read> cosSin: array<f32>;
@group(0) @binding(2) var<storage, read> positions: array<u32>;
@group(0) @binding(3) var<storage, read_write> q: array<f32>;
@group(0) @binding(4) var<storage, read_write> k: array<f32>;
@group(0) @binding(5) var<storage, read_write> v: array<f32>;
@group(0) @binding(3) var<storage, read> dQ: array<f32>;
@group(0) @binding(4) var<storage, read> dK: array<f32>;
@group(0) @binding(5) var<storage, read> dV: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

// A pair (c, c + d/2) of one head of one row.
struct Place {
  row: u32,
  head: u32,    // of the packed row: q heads, k heads, v heads
  c: u32,
  packed: u32,  // where c stands in `packed`
  own: u32,     // and in the buffer of its kind
}

fn placeOf(pair: u32) -> Place {
  let heads = params.heads + 2u * params.kvHeads;
  let row = pair / (heads * params.halfDim);
  let head = (pair / params.halfDim) % heads;
  let c = pair % params.halfDim;
  var vector = row * params.heads + head;
  if (head >= params.heads) {
    vector = (row * params.slots + params.slot) * params.kvHeads + (head - params.heads) % params.kvHeads;
  }
  return Place(row, head, c, (row * heads + head) * 2u * params.halfDim + c, vector * 2u * params.halfDim + c);
}

fn rotated(place: Place, pair: vec2f, sign: f32) -> vec2f {
  // Values have no position.
  if (place.head >= params.heads + params.kvHeads) { return pair; }
  let at = (positions[place.row] + params.slot) * params.halfDim + place.c;
  let cosine = cosSin[at];
  let sine = sign * cosSin[params.maxPositions * params.halfDim + at];
  return vec2f(pair.x * cosine - pair.y * sine, pair.y * cosine + pair.x * sine);
}

@compute @workgroup_size(64)
fn spread(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  let place = placeOf(i);
  if (place.row >= params.rows) { return; }
  let low = place.own;
  let high = low + params.halfDim;
  let pair = rotated(place, vec2f(packed[place.packed], packed[place.packed + params.halfDim]), 1.0);
  if (place.head < params.heads) {
    q[low] = pair.x;
    q[high] = pair.y;
  } else if (place.head < params.heads + params.kvHeads) {
    k[low] = pair.x;
    k[high] = pair.y;
  } else {
    v[low] = pair.x;
    v[high] = pair.y;
  }
}

@compute @workgroup_size(64)
fn collect(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  let place = placeOf(i);
  if (place.row >= params.rows) { return; }
  let low = place.own;
  let high = low + params.halfDim;
  var pair: vec2f;
  if (place.head < params.heads) {
    pair = vec2f(dQ[low], dQ[high]);
  } else if (place.head < params.heads + params.kvHeads) {
    pair = vec2f(dK[low], dK[high]);
  } else {
    pair = vec2f(dV[low], dV[high]);
  }
  pair = rotated(place, pair, -1.0);
  dPacked[place.packed] = pair.x;
  dPacked[place.packed + params.halfDim] = pair.y;
}
