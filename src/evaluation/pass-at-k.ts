/**
 * @file pass@k: the probability that at least one of k answers drawn from n is correct.
 */

import { type Interval, mean, meanInterval95 } from '../rl/statistics';

/**
 * Unbiased pass@k of one question with `correct` of `samples` answers correct: 1 − C(n−c, k)/C(n, k), computed as
 * 1 − Π_{i=n−c+1..n} (1 − k/i), and 1 where n − c < k (human-eval `estimate_pass_at_k`).
 * Throws RangeError unless 0 ≤ c ≤ n and 1 ≤ k ≤ n.
 */
export function passAtK(samples: number, correct: number, k: number): number {
  if (!(correct >= 0 && correct <= samples))
    throw new RangeError(`correct ${correct} is not in 0 … ${samples}`);
  if (!(k >= 1 && k <= samples)) throw new RangeError(`k ${k} is not in 1 … ${samples}`);
  if (samples - correct < k) return 1;
  let miss = 1;
  for (let i = samples - correct + 1; i <= samples; i++) miss *= 1 - k / i;
  return 1 - miss;
}

/**
 * Expectation of verl's `best@k`, which draws k answers **with** replacement: 1 − (1 − c/n)^k. Lower than `passAtK` for
 * 1 < k; a plot must say which of the two it shows.
 */
export function bootstrapBestOfK(samples: number, correct: number, k: number): number {
  return 1 - (1 - correct / samples) ** k;
}

export interface MeanPassAtK {
  mean: number;
  /** 95 % interval over questions by Student's t, cut to [0, 1]; null for fewer than two questions. */
  interval: Interval | null;
}

/** Mean unbiased pass@k over questions that all had `samples` answers. */
export function meanPassAtK(samples: number, correctCounts: readonly number[], k: number): MeanPassAtK {
  const values = correctCounts.map((correct) => passAtK(samples, correct, k));
  const interval = meanInterval95(values);
  if (interval === null) return { mean: mean(values), interval };
  return {
    mean: mean(values),
    interval: { low: Math.max(0, interval.low), high: Math.min(1, interval.high) },
  };
}
