// One new query per rollout against its group's shared prefix and its own cached suffix (register variant).
//
//   o_r = sum_j softmax_j(scale * q_r . k_j) v_j  over the prefix rows of r's group, then r's own slots
//   [0, slot]. `append` first writes the new k and v of every row to slot `slot`; `decode` then reads them
//   with the rest. Same maths and key order as the forward kernel.
//
// Shapes (row-major f32, d = head dim): qkv [rows, heads*d + 2*kvHeads*d], the new packed rows (already
//   rotated); prefix: rows of the same layout, as the prefill left them; cache [rows, slots, k: kvHeads*d |
//   v: kvHeads*d]; o [rows, heads*d]. entries [count, 5] u32: firstRow, itemBegin, itemEnd, prefixBegin,
//   prefixEnd; item i is query head i % (heads/kvHeads) of row firstRow + i / (heads/kvHeads). An entry has
//   at most four items, all of one group.
// Memory: one thread an (entry, kv head): each prefix key it loads serves four items; suffix keys are its
//   items' own. No workgroup memory, no barrier. `append`: one thread a head vector.
// Loops: see attention-forward.wgsl and template.ts.
//
// append  group 0: 0 qkv (read), 1 cache (read-write)
// decode  group 0: 0 qkv (read), 1 prefix (read), 2 entries (read), 3 cache (read), 4 o (read-write)
// group 1: 0 Params

const HEAD_DIM_VEC4 = 8u;
const FOUR = 4u;
alias HeadVector = array<vec4f, HEAD_DIM_VEC4>;

// Finite stand-in for -infinity, as in the forward kernel.
const initialMaximum = -1e29;

struct Params {
  begin: u32,      // first row (append) or entry (decode)
  end: u32,
  heads: u32,
  kvHeads: u32,
  vectors: u32,    // HEAD_DIM_VEC4
  items: u32,      // 4, items a thread
  slot: u32,       // where the new token goes
  slots: u32,      // slots of a cache row
  scaleLog2: f32,  // scale * log2(e)
}

@group(0) @binding(0) var<storage, read> qkv: array<HeadVector>;
@group(0) @binding(1) var<storage, read_write> newCache: array<HeadVector>;
@group(0) @binding(1) var<storage, read> prefix: array<HeadVector>;
@group(0) @binding(2) var<storage, read> entries: array<u32>;
@group(0) @binding(3) var<storage, read> cache: array<HeadVector>;
@group(0) @binding(4) var<storage, read_write> o: array<HeadVector>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn append(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  let slotVectors = 2u * params.kvHeads;
  let row = params.begin + i / slotVectors;
  if (row >= params.end) { return; }
  let source = row * (params.heads + slotVectors) + params.heads + i % slotVectors;
  let place = (row * params.slots + params.slot) * slotVectors + i % slotVectors;
  for (var c = 0u; c < params.vectors; c++) {
    newCache[place][c] = qkv[source][c];
  }
}

@compute @workgroup_size(16)
fn decode(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 16u + lane;
  let kvHead = i % params.kvHeads;
  if (params.begin + i / params.kvHeads >= params.end) { return; }
  let entry = (params.begin + i / params.kvHeads) * 5u;
  let headsPerKv = params.heads / params.kvHeads;
  let rowVectors = params.heads + 2u * params.kvHeads;
  // Items past the entry repeat its last one.
  let item = min(entries[entry + 1u] + vec4u(0u, 1u, 2u, 3u), vec4u(entries[entry + 2u] - 1u));
  let row = entries[entry] + item / headsPerKv;
  let head = kvHead * headsPerKv + item % headsPerKv;
  let keyAt = params.heads + kvHead;

  var q: array<HeadVector, 4>;
  var sum = array<HeadVector, 4>();
  for (var r = 0u; r < params.items; r++) {
    for (var c = 0u; c < params.vectors; c++) {
      q[r][c] = qkv[row[r] * rowVectors + head[r]][c] * params.scaleLog2;
    }
  }
  var m = vec4f(initialMaximum);
  var l = vec4f();

  for (var j = entries[entry + 3u]; j < entries[entry + 4u]; j++) {
    let k = j * rowVectors + keyAt;
    let v = k + params.kvHeads;
    var t = array<vec4f, 4>();
    for (var c = 0u; c < HEAD_DIM_VEC4; c++) {
      let x = prefix[k][c];
      for (var r = 0u; r < FOUR; r++) { t[r] += q[r][c] * x; }
    }
    var s = vec4f();
    for (var r = 0u; r < FOUR; r++) { s[r] = (t[r].x + t[r].y) + (t[r].z + t[r].w); }
    let newMaximum = max(m, s);
    let decay = exp2(m - newMaximum);
    let p = exp2(s - newMaximum);
    m = newMaximum;
    l = l * decay + p;
    for (var c = 0u; c < HEAD_DIM_VEC4; c++) {
      let x = prefix[v][c];
      for (var r = 0u; r < FOUR; r++) { sum[r][c] = sum[r][c] * decay[r] + p[r] * x; }
    }
  }

  for (var r = 0u; r < params.items; r++) {
    var own: HeadVector;
    var total: HeadVector;
    for (var c = 0u; c < params.vectors; c++) {
      own[c] = q[r][c];
      total[c] = sum[r][c];
    }
    var ownM = m[r];
    var ownL = l[r];
    let firstSlot = row[r] * params.slots * 2u * params.kvHeads + kvHead;
    for (var slot = 0u; slot <= params.slot; slot++) {
      let k = firstSlot + slot * 2u * params.kvHeads;
      let v = k + params.kvHeads;
      var t = vec4f();
      for (var c = 0u; c < HEAD_DIM_VEC4; c++) {
        t += own[c] * cache[k][c];
      }
      let s = (t.x + t.y) + (t.z + t.w);
      let newMaximum = max(ownM, s);
      let decay = exp2(ownM - newMaximum);
      let p = exp2(s - newMaximum);
      ownM = newMaximum;
      ownL = ownL * decay + p;
      for (var c = 0u; c < HEAD_DIM_VEC4; c++) {
        total[c] = total[c] * decay + p * cache[v][c];
      }
    }
    let inverse = 1.0 / ownL;
    for (var c = 0u; c < params.vectors; c++) {
      o[row[r] * params.heads + head[r]][c] = total[c] * inverse;
    }
  }
}
