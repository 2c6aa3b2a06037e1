// Causal attention with a shared prefix, forward, as an online softmax (register variant).
//
//   o_i = sum_j softmax_j(scale * q_i . k_j) v_j  over the key ranges A = [a0, a1) and B = [b0, i] of
//   row i's tile, of which the row sees its last `window` keys. In base 2: s = scale * log2(e) * q . k,
//   running maximum m, l = sum 2^(s - m), L2 = m + log2(l).
//
// Shapes (row-major f32, d = head dim): q, o [rows, heads*d]; k, v [rows, kvHeads*d]; ld [rows, heads, 2] =
//   (L2, D), of which only L2 is written here.
//   tiles [count, 7] u32: qBegin, qEnd, a0, a1, b0, b1, border (b1 = qEnd); border is how far the tile's
//   segment stands behind the end of its prefix, so that row i is at i - border for the keys of A.
// Memory: workgroup (x, y) = (tile, kv head). The tile's items are its (row, query head of this kv head)
//   pairs, row first; a thread has four of them, with q and the sums in registers, so each key and value it
//   loads serves four. No workgroup memory, no barrier. A dispatch does the key blocks [blockBegin, blockEnd)
//   of each tile, counted through A and B; between dispatches o holds the sums and ld holds (m, l), so a cut
//   changes no bit.
// Loops bounded by HEAD_DIM_VEC4 and FOUR are written out at kernel creation (template.ts). Loops that run
//   once a thread are bounded by `params` so that they stay loops: lavapipe takes tens of milliseconds to
//   compile each load written out. Variables in loops have initialisers: Dawn (npm webgpu 0.6.2) zeroes a
//   bare `var x: T;` on the first iteration only.
//
// forward  group 0: 0 q (read), 1 k (read), 2 v (read), 3 tiles (read), 4 o (read-write), 5 ld (read-write)
// group 1: 0 Params

const HEAD_DIM_VEC4 = 8u;
const FOUR = 4u;
alias HeadVector = array<vec4f, HEAD_DIM_VEC4>;

// Finite stand-ins for -infinity: exp2(masked - initialMaximum) is 0 and never NaN.
const initialMaximum = -1e29;
const masked = -1e30;
const keyBlock = 512u;

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
@group(0) @binding(1) var<storage, read> keys: array<HeadVector>;
@group(0) @binding(2) var<storage, read> values: array<HeadVector>;
@group(0) @binding(3) var<storage, read> tiles: array<u32>;
@group(0) @binding(4) var<storage, read_write> o: array<HeadVector>;
@group(0) @binding(5) var<storage, read_write> ld: array<vec2f>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(16)
fn forward(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let tile = (params.tileBegin + group.x) * 7u;
  let kvHead = group.y;
  let headsPerKv = params.heads / params.kvHeads;
  let count = (tiles[tile + 1u] - tiles[tile]) * headsPerKv;
  if (lane * 4u >= count) { return; }
  // Items past the tile repeat its last one.
  let item = min(lane * 4u + vec4u(0u, 1u, 2u, 3u), vec4u(count - 1u));
  let row = tiles[tile] + item / headsPerKv;
  let head = kvHead * headsPerKv + item % headsPerKv;

  // Every thread sees the same blocks of A; in B it goes up to its own last row.
  let blocks = (tiles[tile + 3u] - tiles[tile + 2u] + keyBlock - 1u) / keyBlock
    + (row[3] + keyBlock - tiles[tile + 4u]) / keyBlock;
  if (params.blockBegin >= blocks) { return; }

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

  var index = 0u;
  for (var range = 0u; range < 2u; range++) {
    // Range A is in the past of every row; in range B a row sees keys up to itself.
    let end = select(row[3] + 1u, tiles[tile + 3u], range == 0u);
    let place = row - select(0u, tiles[tile + 6u], range == 0u);
    let firstSeen = place[0] + 1u - min(place[0] + 1u, params.window);
    for (var block = tiles[tile + 2u + 2u * range]; block < end; block += keyBlock) {
      index++;
      if (index <= params.blockBegin || index > params.blockEnd) { continue; }
      let blockEnd = min(block + keyBlock, end);
      for (var j = max(block, firstSeen); j < blockEnd; j++) {
        let at = j * params.kvHeads + kvHead;
        var t = array<vec4f, 4>();
        for (var c = 0u; c < HEAD_DIM_VEC4; c++) {
          let x = keys[at][c];
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
          let x = values[at][c];
          for (var r = 0u; r < FOUR; r++) { sum[r][c] = sum[r][c] * decay[r] + p[r] * x; }
        }
      }
    }
  }

  let last = params.blockEnd >= blocks;
  let inverse = select(vec4f(1.0), 1.0 / max(l, vec4f(1e-30)), last);
  let logSum = select(m, m + log2(max(l, vec4f(1e-30))), last);
  for (var r = 0u; r < params.items; r++) {
    let at = row[r] * params.heads + head[r];
    for (var c = 0u; c < params.vectors; c++) {
      o[at][c] = sum[r][c] * inverse[r];
    }
    ld[at] = vec2f(logSum[r], l[r]);
  }
}
