/** @file Float64 reference of AdamW with gradient clipping, in the order of `torch.optim.AdamW`. */

export interface AdamWReferenceStep {
  step: number;
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
  maxGradNorm: number;
}

/** ‖g‖₂. */
export function gradNormReference(g: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < g.length; i++) sum += g[i] * g[i];
  return Math.sqrt(sum);
}

/** Updates p, m and v in place; `decays(i)` says whether weight decay applies to float i. */
export function adamWReference(
  p: Float64Array,
  g: ArrayLike<number>,
  m: Float64Array,
  v: Float64Array,
  decays: (i: number) => boolean,
  options: AdamWReferenceStep,
): void {
  const { step, learningRate, beta1, beta2, epsilon, weightDecay, maxGradNorm } = options;
  const norm = gradNormReference(g);
  if (!Number.isFinite(norm)) return;
  const clip = maxGradNorm > 0 ? Math.min(1, maxGradNorm / (norm + 1e-6)) : 1;
  for (let i = 0; i < p.length; i++) {
    const gi = g[i] * clip;
    if (decays(i)) p[i] *= 1 - learningRate * weightDecay;
    m[i] = beta1 * m[i] + (1 - beta1) * gi;
    v[i] = beta2 * v[i] + (1 - beta2) * gi * gi;
    const mHat = m[i] / (1 - beta1 ** step);
    const vHat = v[i] / (1 - beta2 ** step);
    p[i] -= (learningRate * mHat) / (Math.sqrt(vHat) + epsilon);
  }
}
