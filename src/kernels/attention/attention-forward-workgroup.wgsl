// Variant of attention-forward.wgsl for GPUs: tiles of keys in workgroup memory, scores and sums in registers
// (workgroup-tile.wgsl). Same formulas, shapes, bindings, tables and Params as attention-forward.wgsl; the sum of a
// softmax is added in another order, so its bits are its own.
//
// Memory: workgroup (x, y, z) = (tile, kv head, part of the tile's items). K and V share one buffer: K, scores, the
//   items' maxima over the tile (threads of an item meet in `weights`), then V and the probabilities.
// Order: keys go in tiles of TILE_OTHERS from the start of each block. What the threads of an item have of l is added in
//   their order at the end of a block. All shapes have THREADS_X threads side by side, so none changes a bit.
// Barriers are in uniform flow: loops are bounded by tables and parameters.
//
// forward  group 0: 0 q (read), 1 k (read), 2 v (read), 3 tiles (read), 4 o (read-write), 5 ld (read-write)
// group 1: 0 Params

const THREADS_X = 8u;
const THREADS_Y = 16u;
const THREADS = THREADS_X * THREADS_Y;

// Finite stand-ins for -infinity: exp2(masked - initialMaximum) is 0 and never NaN.
const initialMaximum = -1e29;
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
  scaleLog2: f32,  // scale * log2(e)
}

@group(0) @binding(0) var<storage, read> queries: array<vec4f>;
@group(0) @binding(1) var<storage, read> keys: array<vec4f>;
@group(0) @binding(2) var<storage, read> values: array<vec4f>;
@group(0) @binding(3) var<storage, read> tiles: array<u32>;
@group(0) @binding(4) var<storage, read_write> o: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> ld: array<vec2f>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(THREADS)
fn forward(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
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
  let blocks = (tiles[tile + 3u] - tiles[tile + 2u] + keyBlock - 1u) / keyBlock
    + (lastRow + keyBlock - tiles[tile + 4u]) / keyBlock;
  if (params.blockBegin >= blocks) { return; }

  // Items past the tile repeat its last one and are not stored.
  var wanted = Items();
  var row = Items();
  var at = Items();  // (row, head) pairs
  var start = Items();  // their first words
  var sums = Sums();
  var m = ItemValues();
  var l = ItemValues();
  for (var r = 0u; r < ITEM_VECTORS; r++) {
    wanted[r] = firstItem + 4u * (y + THREADS_Y * r) + vec4u(0u, 1u, 2u, 3u);
    let item = min(wanted[r], vec4u(count - 1u));
    row[r] = tiles[tile] + item / headsPerKv;
    at[r] = row[r] * params.heads + kvHead * headsPerKv + item % headsPerKv;
    start[r] = at[r] * VECTORS;
    m[r] = vec4f(initialMaximum);
    if (params.blockBegin > 0u) {
      for (var e = 0u; e < FOUR; e++) {
        let both = ld[at[r][e]];
        m[r][e] = both.x;
        l[r][e] = both.y;
        for (var d = 0u; d < DIM_VECTORS; d++) {
          sums[(4u * r + e) * DIM_VECTORS + d] = o[start[r][e] + min(x + THREADS_X * d, VECTORS - 1u)];
        }
      }
    }
  }

  let stride = params.kvHeads * VECTORS;
  let offset = kvHead * VECTORS;
  var index = 0u;
  for (var range = 0u; range < 2u; range++) {
    // Range A is in the past of every row; in range B a row sees keys up to itself.
    let end = select(lastRow + 1u, tiles[tile + 3u], range == 0u);
    let border = select(0u, tiles[tile + 6u], range == 0u);
    let firstPlace = firstRow - border;
    let firstSeen = firstPlace + 1u - min(firstPlace + 1u, params.window);
    for (var begin = tiles[tile + 2u + 2u * range]; begin < end; begin += keyBlock) {
      index++;
      if (index <= params.blockBegin || index > params.blockEnd) { continue; }
      let blockEnd = min(begin + keyBlock, end);
      var own = ItemValues();
      // Tiles that no row sees would change nothing.
      let skipped = (max(begin, firstSeen) - begin) / TILE_OTHERS * TILE_OTHERS;
      var fetched = fetch_keys(local, begin + skipped, blockEnd - 1u, stride, offset);
      for (var first = begin + skipped; first < blockEnd; first += TILE_OTHERS) {
        workgroupBarrier();
        put_block(local, &fetched);
        workgroupBarrier();
        fetched = fetch_values(local, first, blockEnd - 1u, stride, offset);
        var s = scores_queries(start, x);
        var most = ItemValues();
        for (var r = 0u; r < ITEM_VECTORS; r++) { most[r] = m[r]; }
        for (var j = 0u; j < OTHERS; j++) {
          let key = first + x + THREADS_X * j;
          let seen = select(0u, params.window, key < blockEnd);
          for (var r = 0u; r < ITEM_VECTORS; r++) {
            let place = row[r] - border;
            // A key after the row wraps round to a large distance.
            let score = select(vec4f(masked), s[j * ITEM_VECTORS + r] * params.scaleLog2, place - key < vec4u(seen));
            s[j * ITEM_VECTORS + r] = score;
            most[r] = max(most[r], score);
          }
        }
        for (var r = 0u; r < ITEM_VECTORS; r++) { weights[x * ITEM_VEC4 + y + THREADS_Y * r] = most[r]; }
        workgroupBarrier();
        put_block(local, &fetched);
        for (var r = 0u; r < ITEM_VECTORS; r++) {
          for (var i = 0u; i < THREADS_X; i++) { most[r] = max(most[r], weights[i * ITEM_VEC4 + y + THREADS_Y * r]); }
          let decay = exp2(m[r] - most[r]);
          m[r] = most[r];
          l[r] *= decay;
          own[r] *= decay;
          for (var d = 0u; d < DIM_VECTORS; d++) {
            let sum = 4u * r * DIM_VECTORS + d;
            sums[sum] *= decay.x;
            sums[sum + DIM_VECTORS] *= decay.y;
            sums[sum + 2u * DIM_VECTORS] *= decay.z;
            sums[sum + 3u * DIM_VECTORS] *= decay.w;
          }
          for (var j = 0u; j < OTHERS; j++) {
            let p = exp2(s[j * ITEM_VECTORS + r] - m[r]);
            s[j * ITEM_VECTORS + r] = p;
            own[r] += p;
          }
        }
        workgroupBarrier();
        put_weights(&s, x, y);
        workgroupBarrier();
        fetched = fetch_keys(local, first + TILE_OTHERS, blockEnd - 1u, stride, offset);
        add_products(&sums, x, y);
      }
      // l takes what all threads of the item have, in their order.
      workgroupBarrier();
      for (var r = 0u; r < ITEM_VECTORS; r++) { weights[x * ITEM_VEC4 + y + THREADS_Y * r] = own[r]; }
      workgroupBarrier();
      for (var r = 0u; r < ITEM_VECTORS; r++) {
        for (var i = 0u; i < THREADS_X; i++) { l[r] += weights[i * ITEM_VEC4 + y + THREADS_Y * r]; }
      }
    }
  }

  let last = params.blockEnd >= blocks;
  // Others may still read what they begin from.
  storageBarrier();
  for (var r = 0u; r < ITEM_VECTORS; r++) {
    let inverse = select(vec4f(1.0), 1.0 / max(l[r], vec4f(1e-30)), last);
    let logSum = select(m[r], m[r] + log2(max(l[r], vec4f(1e-30))), last);
    for (var e = 0u; e < FOUR; e++) {
      if (wanted[r][e] < count) {
        for (var d = 0u; d < DIM_VECTORS; d++) {
          let c = x + THREADS_X * d;
          if (c < VECTORS) { o[start[r][e] + c] = sums[(4u * r + e) * DIM_VECTORS + d] * inverse[e]; }
        }
        if (x == 0u) { ld[at[r][e]] = vec2f(logSum[e], l[r][e]); }
      }
    }
  }
}
