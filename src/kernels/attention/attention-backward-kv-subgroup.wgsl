// Variant of attention-backward-kv.wgsl for software adapters with subgroups of at least 8 lanes: the lanes bring the
// pieces of a row's q and dO once and hand them round (attention-forward-subgroup.wgsl says why).
// Same formulas, bindings, tables, Params and order of sums as attention-backward-kv.wgsl.
//
// Shapes: as there. Memory: workgroup (x, y, z) = (tile, kv head, half of the tile's keys), 8 threads of four keys.
//   Threads past the keys repeat the last one and store nothing. Rows before the half's first key are left out.
//
// backwardKV  group 0: 0 q (read), 1 dO (read), 2 ld (read), 3 k (read), 4 v (read), 5 tiles (read),
//                      6 dK (read-write), 7 dV (read-write)
// group 1: 0 Params
enable subgroups;

const HEAD_DIM_VEC4 = 8u;
const LOADS = 1u;  // pieces a lane brings of q, and of dO: HEAD_DIM_VEC4 / 8, rounded up
const FOUR = 4u;
alias HeadVector = array<vec4f, HEAD_DIM_VEC4>;

const masked = -1e30;
const rowBlock = 256u;
const halfKeys = 32u;

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

@group(0) @binding(0) var<storage, read> queries: array<vec4f>;
@group(0) @binding(1) var<storage, read> dO: array<vec4f>;
@group(0) @binding(2) var<storage, read> ld: array<vec2f>;
@group(0) @binding(3) var<storage, read> keys: array<HeadVector>;
@group(0) @binding(4) var<storage, read> values: array<HeadVector>;
@group(0) @binding(5) var<storage, read> tiles: array<u32>;
@group(0) @binding(6) var<storage, read_write> keyGradient: array<HeadVector>;
@group(0) @binding(7) var<storage, read_write> valueGradient: array<HeadVector>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(8)
fn backwardKV(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let tile = (params.tileBegin + group.x) * 4u;
  let kvHead = group.y;
  let headsPerKv = params.heads / params.kvHeads;
  let keyEnd = tiles[tile + 1u];
  let halfBegin = tiles[tile] + group.z * halfKeys;
  if (halfBegin >= keyEnd) { return; }
  let firstKey = halfBegin + local * 4u;
  let stored = min(4u, max(keyEnd, firstKey) - firstKey);
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
  var placeOf: array<u32, LOADS> = array<u32, LOADS>();
  for (var n = 0u; n < LOADS; n++) { placeOf[n] = min(8u * n + lane % 8u, HEAD_DIM_VEC4 - 1u); }

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
        for (var i = max(block, halfBegin + border); i < blockEnd; i++) {
          let at = i * params.heads + head;
          var qPieces: array<vec4f, LOADS> = array<vec4f, LOADS>();
          var gPieces: array<vec4f, LOADS> = array<vec4f, LOADS>();
          for (var p = 0u; p < LOADS; p++) {
            qPieces[p] = queries[at * HEAD_DIM_VEC4 + placeOf[p]];
            gPieces[p] = dO[at * HEAD_DIM_VEC4 + placeOf[p]];
          }
          // Lanes that sit out cost a load nothing.
          var own = vec2f();
          if (lane == 0u) { own = ld[at]; }
          let terms = subgroupBroadcast(own, 0u);
          var q = HeadVector();
          var g = HeadVector();
          var t = array<vec4f, 4>();
          var u = array<vec4f, 4>();
          for (var c = 0u; c < HEAD_DIM_VEC4; c++) {
            q[c] = subgroupBroadcast(qPieces[c / 8u], c % 8u);
            g[c] = subgroupBroadcast(gPieces[c / 8u], c % 8u);
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
      for (var r = 0u; r < stored; r++) {
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
