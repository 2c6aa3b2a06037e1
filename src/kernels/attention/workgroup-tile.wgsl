// What the workgroup variants of the attention kernels share: a tile of *items*, whose sums they own, against a tile of
// *others*, which they walk through. In the forward kernel and dQ items are (row, query head) pairs and others are
// keys; in dK and dV items are keys and others are rows.
//
// Memory: a thread has 4 ITEM_VECTORS items, in vec4s THREADS_Y apart, and OTHERS others, THREADS_X apart, of the
//   tile's scores; of the sums it has the same items and DIM_VECTORS vec4s of the head, THREADS_X apart. `block`
//   holds the others' rows of one operand at a time, [TILE_OTHERS][HEAD_DIM_VEC4], `weights` a number a pair,
//   [TILE_OTHERS][items in vec4s]. Both are stored with the low bits of the column exchanged by those of the row, so
//   that threads side by side meet different banks. The items' own operand comes from storage: the threads of an
//   item read the same word, and a row of theirs stays in the cache from one tile to the next. A block is fetched into
//   registers while the one before it is worked on.
//   The kernel before it sets THREADS_X and THREADS_Y.
// Order of sums: a score is one chain of fma over the head's dimensions, a sum one over the others in their order, in
//   every tile shape. Loops bounded by ITEM_VECTORS, OTHERS, DIM_VECTORS or FETCHES are written out
//   (template.ts).
//
// Loops: with LOOPS the two long ones are bounded by `params`, so that drivers cannot write them out: more instructions a
//   tile against fewer to fetch. A race decides.
//
// Binds nothing: a fragment of the workgroup variants.

const HEAD_DIM_VEC4 = 8u;
const FOUR = 4u;
const LOOPS = 0u;
const ITEM_VECTORS = 1u;
const OTHERS = 4u;
const DIM_VECTORS = 1u;  // HEAD_DIM_VEC4 / THREADS_X, rounded up
const ITEM_VEC4 = THREADS_Y * ITEM_VECTORS;
const TILE_OTHERS = THREADS_X * OTHERS;
const FETCHES = 2u;  // vec4s of a block that a thread brings: TILE_OTHERS * HEAD_DIM_VEC4 / THREADS, rounded up
const SCORES = OTHERS * ITEM_VECTORS;
const SUMS = 4u * ITEM_VECTORS * DIM_VECTORS;
const VECTORS = HEAD_DIM_VEC4;
const exchange = min(7u, (HEAD_DIM_VEC4 ^ (HEAD_DIM_VEC4 - 1u)) >> 1u);
const exchangeItems = min(7u, (ITEM_VEC4 ^ (ITEM_VEC4 - 1u)) >> 1u);

alias Items = array<vec4u, ITEM_VECTORS>;
alias ItemValues = array<vec4f, ITEM_VECTORS>;
// Entry other * ITEM_VECTORS + r: that other with the four items of vector r.
alias Scores = array<vec4f, SCORES>;
// Entry (4 r + e) * DIM_VECTORS + d: four dimensions of item e of vector r.
alias Sums = array<vec4f, SUMS>;
alias Fetched = array<vec4f, FETCHES>;

var<workgroup> block: array<vec4f, TILE_OTHERS * HEAD_DIM_VEC4>;
var<workgroup> weights: array<vec4f, TILE_OTHERS * ITEM_VEC4>;

fn put_block(local: u32, fetched: ptr<function, Fetched>) {
  for (var n = 0u; n < FETCHES; n++) {
    let i = local + n * THREADS;
    let other = i / VECTORS;
    if (other < TILE_OTHERS) { block[other * VECTORS + ((i % VECTORS) ^ (other & exchange))] = (*fetched)[n]; }
  }
}

fn put_weights(p: ptr<function, Scores>, x: u32, y: u32) {
  for (var j = 0u; j < OTHERS; j++) {
    let other = x + THREADS_X * j;
    for (var r = 0u; r < ITEM_VECTORS; r++) {
      weights[other * ITEM_VEC4 + ((y + THREADS_Y * r) ^ (other & exchangeItems))] = (*p)[j * ITEM_VECTORS + r];
    }
  }
}

// sums += weights x block, over the tile's others.
fn add_products(sums: ptr<function, Sums>, x: u32, y: u32) {
  let others = select(TILE_OTHERS, params.items * (TILE_OTHERS / 4u), LOOPS != 0u);
  for (var first = 0u; first < others; first += 4u) {
    for (var i = 0u; i < FOUR; i++) {
      let other = first + i;
      var v: array<vec4f, DIM_VECTORS> = array<vec4f, DIM_VECTORS>();
      for (var d = 0u; d < DIM_VECTORS; d++) {
        v[d] = block[other * VECTORS + (min(x + THREADS_X * d, VECTORS - 1u) ^ (other & exchange))];
      }
      for (var r = 0u; r < ITEM_VECTORS; r++) {
        let p = weights[other * ITEM_VEC4 + ((y + THREADS_Y * r) ^ (other & exchangeItems))];
        for (var d = 0u; d < DIM_VECTORS; d++) {
          let at = 4u * r * DIM_VECTORS + d;
          (*sums)[at] = fma(vec4f(p.x), v[d], (*sums)[at]);
          (*sums)[at + DIM_VECTORS] = fma(vec4f(p.y), v[d], (*sums)[at + DIM_VECTORS]);
          (*sums)[at + 2u * DIM_VECTORS] = fma(vec4f(p.z), v[d], (*sums)[at + 2u * DIM_VECTORS]);
          (*sums)[at + 3u * DIM_VECTORS] = fma(vec4f(p.w), v[d], (*sums)[at + 3u * DIM_VECTORS]);
        }
      }
    }
  }
}
