// One new query per rollout against its group's shared prefix and its own cached suffix (register variant), with the
// prefix split over many threads.
//
//   o_r = sum_j softmax_j(scale * q_r . k_j) v_j  over the prefix rows of r's group, then r's own slots [0, slot], of
//   which the row sees its last `window`; its new key and value stand in slot `slot` already. `prefix` does one chunk of
//   prefix keys each: m = max s, l = sum 2^(s - m), a = sum 2^(s - m) v. `merge` adds the chunks in order, m* = max m,
//   l* = sum l 2^(m - m*), a* likewise, goes on with the own slots and writes o = a* / l*.
//   Chunk borders are fixed places of the prefix, so a row's result does not depend on the rows around it.
//
// Shapes (row-major f32, d = head dim): q, o [rows, heads*d], rotated; k, v of `prefix` [tokens, kvHeads*d], as the
//   prefill left them; k, v of `merge`, the rows' own, [rows, slots, kvHeads*d]. work u32: [rows, 5] prefixBegin,
//   prefixEnd, firstPart, entries, rowBegin; then [parts, 7] firstRow, itemBegin, itemEnd, chunkBegin, chunkEnd, kvHead,
//   prefixEnd. Item i of a part is query head i % (heads/kvHeads) of the kv head, of row
//   firstRow + i / (heads/kvHeads); a part has at most four items. The parts of a group lie [chunk][kv head][entry].
//   partials [parts, 4]: (a, (m, l, 0, 0)).
// Memory: `prefix`: one thread a part: each key it loads serves four items, and the threads beside it, which have the
//   group's other items, ask for the same key. `merge`: one thread a (row, query head). No workgroup memory, no barrier.
// Loops: see attention-forward.wgsl and template.ts.
//
// prefix  group 0: 0 q (read), 1 k (read), 2 v (read), 3 work (read), 4 partials (read-write)
// merge   group 0: 0 q (read), 1 k (read), 2 v (read), 3 work (read), 4 partials (read), 5 o (read-write)
// group 1: 0 Params

const HEAD_DIM_VEC4 = 8u;
const FOUR = 4u;
alias HeadVector = array<vec4f, HEAD_DIM_VEC4>;

// Finite stand-ins for -infinity, as in the forward kernel.
const initialMaximum = -1e29;
const chunkKeys = 256u;
const partWords = 7u;
const rowWords = 5u;

struct Params {
  begin: u32,      // first part (prefix) or (row, head) (merge)
  end: u32,
  rows: u32,       // rows of `work`
  heads: u32,
  kvHeads: u32,
  vectors: u32,    // HEAD_DIM_VEC4
  items: u32,      // 4, items a part
  window: u32,     // keys a row sees, itself included
  slot: u32,       // where the new token stands
  slots: u32,      // slots of a cache row
  scaleLog2: f32,  // scale * log2(e)
}

struct Partial {
  sum: HeadVector,
  maximumAndWeight: vec4f,
}

@group(0) @binding(0) var<storage, read> queries: array<HeadVector>;
@group(0) @binding(1) var<storage, read> keys: array<HeadVector>;
@group(0) @binding(2) var<storage, read> values: array<HeadVector>;
@group(0) @binding(3) var<storage, read> work: array<u32>;
@group(0) @binding(4) var<storage, read_write> newPartials: array<Partial>;
@group(0) @binding(4) var<storage, read> partials: array<Partial>;
@group(0) @binding(5) var<storage, read_write> o: array<HeadVector>;
@group(1) @binding(0) var<uniform> params: Params;

// First prefix row that a row at slot `slot` sees.
fn firstSeen(prefixEnd: u32) -> u32 {
  let next = prefixEnd + params.slot + 1u;
  return next - min(next, params.window);
}

@compute @workgroup_size(16)
fn prefix(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let part = params.begin + (group.y * groups.x + group.x) * 16u + lane;
  if (part >= params.end) { return; }
  let at = params.rows * rowWords + part * partWords;
  let begin = max(work[at + 3u], firstSeen(work[at + 6u]));
  let end = work[at + 4u];
  if (begin >= end) { return; }
  let kvHead = work[at + 5u];
  let headsPerKv = params.heads / params.kvHeads;
  // Items past the part repeat its last one.
  let item = min(work[at + 1u] + vec4u(0u, 1u, 2u, 3u), vec4u(work[at + 2u] - 1u));
  let row = work[at] + item / headsPerKv;
  let head = kvHead * headsPerKv + item % headsPerKv;

  var q: array<HeadVector, 4>;
  var sum = array<HeadVector, 4>();
  for (var r = 0u; r < params.items; r++) {
    for (var c = 0u; c < params.vectors; c++) {
      q[r][c] = queries[row[r] * params.heads + head[r]][c] * params.scaleLog2;
    }
  }
  var m = vec4f(initialMaximum);
  var l = vec4f();
  for (var j = begin; j < end; j++) {
    let key = j * params.kvHeads + kvHead;
    var t = array<vec4f, 4>();
    for (var c = 0u; c < HEAD_DIM_VEC4; c++) {
      let x = keys[key][c];
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
      let x = values[key][c];
      for (var r = 0u; r < FOUR; r++) { sum[r][c] = sum[r][c] * decay[r] + p[r] * x; }
    }
  }
  for (var r = 0u; r < params.items; r++) {
    for (var c = 0u; c < params.vectors; c++) { newPartials[part * 4u + r].sum[c] = sum[r][c]; }
    newPartials[part * 4u + r].maximumAndWeight = vec4f(m[r], l[r], 0.0, 0.0);
  }
}

@compute @workgroup_size(16)
fn merge(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = params.begin + (group.y * groups.x + group.x) * 16u + lane;
  if (i >= params.end) { return; }
  let row = i / params.heads;
  let head = i % params.heads;
  let headsPerKv = params.heads / params.kvHeads;
  let kvHead = head / headsPerKv;
  let prefixBegin = work[row * rowWords];
  let prefixEnd = work[row * rowWords + 1u];
  let entries = work[row * rowWords + 3u];
  // A row of no group gets no output.
  if (entries == 0u) { return; }
  let item = (row - work[row * rowWords + 4u]) * headsPerKv + head % headsPerKv;

  var q: HeadVector;
  var sum = HeadVector();
  for (var c = 0u; c < params.vectors; c++) { q[c] = queries[i][c] * params.scaleLog2; }
  var m = initialMaximum;
  var l = 0.0;
  let begin = max(prefixBegin, firstSeen(prefixEnd));
  let chunks = (prefixEnd - prefixBegin + chunkKeys - 1u) / chunkKeys;
  // Where the window begins behind the prefix no chunk was computed.
  let first = select(chunks, (begin - prefixBegin) / chunkKeys, begin < prefixEnd);
  for (var chunk = first; chunk < chunks; chunk++) {
    let part = work[row * rowWords + 2u] + (chunk * params.kvHeads + kvHead) * entries + item / 4u;
    let at = part * 4u + item % 4u;
    let own = partials[at].maximumAndWeight;
    let newMaximum = max(m, own.x);
    let decay = exp2(m - newMaximum);
    let weight = exp2(own.x - newMaximum);
    m = newMaximum;
    l = l * decay + own.y * weight;
    for (var c = 0u; c < HEAD_DIM_VEC4; c++) { sum[c] = sum[c] * decay + weight * partials[at].sum[c]; }
  }

  let next = params.slot + 1u;
  for (var slot = next - min(next, params.window); slot < next; slot++) {
    let key = (row * params.slots + slot) * params.kvHeads + kvHead;
    var t = vec4f();
    for (var c = 0u; c < HEAD_DIM_VEC4; c++) { t += q[c] * keys[key][c]; }
    let s = (t.x + t.y) + (t.z + t.w);
    let newMaximum = max(m, s);
    let decay = exp2(m - newMaximum);
    let p = exp2(s - newMaximum);
    m = newMaximum;
    l = l * decay + p;
    for (var c = 0u; c < HEAD_DIM_VEC4; c++) { sum[c] = sum[c] * decay + p * values[key][c]; }
  }
  let inverse = 1.0 / l;
  for (var c = 0u; c < params.vectors; c++) { o[i][c] = sum[c] * inverse; }
}
