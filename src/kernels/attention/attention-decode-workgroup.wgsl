// Variant of attention-decode.wgsl for GPUs: the threads of a workgroup share the keys of one part, or of one row.
//
// Same formulas, tables, partials, bindings and Params. Shapes: as there; a workgroup of `prefix` does one part, one of
//   `merge` one (row, query head).
// Memory: `prefix`: (1) a thread takes every THREADS-th key of the chunk and writes its four scores to workgroup memory;
//   (2) the chunk's maximum, p = 2^(s - m) in place, their sum; (3) threads lie as [slice][vec4 of the head]: each sums
//   p v over the keys of its slice, the slices are added in order. `merge`: a thread goes over every 32nd chunk and own
//   slot with an online softmax of its own; the threads' sums are added in order, eight vec4 of the head at a time.
//   At most 15 KiB of workgroup memory. The order of sums depends on the chunk and the slot alone, not on other rows.
// Loops bounded by HEAD_DIM_VEC4 and FOUR are written out (template.ts).
//
// prefix  group 0: 0 q (read), 1 k (read), 2 v (read), 3 work (read), 4 partials (read-write)
// merge   group 0: 0 q (read), 1 k (read), 2 v (read), 3 work (read), 4 partials (read), 5 o (read-write)
// group 1: 0 Params

const HEAD_DIM_VEC4 = 8u;
const FOUR = 4u;
const THREADS = 128u;
const MERGE_THREADS = 32u;
const SLICES = THREADS / HEAD_DIM_VEC4;
// vec4 of the head that `merge` adds at a time.
const TOGETHER = 8u;
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

// Of `prefix`: the four items' queries, scores and then weights by key, and sums on their way.
var<workgroup> q: array<HeadVector, 4>;
var<workgroup> weights: array<vec4f, chunkKeys>;
var<workgroup> scratch: array<vec4f, 4u * THREADS>;

// First prefix row that a row at slot `slot` sees.
fn firstSeen(prefixEnd: u32) -> u32 {
  let next = prefixEnd + params.slot + 1u;
  return next - min(next, params.window);
}

@compute @workgroup_size(THREADS)
fn prefix(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let part = params.begin + group.y * groups.x + group.x;
  if (part >= params.end) { return; }
  let at = params.rows * rowWords + part * partWords;
  let begin = max(work[at + 3u], firstSeen(work[at + 6u]));
  let end = work[at + 4u];
  if (begin >= end) { return; }
  let count = end - begin;
  let kvHead = work[at + 5u];
  let headsPerKv = params.heads / params.kvHeads;
  for (var i = lane; i < 4u * HEAD_DIM_VEC4; i += THREADS) {
    // Items past the part repeat its last one.
    let item = min(work[at + 1u] + i / HEAD_DIM_VEC4, work[at + 2u] - 1u);
    let head = (work[at] + item / headsPerKv) * params.heads + kvHead * headsPerKv + item % headsPerKv;
    q[i / HEAD_DIM_VEC4][i % HEAD_DIM_VEC4] = queries[head][i % HEAD_DIM_VEC4] * params.scaleLog2;
  }
  workgroupBarrier();

  var m = vec4f(initialMaximum);
  for (var j = lane; j < count; j += THREADS) {
    let key = (begin + j) * params.kvHeads + kvHead;
    var t = array<vec4f, 4>();
    for (var c = 0u; c < HEAD_DIM_VEC4; c++) {
      let x = keys[key][c];
      for (var r = 0u; r < FOUR; r++) { t[r] += q[r][c] * x; }
    }
    var s = vec4f();
    for (var r = 0u; r < FOUR; r++) { s[r] = (t[r].x + t[r].y) + (t[r].z + t[r].w); }
    weights[j] = s;
    m = max(m, s);
  }
  scratch[lane] = m;
  workgroupBarrier();
  if (lane < 8u) {
    for (var i = 1u; i < THREADS / 8u; i++) { m = max(m, scratch[lane + 8u * i]); }
    scratch[THREADS + lane] = m;
  }
  workgroupBarrier();
  m = scratch[THREADS];
  for (var i = 1u; i < 8u; i++) { m = max(m, scratch[THREADS + i]); }
  for (var j = lane; j < count; j += THREADS) { weights[j] = exp2(weights[j] - m); }
  workgroupBarrier();

  let c = lane % HEAD_DIM_VEC4;
  let slice = lane / HEAD_DIM_VEC4;
  var sum = array<vec4f, 4>();
  var l = vec4f();
  if (slice < SLICES) {
    for (var j = slice; j < count; j += SLICES) {
      let x = values[(begin + j) * params.kvHeads + kvHead][c];
      let p = weights[j];
      l += p;
      for (var r = 0u; r < FOUR; r++) { sum[r] += p[r] * x; }
    }
    for (var r = 0u; r < FOUR; r++) { scratch[(slice * 4u + r) * HEAD_DIM_VEC4 + c] = sum[r]; }
  }
  workgroupBarrier();
  for (var i = lane; i < 4u * HEAD_DIM_VEC4; i += THREADS) {
    var total = scratch[i];
    for (var n = 1u; n < SLICES; n++) { total += scratch[n * 4u * HEAD_DIM_VEC4 + i]; }
    newPartials[part * 4u + i / HEAD_DIM_VEC4].sum[i % HEAD_DIM_VEC4] = total;
  }
  workgroupBarrier();
  if (slice < SLICES && c == 0u) { scratch[slice] = l; }
  workgroupBarrier();
  if (lane < 4u) {
    var total = scratch[0][lane];
    for (var n = 1u; n < SLICES; n++) { total += scratch[n][lane]; }
    newPartials[part * 4u + lane].maximumAndWeight = vec4f(m[lane], total, 0.0, 0.0);
  }
}

// Of `merge`: each thread's maximum and weight, and its sums, eight vec4 at a time.
var<workgroup> threadStates: array<vec2f, MERGE_THREADS>;
var<workgroup> threadSums: array<vec4f, MERGE_THREADS * TOGETHER>;

@compute @workgroup_size(MERGE_THREADS)
fn merge(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = params.begin + group.y * groups.x + group.x;
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

  var query: HeadVector;
  var sum = HeadVector();
  for (var c = 0u; c < HEAD_DIM_VEC4; c++) { query[c] = queries[i][c] * params.scaleLog2; }
  var m = initialMaximum;
  var l = 0.0;
  let begin = max(prefixBegin, firstSeen(prefixEnd));
  let chunks = (prefixEnd - prefixBegin + chunkKeys - 1u) / chunkKeys;
  // Where the window begins behind the prefix no chunk was computed.
  let first = select(chunks, (begin - prefixBegin) / chunkKeys, begin < prefixEnd);
  for (var chunk = first + lane; chunk < chunks; chunk += MERGE_THREADS) {
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
  for (var slot = next - min(next, params.window) + lane; slot < next; slot += MERGE_THREADS) {
    let key = (row * params.slots + slot) * params.kvHeads + kvHead;
    var t = vec4f();
    for (var c = 0u; c < HEAD_DIM_VEC4; c++) { t += query[c] * keys[key][c]; }
    let s = (t.x + t.y) + (t.z + t.w);
    let newMaximum = max(m, s);
    let decay = exp2(m - newMaximum);
    let p = exp2(s - newMaximum);
    m = newMaximum;
    l = l * decay + p;
    for (var c = 0u; c < HEAD_DIM_VEC4; c++) { sum[c] = sum[c] * decay + p * values[key][c]; }
  }

  threadStates[lane] = vec2f(m, l);
  workgroupBarrier();
  var most = threadStates[0].x;
  for (var n = 1u; n < MERGE_THREADS; n++) { most = max(most, threadStates[n].x); }
  var total = 0.0;
  for (var n = 0u; n < MERGE_THREADS; n++) { total += threadStates[n].y * exp2(threadStates[n].x - most); }
  let share = exp2(m - most) / total;
  for (var c = 0u; c < HEAD_DIM_VEC4; c++) {
    threadSums[(c % TOGETHER) * MERGE_THREADS + lane] = sum[c] * share;
    if (c % TOGETHER == TOGETHER - 1u || c == HEAD_DIM_VEC4 - 1u) {
      workgroupBarrier();
      let own = c - c % TOGETHER + lane;
      if (own <= c) {
        var result = threadSums[lane * MERGE_THREADS];
        for (var n = 1u; n < MERGE_THREADS; n++) { result += threadSums[lane * MERGE_THREADS + n]; }
        o[i][own] = result;
      }
      workgroupBarrier();
    }
  }
}
