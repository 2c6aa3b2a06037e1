// Variant of attention-backward-q.wgsl's `backwardQ` for GPUs: tiles of keys in workgroup memory, scores and sums in
// registers (workgroup-tile.wgsl). Same formulas, shapes, bindings, tables and Params as attention-backward-q.wgsl.
//
// Memory: workgroup (x, y, z) = (tile, kv head, part of the tile's items). V and K share one buffer: V for dP, then K for
//   the scores and, with dS in `weights`, for dQ. After each key block the sums are added to dQ and restarted.
//
// backwardQ  group 0: 0 q (read), 1 dO (read), 2 ld (read), 3 k (read), 4 v (read), 5 tiles (read),
//                     6 dQ (read-write)
// group 1: 0 Params

const THREADS_X = 8u;
const THREADS_Y = 16u;
const THREADS = THREADS_X * THREADS_Y;

const masked = -1e30;
const keyBlock = 512u;

struct Params {
  tileBegin: u32,
  heads: u32,
  kvHeads: u32,
  vectors: u32,
  items: u32,
  window: u32,     // keys a row sees, itself included
  blockBegin: u32,
  blockEnd: u32,
  scaleLog2: f32,  // scale * log2(e), for the recomputed scores
  scale: f32,      // for the gradient
}

@group(0) @binding(0) var<storage, read> queries: array<vec4f>;
@group(0) @binding(1) var<storage, read> dO: array<vec4f>;
@group(0) @binding(2) var<storage, read> ld: array<vec2f>;
@group(0) @binding(3) var<storage, read> keys: array<vec4f>;
@group(0) @binding(4) var<storage, read> values: array<vec4f>;
@group(0) @binding(5) var<storage, read> tiles: array<u32>;
@group(0) @binding(6) var<storage, read_write> dQ: array<vec4f>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(THREADS)
fn backwardQ(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let x = local % THREADS_X;
  let y = local / THREADS_X;
  let tile = (params.tileBegin + group.x) * 7u;
  let kvHead = group.y;
  let headsPerKv = params.heads / params.kvHeads;
  let count = (tiles[tile + 1u] - tiles[tile]) * headsPerKv;
  let firstItem = group.z * 4u * ITEM_VEC4;
  if (firstItem >= count) { return; }
  let firstRow = tiles[tile] + firstItem / headsPerKv;
  let lastRow = tiles[tile] + (min(firstItem + 4u * ITEM_VEC4, count) - 1u) / headsPerKv;

  // Items past the tile repeat its last one and are not stored.
  var wanted = Items();
  var row = Items();
  var start = Items();
  var logSum = ItemValues();
  var d = ItemValues();
  for (var r = 0u; r < ITEM_VECTORS; r++) {
    wanted[r] = firstItem + 4u * (y + THREADS_Y * r) + vec4u(0u, 1u, 2u, 3u);
    let item = min(wanted[r], vec4u(count - 1u));
    row[r] = tiles[tile] + item / headsPerKv;
    let at = row[r] * params.heads + kvHead * headsPerKv + item % headsPerKv;
    start[r] = at * VECTORS;
    for (var e = 0u; e < FOUR; e++) {
      let terms = ld[at[e]];
      logSum[r][e] = terms.x;
      d[r][e] = terms.y;
    }
  }

  let stride = params.kvHeads * VECTORS;
  let offset = kvHead * VECTORS;
  var index = 0u;
  for (var range = 0u; range < 2u; range++) {
    let end = select(lastRow + 1u, tiles[tile + 3u], range == 0u);
    let border = select(0u, tiles[tile + 6u], range == 0u);
    let firstPlace = firstRow - border;
    let firstSeen = firstPlace + 1u - min(firstPlace + 1u, params.window);
    for (var begin = tiles[tile + 2u + 2u * range]; begin < end; begin += keyBlock) {
      index++;
      if (index <= params.blockBegin || index > params.blockEnd) { continue; }
      let blockEnd = min(begin + keyBlock, end);
      var sums = Sums();
      var fetched = fetch_values(local, max(begin, firstSeen), blockEnd - 1u, stride, offset);
      for (var first = max(begin, firstSeen); first < blockEnd; first += TILE_OTHERS) {
        workgroupBarrier();
        put_block(local, &fetched);
        workgroupBarrier();
        fetched = fetch_keys(local, first, blockEnd - 1u, stride, offset);
        var dS = scores_dO(start, x);
        workgroupBarrier();
        put_block(local, &fetched);
        workgroupBarrier();
        fetched = fetch_values(local, first + TILE_OTHERS, blockEnd - 1u, stride, offset);
        let s = scores_queries(start, x);
        for (var j = 0u; j < OTHERS; j++) {
          let key = first + x + THREADS_X * j;
          let seen = select(0u, params.window, key < blockEnd);
          for (var r = 0u; r < ITEM_VECTORS; r++) {
            let i = j * ITEM_VECTORS + r;
            let score = select(vec4f(masked), s[i] * params.scaleLog2, row[r] - border - key < vec4u(seen));
            dS[i] = exp2(score - logSum[r]) * (dS[i] - d[r]);
          }
        }
        put_weights(&dS, x, y);
        workgroupBarrier();
        add_products(&sums, x, y);
      }
      for (var r = 0u; r < ITEM_VECTORS; r++) {
        for (var e = 0u; e < FOUR; e++) {
          if (wanted[r][e] < count) {
            for (var n = 0u; n < DIM_VECTORS; n++) {
              let c = x + THREADS_X * n;
              if (c < VECTORS) {
                let at = start[r][e] + c;
                dQ[at] = select(dQ[at], vec4f(), index == 1u) + params.scale * sums[(4u * r + e) * DIM_VECTORS + n];
              }
            }
          }
        }
      }
    }
  }
}
