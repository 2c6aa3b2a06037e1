// Variant of attention-forward.wgsl for software adapters with subgroups of at least 8 lanes.
//
// On llvmpipe a load is a loop over the lanes, as dear where all lanes ask for one address as where they ask for
// many. Here the lanes of a workgroup see the same keys at the same time: each brings its own piece of a key and a
// value, and subgroupBroadcast hands the pieces round. A key costs 2 LOADS loads a lane instead of
// 2 HEAD_DIM_VEC4. Same formulas, bindings, tables, Params and order of sums as attention-forward.wgsl.
//
// Shapes: as there. Memory: workgroup (x, y, z) = (tile, kv head, half of the tile's items): 8 threads of four items.
//   Broadcasts need uniform control flow: all threads go up to the last row of their half, and mask keys after their
//   own rows; a masked key leaves the sums as they are. Threads past the items repeat the last and store nothing.
//   No workgroup memory, no barrier. Loops bounded by HEAD_DIM_VEC4, LOADS and FOUR are written out
//   (shared/template.ts); for the others see attention-forward.wgsl. One key a turn: a longer body spills registers.
//
// forward  group 0: 0 q (read), 1 k (read), 2 v (read), 3 tiles (read), 4 o (read-write), 5 ld (read-write)
// group 1: 0 Params
enable subgroups;

const HEAD_DIM_VEC4 = 8u;
const LOADS = 1u;  // pieces a lane brings of a key, and of a value: HEAD_DIM_VEC4 / 8, rounded up
const FOUR = 4u;
alias HeadVector = array<vec4f, HEAD_DIM_VEC4>;

const initialMaximum = -1e29;
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
  scaleLog2: f32,  // scale * log2(e)
}

@group(0) @binding(0) var<storage, read> queries: array<HeadVector>;
@group(0) @binding(1) var<storage, read> keys: array<vec4f>;
@group(0) @binding(2) var<storage, read> values: array<vec4f>;
@group(0) @binding(3) var<storage, read> tiles: array<u32>;
@group(0) @binding(4) var<storage, read_write> o: array<HeadVector>;
@group(0) @binding(5) var<storage, read_write> ld: array<vec2f>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(8)
fn forward(
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
  let blocks = (tiles[tile + 3u] - tiles[tile + 2u] + keyBlock - 1u) / keyBlock
    + (lastRow + keyBlock - tiles[tile + 4u]) / keyBlock;
  if (params.blockBegin >= blocks) { return; }

  let wanted = firstItem + local * 4u;
  let item = min(wanted + vec4u(0u, 1u, 2u, 3u), vec4u(count - 1u));
  let row = tiles[tile] + item / headsPerKv;
  let head = kvHead * headsPerKv + item % headsPerKv;
  var q: array<HeadVector, 4>;
  var sum = array<HeadVector, 4>();
  var m = vec4f(initialMaximum);
  var l = vec4f();
  for (var r = 0u; r < params.items; r++) {
    let at = row[r] * params.heads + head[r];
    for (var c = 0u; c < params.vectors; c++) {
      q[r][c] = queries[at][c] * params.scaleLog2;
      if (params.blockBegin > 0u) { sum[r][c] = o[at][c]; }
    }
    if (params.blockBegin > 0u) {
      m[r] = ld[at].x;
      l[r] = ld[at].y;
    }
  }

  var placeOf: array<u32, LOADS> = array<u32, LOADS>();
  for (var n = 0u; n < LOADS; n++) {
    placeOf[n] = kvHead * HEAD_DIM_VEC4 + min(8u * n + lane % 8u, HEAD_DIM_VEC4 - 1u);
  }

  var index = 0u;
  for (var range = 0u; range < 2u; range++) {
    // Range A is in the past of every row; in range B a row sees keys up to itself.
    let end = select(lastRow + 1u, tiles[tile + 3u], range == 0u);
    let border = select(0u, tiles[tile + 6u], range == 0u);
    let place = row - border;
    let firstSeen = firstRow - border + 1u - min(firstRow - border + 1u, params.window);
    for (var block = tiles[tile + 2u + 2u * range]; block < end; block += keyBlock) {
      index++;
      if (index <= params.blockBegin || index > params.blockEnd) { continue; }
      let blockEnd = min(block + keyBlock, end);
      for (var j = max(block, firstSeen); j < blockEnd; j++) {
        let keyRow = j * params.kvHeads * HEAD_DIM_VEC4;
        var keyPieces: array<vec4f, LOADS> = array<vec4f, LOADS>();
        var valuePieces: array<vec4f, LOADS> = array<vec4f, LOADS>();
        for (var n = 0u; n < LOADS; n++) {
          keyPieces[n] = keys[keyRow + placeOf[n]];
          valuePieces[n] = values[keyRow + placeOf[n]];
        }
        var t = array<vec4f, 4>();
        for (var c = 0u; c < HEAD_DIM_VEC4; c++) {
          let x = subgroupBroadcast(keyPieces[c / 8u], c % 8u);
          for (var r = 0u; r < FOUR; r++) { t[r] += q[r][c] * x; }
        }
        var s = vec4f();
        for (var r = 0u; r < FOUR; r++) { s[r] = (t[r].x + t[r].y) + (t[r].z + t[r].w); }
        // A key after the row wraps round to a large distance.
        s = select(vec4f(masked), s, place - j < vec4u(params.window));
        let newMaximum = max(m, s);
        let decay = exp2(m - newMaximum);
        let p = exp2(s - newMaximum);
        m = newMaximum;
        l = l * decay + p;
        for (var c = 0u; c < HEAD_DIM_VEC4; c++) {
          let x = subgroupBroadcast(valuePieces[c / 8u], c % 8u);
          for (var r = 0u; r < FOUR; r++) { sum[r][c] = sum[r][c] * decay[r] + p[r] * x; }
        }
      }
    }
  }

  let last = params.blockEnd >= blocks;
  let inverse = select(vec4f(1.0), 1.0 / max(l, vec4f(1e-30)), last);
  let logSum = select(m, m + log2(max(l, vec4f(1e-30))), last);
  let stored = min(4u, max(count, wanted) - wanted);
  for (var r = 0u; r < stored; r++) {
    let at = row[r] * params.heads + head[r];
    for (var c = 0u; c < params.vectors; c++) {
      o[at][c] = sum[r][c] * inverse[r];
    }
    ld[at] = vec2f(logSum[r], l[r]);
  }
}
