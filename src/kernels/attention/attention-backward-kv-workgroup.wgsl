// Variant of attention-backward-kv.wgsl for GPUs: tiles of rows in workgroup memory, scores and sums in registers
// (workgroup-tile.wgsl). Same formulas, shapes, bindings, tables and Params as attention-backward-kv.wgsl.
//
// Memory: workgroup (x, y, z) = (tile, kv head, part of the tile's keys). q and dO share one buffer: q for the scores, dO
//   for dP and, with P in `weights`, for dV, and q again, with dS, for dK. After each row block the sums are added
//   to dK and dV and restarted.
//
// backwardKV  group 0: 0 q (read), 1 dO (read), 2 ld (read), 3 k (read), 4 v (read), 5 tiles (read),
//                      6 dK (read-write), 7 dV (read-write)
// group 1: 0 Params

const THREADS_X = 8u;
const THREADS_Y = 16u;
const THREADS = THREADS_X * THREADS_Y;

const masked = -1e30;
const rowBlock = 256u;

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
@group(0) @binding(6) var<storage, read_write> keyGradient: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> valueGradient: array<vec4f>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(THREADS)
fn backwardKV(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let x = local % THREADS_X;
  let y = local / THREADS_X;
  let tile = (params.tileBegin + group.x) * 4u;
  let kvHead = group.y;
  let headsPerKv = params.heads / params.kvHeads;
  let keyEnd = tiles[tile + 1u];
  let firstKey = tiles[tile] + group.z * 4u * ITEM_VEC4;
  if (firstKey >= keyEnd) { return; }

  // Threads past the keys repeat the last one and store nothing.
  var wanted = Items();
  var key = Items();
  var start = Items();
  for (var r = 0u; r < ITEM_VECTORS; r++) {
    wanted[r] = firstKey + 4u * (y + THREADS_Y * r) + vec4u(0u, 1u, 2u, 3u);
    key[r] = min(wanted[r], vec4u(keyEnd - 1u));
    start[r] = (key[r] * params.kvHeads + kvHead) * VECTORS;
  }

  let stride = params.heads * VECTORS;
  var index = 0u;
  for (var n = 0u; n < tiles[tile + 3u]; n++) {
    let range = tiles[tile + 2u] + 3u * n;
    let end = tiles[range + 1u];
    let border = tiles[range + 2u];
    for (var begin = tiles[range]; begin < end; begin += rowBlock) {
      index++;
      if (index <= params.blockBegin || index > params.blockEnd) { continue; }
      let blockEnd = min(begin + rowBlock, end);
      var dK = Sums();
      var dV = Sums();
      for (var h = 0u; h < headsPerKv; h++) {
        let head = kvHead * headsPerKv + h;
        let offset = head * VECTORS;
        let firstRow = max(begin, firstKey + border);
        var fetched = fetch_queries(local, firstRow, blockEnd - 1u, stride, offset);
        for (var first = firstRow; first < blockEnd; first += TILE_OTHERS) {
          workgroupBarrier();
          put_block(local, &fetched);
          workgroupBarrier();
          fetched = fetch_dO(local, first, blockEnd - 1u, stride, offset);
          var p = scores_keys(start, x);
          var rowD = array<f32, OTHERS>();
          for (var j = 0u; j < OTHERS; j++) {
            let i = first + x + THREADS_X * j;
            let terms = ld[min(i, blockEnd - 1u) * params.heads + head];
            rowD[j] = terms.y;
            let seen = select(0u, params.window, i < blockEnd);
            for (var r = 0u; r < ITEM_VECTORS; r++) {
              let at = j * ITEM_VECTORS + r;
              let score = select(vec4f(masked), p[at] * params.scaleLog2, vec4u(i - border) - key[r] < vec4u(seen));
              p[at] = exp2(score - terms.x);
            }
          }
          workgroupBarrier();
          put_block(local, &fetched);
          put_weights(&p, x, y);
          workgroupBarrier();
          fetched = fetch_queries(local, first, blockEnd - 1u, stride, offset);
          var dS = scores_values(start, x);
          for (var j = 0u; j < OTHERS; j++) {
            for (var r = 0u; r < ITEM_VECTORS; r++) {
              let at = j * ITEM_VECTORS + r;
              dS[at] = p[at] * (dS[at] - rowD[j]);
            }
          }
          add_products(&dV, x, y);
          workgroupBarrier();
          put_block(local, &fetched);
          put_weights(&dS, x, y);
          workgroupBarrier();
          fetched = fetch_queries(local, first + TILE_OTHERS, blockEnd - 1u, stride, offset);
          add_products(&dK, x, y);
        }
      }
      for (var r = 0u; r < ITEM_VECTORS; r++) {
        for (var e = 0u; e < FOUR; e++) {
          if (wanted[r][e] < keyEnd) {
            for (var d = 0u; d < DIM_VECTORS; d++) {
              let c = x + THREADS_X * d;
              if (c < VECTORS) {
                let at = start[r][e] + c;
                let sum = (4u * r + e) * DIM_VECTORS + d;
                keyGradient[at] = select(keyGradient[at], vec4f(), index == 1u) + params.scale * dK[sum];
                valueGradient[at] = select(valueGradient[at], vec4f(), index == 1u) + dV[sum];
              }
            }
          }
        }
      }
    }
  }
}
