/**
 * @file Per-token estimators of the KL divergence to the reference policy, with gradients (verl `kl_penalty`).
 * With x = log π − log π_ref: k1 = x; abs = |x|; k2 = x²/2; k3 = clamp(exp(−x) + x − 1, ±10).
 * A `+` keeps that value and takes the gradient of k2, which is the unbiased one for a KL in the loss.
 */

export type KlEstimator = 'k1' | 'abs' | 'k2' | 'k3' | 'k1+' | 'abs+' | 'k2+' | 'k3+';

/** verl's other names of the estimators. */
export const KL_ALIASES = { kl: 'k1', mse: 'k2', low_var_kl: 'k3' } as const satisfies Record<
  string,
  KlEstimator
>;

export interface KlBounds {
  /** Bound of |x| inside k3; the L1 fork has none (Infinity). */
  inner: number;
  /** Bound of |k3|. */
  outer: number;
}

export const VERL_KL_BOUNDS: KlBounds = { inner: 20, outer: 10 };
export const FORK_KL_BOUNDS: KlBounds = { inner: Number.POSITIVE_INFINITY, outer: 10 };

export interface KlEstimate {
  value: number;
  /** d value / d log π (of k2 for a `+` estimator). */
  gradient: number;
}

function k3(x: number, bounds: KlBounds): KlEstimate {
  const d = Math.min(Math.max(-x, -bounds.inner), bounds.inner);
  const free = Math.exp(d) - d - 1;
  const value = Math.min(Math.max(free, -bounds.outer), bounds.outer);
  const isClamped = value !== free || d !== -x;
  return { value, gradient: isClamped ? 0 : 1 - Math.exp(d) };
}

/** KL estimate of one token from its log-probs in nats. */
export function klEstimate(
  logprob: number,
  refLogprob: number,
  estimator: KlEstimator,
  bounds: KlBounds = VERL_KL_BOUNDS,
): KlEstimate {
  const x = logprob - refLogprob;
  switch (estimator) {
    case 'k1':
      return { value: x, gradient: 1 };
    case 'abs':
      return { value: Math.abs(x), gradient: Math.sign(x) };
    case 'k2':
    case 'k2+':
      return { value: 0.5 * x * x, gradient: x };
    case 'k3':
      return k3(x, bounds);
    case 'k1+':
      return { value: x, gradient: x };
    case 'abs+':
      return { value: Math.abs(x), gradient: x };
    case 'k3+':
      return { value: k3(x, bounds).value, gradient: x };
  }
  return estimator satisfies never;
}

/** The value alone of `klEstimate`. */
export function klValue(estimator: KlEstimator, logprob: number, refLogprob: number): number {
  return klEstimate(logprob, refLogprob, estimator).value;
}
