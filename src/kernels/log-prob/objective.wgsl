// Per-token objective and its derivatives with respect to logp and entropy, as verl computes them.
//
// policy:     d = clamp(logp - old, -20, 20), rho = e^d
//             l = max(-A rho, -A clamp(rho, 1-low, 1+high)); with dual clip c > 0 and A < 0: l = min(l, -A c)
//             loss = w * (l + klCoef * kl - entropyCoef * H)
//             kl: k1 = logp - ref; k2 = (logp - ref)^2 / 2; k3 = clamp(e^d' - d' - 1, -10, 10), d' = clamp(ref - logp, -20, 20)
// supervised: loss = -w * logp
// The derivative is that of the branch taken; where both branches are equal (ratio inside the clip range, ratio
// exactly 1 included) it is the unclipped one's, so the first on-policy step has a gradient.
//
// Shapes: pairs u32 [pairs, 8] (see log-prob.wgsl); results f32 [pairs, 4] = logp, entropy, m, ln s0;
//   gradients f32 [pairs, 4] = dLoss/dlogp, dLoss/dentropy, loss (all weighted), kl (unweighted).
// Memory: one thread a pair.
//
// group 0: 0 pairs (read), 1 results (read), 2 gradients (read-write)
// group 1: 0 Params

struct Params {
  first: u32,
  count: u32,
  kind: u32,     // 0 policy, 1 supervised
  klType: u32,   // 1, 2, 3
  clipLow: f32,
  clipHigh: f32,
  dualClip: f32, // 0 = off
  klCoef: f32,
  entropyCoef: f32,
}

@group(0) @binding(0) var<storage, read> pairs: array<vec4u>;
@group(0) @binding(1) var<storage, read> results: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> gradients: array<vec4f>;
@group(1) @binding(0) var<uniform> params: Params;

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
fn policyLoss(logp: f32, oldLogp: f32, advantage: f32) -> vec2f {
  let difference = logp - oldLogp;
  let ratio = exp(clamp(difference, -20.0, 20.0));
  let plain = -advantage * ratio;
  let clipped = -advantage * clamp(ratio, 1.0 - params.clipLow, 1.0 + params.clipHigh);
  let passes = plain >= clipped && abs(difference) <= 20.0;
  var loss = vec2f(max(plain, clipped), select(0.0, plain, passes));
  let bound = -advantage * params.dualClip;
  if (params.dualClip > 0.0 && advantage < 0.0 && bound < loss.x) { loss = vec2f(bound, 0.0); }
  return loss;
}

@compute @workgroup_size(64)
fn objective(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.count) { return; }
  let pair = params.first + id.x;
  let head = bitcast<vec4f>(pairs[2u * pair]);
  let weight = bitcast<f32>(pairs[2u * pair + 1u].x);
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
  let policy = policyLoss(logp, head.y, head.w);
  var kl = vec2f(0.0);
  if (params.klCoef != 0.0) { kl = klOf(logp, head.z); }
  let loss = policy.x + params.klCoef * kl.x - params.entropyCoef * results[pair].y;
  gradients[pair] = vec4f(weight * (policy.y + params.klCoef * kl.y), -weight * params.entropyCoef, weight * loss, kl.x);
}
