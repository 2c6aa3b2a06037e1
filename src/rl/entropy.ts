/**
 * @file Entropy and log-probability of a token distribution, float64: the reference for the fused GPU kernel.
 * H = logsumexp(z) − Σ softmax(z) z, with z = logits / temperature (verl `entropy_from_logits`).
 */

/** log softmax(logits / temperature); one number a vocabulary entry, nats. */
export function logSoftmax(logits: ArrayLike<number>, temperature = 1): Float64Array {
  const z = Float64Array.from(logits, (logit) => logit / temperature);
  const largest = z.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const total = z.reduce((sum, value) => sum + Math.exp(value - largest), 0);
  const normalizer = largest + Math.log(total);
  return z.map((value) => value - normalizer);
}

export interface EntropyResult {
  /** Entropy, nats. */
  entropy: number;
  /** d entropy / d logit: −p (log p + H) / temperature. */
  gradient: Float64Array;
}

/** Entropy of softmax(logits / temperature) and its gradient. */
export function entropyOfLogits(logits: ArrayLike<number>, temperature = 1): EntropyResult {
  const logp = logSoftmax(logits, temperature);
  // p log p tends to 0 with p; a logit of −Infinity would otherwise give NaN.
  const entropy = -logp.reduce((sum, l) => (l === Number.NEGATIVE_INFINITY ? sum : sum + Math.exp(l) * l), 0);
  const gradient = logp.map((l) =>
    l === Number.NEGATIVE_INFINITY ? 0 : (-Math.exp(l) * (l + entropy)) / temperature,
  );
  return { entropy, gradient };
}
