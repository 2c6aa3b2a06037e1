// Sampling of one token a row, with its log-probabilities; rows that ended stay ended. Nothing is read back.
//
//   token = argmax over v of z_v - ln E_v,  z = logits / temperature,  E_v ~ Exp(1) from Philox:
//   an exact draw from softmax(z) in one pass (Gumbel-max). Ties go to the lowest index.
//   counter = (step, promptIndex << 16 | sample, position, v >> 2), word v & 3; key = (seed, purpose)
//
// With truncation only the tokens of the support take part. The support of a row is a *bound* (key, index): the tokens
// whose sortable logit bits are above `key`, and of those equal to it the ones up to `index`. Top-k keeps the k
// largest logits; top-p then keeps the smallest set of largest logits with at least the share p of the mass left.
//
// Shapes (row-major): logits f32 [rows, vocab], vocab a multiple of 4; rowTable u32 [rows, 2] = promptIndex, sample;
//   state u32 [rows, 2] = done, length; tokens u32 [rows, maxNew]; stats f32 [rows, maxNew, 4] = logp, sampler logp,
//   entropy, 0; nextToken u32 [rows]; scratch u32 [rows, 66, 4]: for each of 32 splits (the vec4 columns lane,
//   lane + 32, ...) the bits of (m, s0, s1, 0) and (score, z, token, 0), then the bound: key, index, ln(kept mass / e^m), 0;
//   then the search for it: key so far, bits of the weight wanted, 0, 0.
//   One scratch buffer, because a buffer may not be bound for reading and for writing at once.
// Memory: 32 threads a row for `scan`, one thread a row for the rest; no workgroup memory. `scan` and `truncate` do the
//   rows [firstRow, rows), and `truncate` the passes [passBegin, passEnd) over the logits of a row; its search stands
//   in scratch between dispatches, so a cut changes no bit.
//
// scan, truncate group 0: 0 logits, 1 rowTable, 2 state (read), 3 scratch (read-write)
// finish         group 0: 0 rowState = state, 1 tokens, 2 stats, 3 scratch, 4 nextToken, 5 doneCount (read-write)
// group 1: 0 Params

struct Params {
  rows: u32,
  vocab: u32,
  position: u32,
  maxNew: u32,
  seed: u32,
  purpose: u32,
  step: u32,
  eosToken: u32,
  padToken: u32,
  temperature: f32,
  topK: u32,      // 0 = off
  topP: f32,      // 1 = off
  greedy: u32,
  truncated: u32, // bounds are in force
  passes: u32,    // scan: bit 0 = sums, bit 1 = draw
  splits: u32,    // = splits: a bound that compilers cannot unroll (lavapipe spent a minute on the unrolled merge)
  firstRow: u32,
  passBegin: u32,
  passEnd: u32,
}

const splits = 32u;
const lowest = -3.0e38;
const rowSlots = 66u;
const boundSlot = 64u;
const searchSlot = 65u;

// Passes of `truncate`: sixteen levels of top-k's search and its last step, the mass left, the same for top-p, the mass kept.
const levels = 16u;
const leftPass = 17u;
const keptPass = 35u;

@group(0) @binding(0) var<storage, read> logits: array<vec4f>;
@group(0) @binding(1) var<storage, read> rowTable: array<vec2u>;
@group(0) @binding(2) var<storage, read> state: array<vec2u>;
@group(0) @binding(3) var<storage, read_write> scratch: array<vec4u>;
@group(0) @binding(0) var<storage, read_write> rowState: array<vec2u>;
@group(0) @binding(1) var<storage, read_write> tokens: array<u32>;
@group(0) @binding(2) var<storage, read_write> stats: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> nextToken: array<u32>;
@group(0) @binding(5) var<storage, read_write> doneCount: array<atomic<u32>>;
@group(1) @binding(0) var<uniform> params: Params;

// Bits that sort like the floats they come from; -0 counts as 0.
fn keysOf(values: vec4f) -> vec4u {
  var bits = bitcast<vec4u>(values);
  bits = select(bits, vec4u(0u), bits == vec4u(0x80000000u));
  return select(bits | vec4u(0x80000000u), ~bits, (bits >> vec4u(31u)) == vec4u(1u));
}

fn inSupport(keys: vec4u, first: u32, bound: vec2u) -> vec4<bool> {
  let index = vec4u(first, first + 1u, first + 2u, first + 3u);
  return (keys > vec4u(bound.x)) | ((keys == vec4u(bound.x)) & (index <= vec4u(bound.y)));
}

fn sum4(v: vec4f) -> f32 {
  return (v.x + v.y) + (v.z + v.w);
}

// One thread a (row, split).
@compute @workgroup_size(64)
fn scan(@builtin(global_invocation_id) id: vec3u) {
  let row = params.firstRow + id.x / splits;
  if (row >= params.rows || state[row].x != 0u) { return; }
  let lane = id.x % splits;
  let vocab4 = params.vocab / 4u;
  let base = row * vocab4;
  let slot = row * rowSlots + 2u * lane;
  let inverse = 1.0 / params.temperature;

  if ((params.passes & 1u) != 0u) {
    var top = vec4f(lowest);
    for (var c = lane; c < vocab4; c += splits) { top = max(top, logits[base + c] * inverse); }
    let m = max(max(top.x, top.y), max(top.z, top.w));
    var s0 = vec4f(0.0);
    var s1 = vec4f(0.0);
    for (var c = lane; c < vocab4; c += splits) {
      let z = logits[base + c] * inverse - m;
      let e = exp(z);
      s0 += e;
      s1 += z * e;
    }
    scratch[slot] = bitcast<vec4u>(vec4f(m, sum4(s0), sum4(s1), 0.0));
  }

  if ((params.passes & 2u) != 0u) {
    var bound = vec2u(0u, params.vocab);
    if (params.truncated == 1u) { bound = scratch[row * rowSlots + boundSlot].xy; }
    let identity = (rowTable[row].x << 16u) | rowTable[row].y;
    var best = lowest;
    var token = 0u;
    var bestZ = 0.0;
    for (var c = lane; c < vocab4; c += splits) {
      let raw = logits[base + c];
      let z = raw * inverse;
      var score = raw;
      if (params.greedy == 0u) {
        score = z - log(exponential(philox4x32(vec4u(params.step, identity, params.position, c), vec2u(params.seed, params.purpose))));
      }
      if (params.truncated == 1u) { score = select(vec4f(lowest), score, inSupport(keysOf(raw), 4u * c, bound)); }
      for (var j = 0u; j < 4u; j++) {
        if (score[j] > best) {
          best = score[j];
          token = 4u * c + j;
          bestZ = z[j];
        }
      }
    }
    scratch[slot + 1u] = vec4u(bitcast<u32>(best), bitcast<u32>(bestZ), token, 0u);
  }
}

// (m, s0, s1) of a row from its partials, in order.
fn mergeSums(row: u32) -> vec3f {
  var m = lowest;
  for (var s = 0u; s < params.splits; s++) { m = max(m, bitcast<f32>(scratch[row * rowSlots + 2u * s].x)); }
  var s0 = 0.0;
  var s1 = 0.0;
  for (var s = 0u; s < params.splits; s++) {
    let part = bitcast<vec4f>(scratch[row * rowSlots + 2u * s]);
    // A split without columns has s0 = 0 and a maximum that must not enter a product.
    if (part.y > 0.0) {
      let shift = part.x - m;
      let scale = exp(shift);
      s0 += part.y * scale;
      s1 += (part.z + shift * part.y) * scale;
    }
  }
  return vec3f(m, s0, s1);
}

// What the support's tokens with keys at or above each threshold weigh: e^(z - m), or 1 each when counting.
fn weigh(row: u32, m: f32, counting: bool, bound: vec2u, thresholds: vec3u) -> vec3f {
  let vocab4 = params.vocab / 4u;
  let inverse = 1.0 / params.temperature;
  var sums = vec3f(0.0);
  for (var c = 0u; c < vocab4; c++) {
    let raw = logits[row * vocab4 + c];
    let keys = keysOf(raw);
    var weights = vec4f(1.0);
    if (!counting) { weights = exp(raw * inverse - m); }
    weights = select(vec4f(0.0), weights, inSupport(keys, 4u * c, bound));
    sums += vec3f(
      sum4(select(vec4f(0.0), weights, keys >= vec4u(thresholds.x))),
      sum4(select(vec4f(0.0), weights, keys >= vec4u(thresholds.y))),
      sum4(select(vec4f(0.0), weights, keys >= vec4u(thresholds.z))));
  }
  return sums;
}

// Index of the last token of `key` that is needed where the tokens above it weigh `above`.
fn lastOf(row: u32, m: f32, counting: bool, bound: vec2u, key: u32, above: f32, wanted: f32) -> u32 {
  let vocab4 = params.vocab / 4u;
  var weight = above;
  var last = 0u;
  for (var c = 0u; c < vocab4; c++) {
    let raw = logits[row * vocab4 + c];
    let keys = keysOf(raw);
    let kept = inSupport(keys, 4u * c, bound);
    for (var j = 0u; j < 4u; j++) {
      if (keys[j] == key && kept[j] && weight < wanted) {
        weight += select(exp(raw[j] / params.temperature - m), 1.0, counting);
        last = 4u * c + j;
      }
    }
  }
  return last;
}

// One thread a row. The bound is tightened to the smallest one whose tokens weigh at least `wanted`: radix search of
// the largest key, two bits a pass, then a walk over the tokens equal to it. First for top-k, then for top-p.
@compute @workgroup_size(64)
fn truncate(@builtin(global_invocation_id) id: vec3u) {
  let row = params.firstRow + id.x;
  if (row >= params.rows || state[row].x != 0u) { return; }
  let m = mergeSums(row).x;
  var bound = vec2u(0u, params.vocab);
  var key = 0u;
  var wanted = f32(params.topK);
  if (params.passBegin > 0u) {
    bound = scratch[row * rowSlots + boundSlot].xy;
    key = scratch[row * rowSlots + searchSlot].x;
    wanted = bitcast<f32>(scratch[row * rowSlots + searchSlot].y);
  }
  var kept = 0.0;
  for (var pass_ = params.passBegin; pass_ < params.passEnd; pass_++) {
    let counting = pass_ < leftPass;
    if (counting && (params.topK == 0u || params.topK >= params.vocab)) { continue; }
    if (!counting && pass_ < keptPass && params.topP >= 1.0) { continue; }
    let whole = pass_ == leftPass || pass_ == keptPass;
    let level = select(pass_ - leftPass - 1u, pass_, counting);
    let digit = 1u << (30u - 2u * min(level, levels - 1u));
    var thresholds = key + digit * vec3u(1u, 2u, 3u);
    if (level == levels) { thresholds = vec3u(key + 1u); }
    if (whole) { thresholds = vec3u(0u); }
    let sums = weigh(row, m, counting, bound, thresholds);
    if (whole) {
      kept = sums.x;
      wanted = params.topP * sums.x;
    } else if (level == levels) {
      bound = vec2u(key, lastOf(row, m, counting, bound, key, sums.x, wanted));
      key = 0u;
    } else if (sums.z >= wanted) {
      key += 3u * digit;
    } else if (sums.y >= wanted) {
      key += 2u * digit;
    } else if (sums.x >= wanted) {
      key += digit;
    }
  }
  scratch[row * rowSlots + boundSlot] = vec4u(bound, bitcast<u32>(log(kept)), 0u);
  scratch[row * rowSlots + searchSlot] = vec4u(key, bitcast<u32>(wanted), 0u, 0u);
}

// One thread a row.
@compute @workgroup_size(64)
fn finish(@builtin(global_invocation_id) id: vec3u) {
  let row = id.x;
  if (row >= params.rows) { return; }
  let at = row * params.maxNew + params.position;
  if (rowState[row].x != 0u) {
    tokens[at] = params.padToken;
    nextToken[row] = params.padToken;
    stats[at] = vec4f(0.0);
    return;
  }
  let sums = mergeSums(row);
  // Splits interleave their columns, so a tie is settled by the token, not by the order of the splits.
  var best = lowest;
  var z = 0.0;
  var token = 0u;
  for (var s = 0u; s < params.splits; s++) {
    let part = scratch[row * rowSlots + 2u * s + 1u];
    let score = bitcast<f32>(part.x);
    if (score > best || (score == best && part.z < token)) {
      best = score;
      z = bitcast<f32>(part.y);
      token = part.z;
    }
  }
  let logSum = log(sums.y);
  let logp = z - sums.x - logSum;
  var samplerLogp = logp;
  if (params.truncated == 1u) { samplerLogp = z - sums.x - bitcast<f32>(scratch[row * rowSlots + boundSlot].z); }
  tokens[at] = token;
  nextToken[row] = token;
  stats[at] = vec4f(logp, samplerLogp, logSum - sums.z / sums.y, 0.0);
  let ended = token == params.eosToken;
  rowState[row] = vec2u(select(0u, 1u, ended), params.position + 1u);
  if (ended) { atomicAdd(&doneCount[0], 1u); }
}
