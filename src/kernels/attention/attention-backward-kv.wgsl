// Gradients of shared-prefix attention with respect to k and v (register variant).
//
//   dv_j = sum_i P_ij dO_i        dk_j = scale * sum_i dS_ij q_i
//   P_ij = 2^(scale * log2(e) * q_i . k_j - L2_i)     dS_ij = P_ij (dO_i . v_j - D_i)
//   summed over the rows i that see key j and, in head order, over the query heads that share its kv head.
//
// Shapes (row-major f32, d = head dim): q, dO [rows, heads*d]; k, v, dK, dV [rows, kvHeads*d]; ld
//   [rows, heads, 2] = (L2, D). tiles u32: per tile kBegin, kEnd, ranges, count, then the
//   ranges' own words, three a range, from word `ranges` on: qBegin, qEnd, border. Row i of a range stands
//   at i - border for the keys of the tile; it sees key j where 0 <= i - border - j < window.
// Memory: workgroup (x, y) = (tile, kv head). A thread has four consecutive keys and owns their dk and dv, so
//   each query row it loads serves four; no atomics, no barrier. After each row block the sums are added to
//   dK and dV and restarted, so that f32 keeps its digits over long sequences; the order is fixed, and a dispatch
//   may do any run of blocks, counted through the ranges.
// Loops: see attention-forward.wgsl and template.ts.
//
// backwardKV  group 0: 0 q (read), 1 dO (read), 2 ld (read), 3 k (read), 4 v (read), 5 tiles (read),
//                      6 dK (read-write), 7 dV (read-write)
// group 1: 0 Params

const HEAD_DIM_VEC4 = 8u;
const FOUR = 4u;
alias HeadVector = array<vec4f, HEAD_DIM_VEC4>;

const masked = -1e30;
const rowBlock = 256u;

struct Params {
  tileBegin: u32,
  heads: u32,
  kvHeads: u32,
  vectors: u32,    // HEAD_DIM_VEC4
  items: u32,      // 4, keys a thread
  window: u32,     // keys a row sees, itself included
  blockBegin: u32,
  blockEnd: u32,
  scaleLog2: f32,  // scale * log2(e), for the recomputed scores
  scale: f32,      // for the gradient
}

@group(0) @binding(0) var<storage, read> queries: array<HeadVector>;
@group(0) @binding(1) var<storage, read> dO: array<HeadVector>;
@group(0) @binding(2) var<storage, read> ld: array<vec2f>;
@group(0) @binding(3) var<storage, read> keys: array<HeadVector>;
@group(0) @binding(4) var<storage, read> values: array<HeadVector>;
@group(0) @binding(5) var<storage, read> tiles: array<u32>;
@group(0) @binding(6) var<storage, read_write> keyGradient: array<HeadVector>;
@group(0) @binding(7) var<storage, read_write> valueGradient: array<HeadVector>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(16)
fn backwardKV(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let tile = (params.tileBegin + group.x) * 4u;
  let kvHead = group.y;
  let headsPerKv = params.heads / params.kvHeads;
  let firstKey = tiles[tile] + lane * 4u;
  let keyEnd = tiles[tile + 1u];
  if (firstKey >= keyEnd) { return; }
  let valid = min(4u, keyEnd - firstKey);
  let key = min(firstKey + vec4u(0u, 1u, 2u, 3u), vec4u(keyEnd - 1u));

  var k: array<HeadVector, 4>;
  var v: array<HeadVector, 4>;
  for (var r = 0u; r < params.items; r++) {
    let at = key[r] * params.kvHeads + kvHead;
    for (var c = 0u; c < params.vectors; c++) {
      k[r][c] = keys[at][c] * params.scaleLog2;
      v[r][c] = values[at][c];
    }
  }

  var index = 0u;
  for (var n = 0u; n < tiles[tile + 3u]; n++) {
    let range = tiles[tile + 2u] + 3u * n;
    let end = tiles[range + 1u];
    let border = tiles[range + 2u];
    for (var block = tiles[range]; block < end; block += rowBlock) {
      index++;
      if (index <= params.blockBegin || index > params.blockEnd) { continue; }
      let blockEnd = min(block + rowBlock, end);
      var dK = array<HeadVector, 4>();
      var dV = array<HeadVector, 4>();
      for (var h = 0u; h < headsPerKv; h++) {
        let head = kvHead * headsPerKv + h;
        for (var i = block; i < blockEnd; i++) {
          let at = i * params.heads + head;
          var q: HeadVector;
          var g: HeadVector;
          var t = array<vec4f, 4>();
          var u = array<vec4f, 4>();
          for (var c = 0u; c < HEAD_DIM_VEC4; c++) {
            q[c] = queries[at][c];
            g[c] = dO[at][c];
            for (var r = 0u; r < FOUR; r++) {
              t[r] += k[r][c] * q[c];
              u[r] += v[r][c] * g[c];
            }
          }
          var s = vec4f();
          var dP = vec4f();
          for (var r = 0u; r < FOUR; r++) {
            s[r] = (t[r].x + t[r].y) + (t[r].z + t[r].w);
            dP[r] = (u[r].x + u[r].y) + (u[r].z + u[r].w);
          }
          s = select(vec4f(masked), s, vec4u(i - border) - key < vec4u(params.window));
          let terms = ld[at];
          let p = exp2(s - terms.x);
          let dS = p * (dP - terms.y);
          for (var c = 0u; c < HEAD_DIM_VEC4; c++) {
            for (var r = 0u; r < FOUR; r++) {
              dK[r][c] += dS[r] * q[c];
              dV[r][c] += p[r] * g[c];
            }
          }
        }
      }
      for (var r = 0u; r < valid; r++) {
        let at = key[r] * params.kvHeads + kvHead;
        let first = index == 1u;
        for (var c = 0u; c < params.vectors; c++) {
          keyGradient[at][c] = select(keyGradient[at][c], vec4f(), first) + params.scale * dK[r][c];
          valueGradient[at][c] = select(valueGradient[at][c], vec4f(), first) + dV[r][c];
        }
      }
    }
  }
}
