// Per-token objective and its derivatives with respect to logp and entropy, as verl computes them.
//
// policy:     loss = w * (l + klCoef * kl - entropyCoef * H), d = logp - old, rho = e^clamp(d, -20, 20), l by mode:
//   0 vanilla:  max(-A rho, -A clamp(rho, 1-low, 1+high)); with dual clip c > 0 and A < 0: min(that, -A c)
//   1 gspo:     max(-A s, -A clamp(s, 1-low, 1+high)), s = e^min(mean d, 10), the mean over the answer
//   2 cispo:    -[clamp(rho, 1-low, 1+high)] A logp, [] without gradient
//   3 sapo:     -A sigmoid(tau (rho - 1)) 4 / tau, tau = tauPos where A > 0, else tauNeg
//   4 geo_mean: -mean A * e^(mean h), h = sgn A * min(sgn A * d, sgn A * clamp(d, -low, high)), means over the answer
//   kl: k1 = logp - ref; k2 = (logp - ref)^2 / 2; k3 = clamp(e^d' - d' - 1, -10, 10), d' = clamp(ref - logp, -20, 20)
// supervised: loss = -w * logp
// The derivative is that of the branch taken; where both branches are equal (ratio inside the clip range, ratio
// exactly 1 included) it is the unclipped one's, so the first on-policy step has a gradient. In modes 1 and 4 it is the
// whole derivative of the answer's loss if every token of the answer has the weight w = 1 / (n * answers).
//
// answerMeans: means[answer] = (mean of d for gspo, of h for geo_mean; mean A) over the answer's pairs.
//
// Shapes: pairs u32 [pairs, 8] = target, old, ref, A | w, answer, 0, 0 (see log-prob.wgsl); results f32 [pairs, 4] =
//   logp, entropy, m, ln s0; gradients f32 [pairs, 4] = dLoss/dlogp, dLoss/dentropy, loss (all weighted), kl
//   (unweighted); ranges u32 [answers, 2] = first pair, end; means f32 [answers, 2], read by modes 1 and 4 only.
// Memory: objective: one thread a pair. answerMeans: one workgroup an answer, 64 partial sums, added in order by lane 0.
//
// objective   group 0: 0 pairs (read), 1 results (read), 2 gradients (read-write), 3 answers = means (read)
// answerMeans group 0: 0 pairs (read), 1 results (read), 2 ranges (read), 3 means (read-write)
// group 1: 0 Params

struct Params {
  first: u32,
  count: u32,
  kind: u32,     // 0 policy, 1 supervised
  mode: u32,     // of the policy loss, as above
  klType: u32,   // 1, 2, 3
  clipLow: f32,
  clipHigh: f32,
  dualClip: f32, // 0 = off
  tauPos: f32,
  tauNeg: f32,
  klCoef: f32,
  entropyCoef: f32,
}

const lanes = 64u;

@group(0) @binding(0) var<storage, read> pairs: array<vec4u>;
@group(0) @binding(1) var<storage, read> results: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> gradients: array<vec4f>;
@group(0) @binding(2) var<storage, read> ranges: array<vec2u>;
@group(0) @binding(3) var<storage, read> answers: array<vec2f>;
@group(0) @binding(3) var<storage, read_write> means: array<vec2f>;
@group(1) @binding(0) var<uniform> params: Params;

var<workgroup> partials: array<vec2f, lanes>;

// e^x - 1 without cancellation near 0, where on-policy steps live.
fn expMinusOne(x: f32) -> f32 {
  let series = x * (1.0 + x * (1.0 / 2.0 + x * (1.0 / 6.0 + x * (1.0 / 24.0 + x * (1.0 / 120.0 + x * (1.0 / 720.0))))));
  return select(exp(x) - 1.0, series, abs(x) < 0.25);
}

// e^x - x - 1, the same way.
fn expMinusLine(x: f32) -> f32 {
  let series = x * x * (1.0 / 2.0 + x * (1.0 / 6.0 + x * (1.0 / 24.0 + x * (1.0 / 120.0 + x * (1.0 / 720.0)))));
  return select(exp(x) - 1.0 - x, series, abs(x) < 0.25);
}

// (value, derivative with respect to logp)
fn klOf(logp: f32, refLogp: f32) -> vec2f {
  let difference = logp - refLogp;
  if (params.klType == 1u) { return vec2f(difference, 1.0); }
  if (params.klType == 2u) { return vec2f(0.5 * difference * difference, difference); }
  let d = clamp(-difference, -20.0, 20.0);
  let value = expMinusLine(d);
  let inside = abs(difference) <= 20.0 && value <= 10.0;
  return vec2f(min(value, 10.0), select(0.0, -expMinusOne(d), inside));
}

// (value, derivative with respect to logp)
fn clippedLoss(ratio: f32, advantage: f32, isFree: bool) -> vec2f {
  let plain = -advantage * ratio;
  let clipped = -advantage * clamp(ratio, 1.0 - params.clipLow, 1.0 + params.clipHigh);
  return vec2f(max(plain, clipped), select(0.0, plain, plain >= clipped && isFree));
}

// What geo_mean averages: the log-ratio, held at its bound on the side where the advantage would push it further.
fn boundedLogRatio(difference: f32, advantage: f32) -> f32 {
  let s = sign(advantage);
  return s * min(s * difference, s * clamp(difference, -params.clipLow, params.clipHigh));
}

// (value, derivative with respect to logp)
fn policyLoss(logp: f32, oldLogp: f32, advantage: f32, answer: u32) -> vec2f {
  let difference = logp - oldLogp;
  let isFree = abs(difference) <= 20.0;
  let ratio = exp(clamp(difference, -20.0, 20.0));
  switch (params.mode) {
    case 1u: {
      let logRatio = answers[answer].x;
      return clippedLoss(exp(min(logRatio, 10.0)), advantage, logRatio <= 10.0);
    }
    case 2u: {
      let coefficient = -advantage * clamp(ratio, 1.0 - params.clipLow, 1.0 + params.clipHigh);
      return vec2f(coefficient * logp, coefficient);
    }
    case 3u: {
      let tau = select(params.tauNeg, params.tauPos, advantage > 0.0);
      // sigmoid(x) and 1 - sigmoid(x) from e^-x, so that neither loses its digits.
      let tail = exp(-tau * (ratio - 1.0));
      let gate = 1.0 / (1.0 + tail);
      let slope = select(0.0, 4.0 * gate * (tail * gate) * ratio, isFree);
      return -advantage * vec2f(4.0 * gate / tau, slope);
    }
    case 4u: {
      let mean = answers[answer];
      let loss = -mean.y * exp(mean.x);
      let passes = advantage != 0.0 && boundedLogRatio(difference, advantage) == difference;
      return vec2f(loss, select(0.0, loss, passes));
    }
    default: {
      let loss = clippedLoss(ratio, advantage, isFree);
      let bound = -advantage * params.dualClip;
      let isBound = params.dualClip > 0.0 && advantage < 0.0 && bound < loss.x;
      return select(loss, vec2f(bound, 0.0), isBound);
    }
  }
}

@compute @workgroup_size(lanes)
fn answerMeans(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let range = ranges[group.x];
  var sum = vec2f(0.0);
  for (var pair = range.x + lane; pair < range.y; pair += lanes) {
    let head = bitcast<vec4f>(pairs[2u * pair]);
    let difference = results[pair].x - head.y;
    let summand = select(difference, boundedLogRatio(difference, head.w), params.mode == 4u);
    sum += vec2f(summand, head.w);
  }
  partials[lane] = sum;
  workgroupBarrier();
  if (lane > 0u) { return; }
  // A bound read from the buffer: software drivers take long over the unrolled loop.
  let used = min(lanes, range.y - range.x);
  for (var i = 1u; i < used; i++) { sum += partials[i]; }
  means[group.x] = sum / f32(max(range.y - range.x, 1u));
}

@compute @workgroup_size(64)
fn objective(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.count) { return; }
  let pair = params.first + id.x;
  let head = bitcast<vec4f>(pairs[2u * pair]);
  let tail = pairs[2u * pair + 1u];
  let weight = bitcast<f32>(tail.x);
  let logp = results[pair].x;
  if (weight == 0.0) {
    // A masked token adds nothing, whatever its numbers are.
    gradients[pair] = vec4f(0.0);
    return;
  }
  if (params.kind == 1u) {
    gradients[pair] = vec4f(-weight, 0.0, -weight * logp, 0.0);
    return;
  }
  let policy = policyLoss(logp, head.y, head.w, tail.y);
  var kl = vec2f(0.0);
  if (params.klCoef != 0.0) { kl = klOf(logp, head.z); }
  let loss = policy.x + params.klCoef * kl.x - params.entropyCoef * results[pair].y;
  gradients[pair] = vec4f(weight * (policy.y + params.klCoef * kl.y), -weight * params.entropyCoef, weight * loss, kl.x);
}
