// Variant of attention-backward-q.wgsl's `backwardQ` for software adapters with subgroups of at least 8 lanes: the
// lanes bring the pieces of a key and a value once and hand them round, as in attention-forward-subgroup.wgsl, which
// says why and how. Same formulas, bindings, tables, Params and order of sums as attention-backward-q.wgsl.
//
// Shapes: as there. Memory: workgroup (x, y, z) = (tile, kv head, half of the tile's items), 8 threads of four items.
//
// backwardQ  group 0: 0 q (read), 1 dO (read), 2 ld (read), 3 k (read), 4 v (read), 5 tiles (read),
//                     6 dQ (read-write)
// group 1: 0 Params
enable subgroups;

const HEAD_DIM_VEC4 = 8u;
const LOADS = 1u;  // pieces a lane brings of a key, and of a value: HEAD_DIM_VEC4 / 8, rounded up
const FOUR = 4u;
alias HeadVector = array<vec4f, HEAD_DIM_VEC4>;

const masked = -1e30;
const keyBlock = 512u;
const halfItems = 32u;

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

@group(0) @binding(0) var<storage, read> queries: array<HeadVector>;
@group(0) @binding(1) var<storage, read> dO: array<HeadVector>;
@group(0) @binding(2) var<storage, read> ld: array<vec2f>;
@group(0) @binding(3) var<storage, read> keys: array<vec4f>;
@group(0) @binding(4) var<storage, read> values: array<vec4f>;
@group(0) @binding(5) var<storage, read> tiles: array<u32>;
@group(0) @binding(6) var<storage, read_write> dQ: array<HeadVector>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(8)
fn backwardQ(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let tile = (params.tileBegin + group.x) * 7u;
  let kvHead = group.y;
  let headsPerKv = params.heads / params.kvHeads;
  let count = (tiles[tile + 1u] - tiles[tile]) * headsPerKv;
  let firstItem = group.z * halfItems;
  if (firstItem >= count) { return; }
  let firstRow = tiles[tile] + firstItem / headsPerKv;
  let lastRow = tiles[tile] + min(firstItem + halfItems - 1u, count - 1u) / headsPerKv;

  let wanted = firstItem + local * 4u;
  let stored = min(4u, max(count, wanted) - wanted);
  let item = min(wanted + vec4u(0u, 1u, 2u, 3u), vec4u(count - 1u));
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

  var placeOf: array<u32, LOADS> = array<u32, LOADS>();
  for (var n = 0u; n < LOADS; n++) {
    placeOf[n] = kvHead * HEAD_DIM_VEC4 + min(8u * n + lane % 8u, HEAD_DIM_VEC4 - 1u);
  }

  var index = 0u;
  for (var range = 0u; range < 2u; range++) {
    let end = select(lastRow + 1u, tiles[tile + 3u], range == 0u);
    let border = select(0u, tiles[tile + 6u], range == 0u);
    let place = row - border;
    let firstSeen = firstRow - border + 1u - min(firstRow - border + 1u, params.window);
    for (var block = tiles[tile + 2u + 2u * range]; block < end; block += keyBlock) {
      index++;
      if (index <= params.blockBegin || index > params.blockEnd) { continue; }
      let blockEnd = min(block + keyBlock, end);
      var sum = array<HeadVector, 4>();
      for (var j = max(block, firstSeen); j < blockEnd; j++) {
        let keyRow = j * params.kvHeads * HEAD_DIM_VEC4;
        var keyPieces: array<vec4f, LOADS> = array<vec4f, LOADS>();
        var valuePieces: array<vec4f, LOADS> = array<vec4f, LOADS>();
        for (var n = 0u; n < LOADS; n++) {
          keyPieces[n] = keys[keyRow + placeOf[n]];
          valuePieces[n] = values[keyRow + placeOf[n]];
        }
        var key = HeadVector();
        var t = array<vec4f, 4>();
        var u = array<vec4f, 4>();
        for (var c = 0u; c < HEAD_DIM_VEC4; c++) {
          key[c] = subgroupBroadcast(keyPieces[c / 8u], c % 8u);
          let x = subgroupBroadcast(valuePieces[c / 8u], c % 8u);
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
      for (var r = 0u; r < stored; r++) {
        let at = row[r] * params.heads + head[r];
        for (var c = 0u; c < params.vectors; c++) {
          dQ[at][c] = select(dQ[at][c], vec4f(), index == 1u) + params.scale * sum[r][c];
        }
      }
    }
  }
}
