// Log-probability and entropy of target tokens, and their gradient, for a chunk of (hidden row, target) pairs.
//
// With z = logits / temperature, m = max z, y the target:
//   s0 = sum e^(z-m)    s1 = sum (z-m) e^(z-m)    logp = z_y - m - ln s0    entropy = ln s0 - s1/s0
//   dlogits_j = (cl * (1[j=y] - p_j) - ce * p_j * (ln p_j + entropy)) / temperature      (in place over the logits)
// with cl = dLoss/dlogp and ce = dLoss/dentropy. Everything is shifted by m, the entropy too: no cancellation.
//
// Shapes (row-major): logits f32 [count, vocab], vocab a multiple of 4; the chunk's rows are the pairs first ..
//   first + count of: pairs u32 [pairs, 8] = target, old logp, reference logp, advantage, weight, answer, 0, 0 (floats
//   by bits); results f32 [pairs, 4] = logp, entropy, m, ln s0; gradients f32 [pairs, 4] = cl, ce, loss, kl;
//   partials f32 [count, 32, 4] = m, s0, s1, 0 of the vec4 columns lane, lane + 32, ...
// Memory: 32 threads a row for the sums, one thread a row for their merge, one thread a vec4 for the gradient; no
//   workgroup memory.
//
// rowPartials group 0: 0 logits (read), 1 partials (read-write)
// rowMerge    group 0: 0 scalarLogits, 1 pairs, 2 rowSums = partials (read), 3 merged = results (read-write)
// backward    group 0: 0 gradient = logits (read-write), 1 pairs, 2 results, 3 coefficients = gradients (read)
// group 1: 0 Params

struct Params {
  first: u32,
  count: u32,
  vocab: u32,
  temperature: f32,
  splits: u32, // = splits: a bound that compilers cannot unroll (software drivers take seconds over the unrolled merge)
}

const splits = 32u;
const lowest = -3.0e38;

@group(0) @binding(0) var<storage, read> logits: array<vec4f>;
@group(0) @binding(0) var<storage, read_write> gradient: array<vec4f>;
@group(0) @binding(0) var<storage, read> scalarLogits: array<f32>;
@group(0) @binding(1) var<storage, read_write> partials: array<vec4f>;
@group(0) @binding(1) var<storage, read> pairs: array<vec4u>;
@group(0) @binding(2) var<storage, read> rowSums: array<vec4f>;
@group(0) @binding(2) var<storage, read> results: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> merged: array<vec4f>;
@group(0) @binding(3) var<storage, read> coefficients: array<vec4f>;
@group(1) @binding(0) var<uniform> params: Params;

fn indexOf(group: vec3u, groups: vec3u, lane: u32) -> u32 {
  return (group.y * groups.x + group.x) * 64u + lane;
}

// One thread a (row, split).
@compute @workgroup_size(64)
fn rowPartials(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = indexOf(group, groups, lane);
  if (i >= params.count * splits) { return; }
  let vocab4 = params.vocab / 4u;
  let base = (i / splits) * vocab4;
  let inverse = 1.0 / params.temperature;
  var top = vec4f(lowest);
  for (var c = i % splits; c < vocab4; c += splits) { top = max(top, logits[base + c] * inverse); }
  let m = max(max(top.x, top.y), max(top.z, top.w));
  var s0 = vec4f(0.0);
  var s1 = vec4f(0.0);
  for (var c = i % splits; c < vocab4; c += splits) {
    let z = logits[base + c] * inverse - m;
    let e = exp(z);
    s0 += e;
    s1 += z * e;
  }
  partials[i] = vec4f(m, (s0.x + s0.y) + (s0.z + s0.w), (s1.x + s1.y) + (s1.z + s1.w), 0.0);
}

// One thread a row.
@compute @workgroup_size(64)
fn rowMerge(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = indexOf(group, groups, lane);
  if (row >= params.count) { return; }
  var m = lowest;
  for (var s = 0u; s < params.splits; s++) { m = max(m, rowSums[row * splits + s].x); }
  var s0 = 0.0;
  var s1 = 0.0;
  for (var s = 0u; s < params.splits; s++) {
    let part = rowSums[row * splits + s];
    // A split without columns has s0 = 0 and a maximum that must not enter a product.
    if (part.y > 0.0) {
      let shift = part.x - m;
      let scale = exp(shift);
      s0 += part.y * scale;
      s1 += (part.z + shift * part.y) * scale;
    }
  }
  let pair = params.first + row;
  let targetLogit = scalarLogits[row * params.vocab + pairs[2u * pair].x] * (1.0 / params.temperature);
  let logSum = log(s0);
  merged[pair] = vec4f(targetLogit - m - logSum, logSum - s1 / s0, m, logSum);
}

// One thread a vec4 of logits.
@compute @workgroup_size(64)
fn backward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = indexOf(group, groups, lane);
  let vocab4 = params.vocab / 4u;
  if (i >= params.count * vocab4) { return; }
  let pair = params.first + i / vocab4;
  let result = results[pair];
  let coefficient = coefficients[pair];
  let inverse = 1.0 / params.temperature;
  let logP = gradient[i] * inverse - result.z - result.w;
  let p = exp(logP);
  let column = 4u * (i % vocab4);
  let isTarget = vec4u(column, column + 1u, column + 2u, column + 3u) == vec4u(pairs[2u * pair].x);
  let one = select(vec4f(0.0), vec4f(1.0), isTarget);
  gradient[i] = (coefficient.x * (one - p) - coefficient.y * p * (logP + result.y)) * inverse;
}
