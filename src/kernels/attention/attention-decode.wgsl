// One new query per rollout against its group's shared prefix and its own cached suffix (register variant).
//
//   o_r = sum_j softmax_j(scale * q_r . k_j) v_j  over the prefix rows of r's group, then r's own slots 0 .. slot.
//   The new k and v of row r are written to cache slot `slot`. Same maths and key order as the forward kernel.
//
// Shapes (row-major f32, d = head dim): qkv [rows, heads*d + 2*kvHeads*d], the new packed rows (already rotated);
//   prefix: rows of the same layout, as the prefill left them; cache [cacheRows, slots, k: kvHeads*d | v: kvHeads*d];
//   o [rows, heads*d]. groups [count, 4] u32: rowBegin, rowEnd, prefixBegin, prefixEnd; rows of one entry share a prefix.
// Memory: workgroup (x, y) = (entry, kv head), one thread a (row, query head of this kv head). Prefix keys have a
//   uniform address; suffix keys are gathered. No workgroup memory, no barrier. Slot `slot` of the cache is written and
//   never read here: its values come from qkv.
// HEAD_DIM_VEC4 is replaced at kernel creation.
//
// decode  group 0: 0 qkv (read), 1 prefix (read), 2 groups (read), 3 cache (read-write), 4 o (read-write)
// group 1: 0 Params

const HEAD_DIM_VEC4 = 8u;
alias HeadVector = array<vec4f, HEAD_DIM_VEC4>;

const initialMaximum = -1e29;
const masked = -1e30;

struct Params {
  groupBegin: u32,
  heads: u32,
  kvHeads: u32,
  slot: u32,       // slots in use before this token
  slots: u32,      // slots of a cache row
  scaleLog2: f32,  // scale * log2(e)
}

@group(0) @binding(0) var<storage, read> qkv: array<HeadVector>;
@group(0) @binding(1) var<storage, read> prefix: array<HeadVector>;
@group(0) @binding(2) var<storage, read> groups: array<vec4u>;
@group(0) @binding(3) var<storage, read_write> cache: array<HeadVector>;
@group(0) @binding(4) var<storage, read_write> o: array<HeadVector>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn decode(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let entry = groups[params.groupBegin + group.x];
  let kvHead = group.y;
  let headsPerKv = params.heads / params.kvHeads;
  let rowVectors = params.heads + 2u * params.kvHeads;
  let row = entry.x + lane / headsPerKv;
  if (row >= entry.y) { return; }
  let head = kvHead * headsPerKv + lane % headsPerKv;
  let keyAt = params.heads + kvHead;
  let ownAt = row * rowVectors + keyAt;
  let slotAt = row * params.slots * 2u * params.kvHeads + kvHead;

  var q: HeadVector;
  var sum: HeadVector;
  for (var c = 0u; c < HEAD_DIM_VEC4; c++) {
    q[c] = qkv[row * rowVectors + head][c] * params.scaleLog2;
  }
  var m = initialMaximum;
  var l = 0.0;

  for (var j = entry.z; j < entry.w; j += 4u) {
    let k0 = j * rowVectors + keyAt;
    let k1 = min(j + 1u, entry.w - 1u) * rowVectors + keyAt;
    let k2 = min(j + 2u, entry.w - 1u) * rowVectors + keyAt;
    let k3 = min(j + 3u, entry.w - 1u) * rowVectors + keyAt;
    var s = vec4f();
    for (var c = 0u; c < HEAD_DIM_VEC4; c++) {
      s += vec4f(dot(q[c], prefix[k0][c]), dot(q[c], prefix[k1][c]), dot(q[c], prefix[k2][c]), dot(q[c], prefix[k3][c]));
    }
    s = select(vec4f(masked), s, vec4u(j, j + 1u, j + 2u, j + 3u) < vec4u(entry.w));
    let newMaximum = max(m, max(max(s.x, s.y), max(s.z, s.w)));
    let decay = exp2(m - newMaximum);
    let p = exp2(s - newMaximum);
    m = newMaximum;
    l = l * decay + ((p.x + p.y) + (p.z + p.w));
    let v0 = k0 + params.kvHeads;
    let v1 = k1 + params.kvHeads;
    let v2 = k2 + params.kvHeads;
    let v3 = k3 + params.kvHeads;
    for (var c = 0u; c < HEAD_DIM_VEC4; c++) {
      sum[c] = sum[c] * decay + ((p.x * prefix[v0][c] + p.y * prefix[v1][c]) + (p.z * prefix[v2][c] + p.w * prefix[v3][c]));
    }
  }

  for (var slot = 0u; slot < params.slot; slot++) {
    let at = slotAt + slot * 2u * params.kvHeads;
    var s = 0.0;
    for (var c = 0u; c < HEAD_DIM_VEC4; c++) {
      s += dot(q[c], cache[at][c]);
    }
    let newMaximum = max(m, s);
    let decay = exp2(m - newMaximum);
    let p = exp2(s - newMaximum);
    m = newMaximum;
    l = l * decay + p;
    for (var c = 0u; c < HEAD_DIM_VEC4; c++) {
      sum[c] = sum[c] * decay + p * cache[at + params.kvHeads][c];
    }
  }

  var s = 0.0;
  for (var c = 0u; c < HEAD_DIM_VEC4; c++) {
    s += dot(q[c], qkv[ownAt][c]);
  }
  let newMaximum = max(m, s);
  let decay = exp2(m - newMaximum);
  let p = exp2(s - newMaximum);
  l = l * decay + p;
  let inverse = 1.0 / l;
  for (var c = 0u; c < HEAD_DIM_VEC4; c++) {
    o[row * params.heads + head][c] = (sum[c] * decay + p * qkv[ownAt + params.kvHeads][c]) * inverse;
  }

  // One thread a (row, kv head) appends.
  if (lane % headsPerKv == 0u) {
    let at = slotAt + params.slot * 2u * params.kvHeads;
    for (var c = 0u; c < HEAD_DIM_VEC4; c++) {
      cache[at][c] = qkv[ownAt][c];
      cache[at + params.kvHeads][c] = qkv[ownAt + params.kvHeads][c];
    }
  }
}
