// Gradient of shared-prefix attention with respect to q, and the row terms D (register variant).
//
//   D_i   = sum_c dO_ic o_ic                          P_ij = 2^(scale * log2(e) * q_i . k_j - L2_i)
//   dS_ij = P_ij (dO_i . v_j - D_i)                   dq_i = scale * sum_j dS_ij k_j
//
// Shapes (row-major f32, d = head dim): q, o, dO, dQ [rows, heads*d]; k, v [rows, kvHeads*d]; ld [rows, heads, 2] =
//   (L2, D); tiles [count, 7] u32 as for the forward kernel.
// Memory: `backwardQ` is laid out as the forward kernel: workgroup (x, y) = (tile, kv head), four (row, query
//   head) items a thread, which owns their dq: no atomics, no barrier. After each key block the sums are
//   added to dQ and restarted, so that f32 keeps its digits over long prefixes; the order is fixed, and a
//   dispatch may do any run of blocks.
//   `rowTerms`: one thread a (row, head).
// Loops: see attention-forward.wgsl and template.ts.
//
// rowTerms   group 0: 0 o (read), 1 dO (read), 2 ld (read-write; D is written)
// backwardQ  group 0: 0 q (read), 1 dO (read), 2 ld (read), 3 k (read), 4 v (read), 5 tiles (read),
//                     6 dQ (read-write)
// group 1: 0 Params

const HEAD_DIM_VEC4 = 8u;
const FOUR = 4u;
alias HeadVector = array<vec4f, HEAD_DIM_VEC4>;

const masked = -1e30;
const keyBlock = 512u;

struct RowParams {
  count: u32,    // rows * heads
  vectors: u32,  // HEAD_DIM_VEC4
}

struct Params {
  tileBegin: u32,
  heads: u32,
  kvHeads: u32,
  vectors: u32,    // HEAD_DIM_VEC4
  items: u32,      // 4, items a thread
  window: u32,     // keys a row sees, itself included
  blockBegin: u32,
  blockEnd: u32,
  scaleLog2: f32,  // scale * log2(e), for the recomputed scores
  scale: f32,      // for the gradient
}

@group(0) @binding(0) var<storage, read> outputs: array<HeadVector>;
@group(0) @binding(1) var<storage, read> dO: array<HeadVector>;
@group(0) @binding(2) var<storage, read_write> rowLd: array<vec2f>;
@group(1) @binding(0) var<uniform> rowParams: RowParams;

@group(0) @binding(0) var<storage, read> queries: array<HeadVector>;
@group(0) @binding(2) var<storage, read> ld: array<vec2f>;
@group(0) @binding(3) var<storage, read> keys: array<HeadVector>;
@group(0) @binding(4) var<storage, read> values: array<HeadVector>;
@group(0) @binding(5) var<storage, read> tiles: array<u32>;
@group(0) @binding(6) var<storage, read_write> dQ: array<HeadVector>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn rowTerms(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= rowParams.count) { return; }
  var sum = vec4f();
  for (var c = 0u; c < rowParams.vectors; c++) {
    sum += dO[i][c] * outputs[i][c];
  }
  rowLd[i].y = (sum.x + sum.y) + (sum.z + sum.w);
}

@compute @workgroup_size(16)
fn backwardQ(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let tile = (params.tileBegin + group.x) * 7u;
  let kvHead = group.y;
  let headsPerKv = params.heads / params.kvHeads;
  let count = (tiles[tile + 1u] - tiles[tile]) * headsPerKv;
  if (lane * 4u >= count) { return; }
  // Items past the tile repeat its last one: `valid` keeps them from adding to its gradient twice.
  let wanted = lane * 4u + vec4u(0u, 1u, 2u, 3u);
  let valid = min(4u, count - lane * 4u);
  let item = min(wanted, vec4u(count - 1u));
  let row = tiles[tile] + item / headsPerKv;
  let head = kvHead * headsPerKv + item % headsPerKv;

  var q: array<HeadVector, 4>;
  var g: array<HeadVector, 4>;
  var logSum: vec4f;
  var d: vec4f;
  for (var r = 0u; r < params.items; r++) {
    let at = row[r] * params.heads + head[r];
    for (var c = 0u; c < params.vectors; c++) {
      q[r][c] = queries[at][c] * params.scaleLog2;
      g[r][c] = dO[at][c];
    }
    let terms = ld[at];
    logSum[r] = terms.x;
    d[r] = terms.y;
  }

  var index = 0u;
  for (var range = 0u; range < 2u; range++) {
    let end = select(row[3] + 1u, tiles[tile + 3u], range == 0u);
    let place = row - select(0u, tiles[tile + 6u], range == 0u);
    let firstSeen = place[0] + 1u - min(place[0] + 1u, params.window);
    for (var block = tiles[tile + 2u + 2u * range]; block < end; block += keyBlock) {
      index++;
      if (index <= params.blockBegin || index > params.blockEnd) { continue; }
      let blockEnd = min(block + keyBlock, end);
      var sum = array<HeadVector, 4>();
      for (var j = max(block, firstSeen); j < blockEnd; j++) {
        let at = j * params.kvHeads + kvHead;
        var key: HeadVector;
        var t = array<vec4f, 4>();
        var u = array<vec4f, 4>();
        for (var c = 0u; c < HEAD_DIM_VEC4; c++) {
          key[c] = keys[at][c];
          let x = values[at][c];
          for (var r = 0u; r < FOUR; r++) {
            t[r] += q[r][c] * key[c];
            u[r] += g[r][c] * x;
          }
        }
        var s = vec4f();
        var dP = vec4f();
        for (var r = 0u; r < FOUR; r++) {
          s[r] = (t[r].x + t[r].y) + (t[r].z + t[r].w);
          dP[r] = (u[r].x + u[r].y) + (u[r].z + u[r].w);
        }
        s = select(vec4f(masked), s, place - j < vec4u(params.window));
        let dS = exp2(s - logSum) * (dP - d);
        for (var c = 0u; c < HEAD_DIM_VEC4; c++) {
          for (var r = 0u; r < FOUR; r++) { sum[r][c] += dS[r] * key[c]; }
        }
      }
      for (var r = 0u; r < valid; r++) {
        let at = row[r] * params.heads + head[r];
        for (var c = 0u; c < params.vectors; c++) {
          dQ[at][c] = select(dQ[at][c], vec4f(), index == 1u) + params.scale * sum[r][c];
        }
      }
    }
  }
}
