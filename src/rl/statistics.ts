/**
 * @file Sums, means, deviations and intervals, float64. `ddof` is the number subtracted from n in a variance:
 * 1 for the sample deviation (advantages), 0 for the population deviation (group filter).
 */

/** verl's masked mean divides by the mask sum plus this. */
export const MASKED_MEAN_EPSILON = 1e-8;

/**
 * Sum in NumPy's pairwise order: eight accumulators for 8 to 128 values, halves beyond. The order matters where a
 * standard deviation is tested for being exactly zero.
 */
export function pairwiseSum(values: ArrayLike<number>, start = 0, count: number = values.length): number {
  if (count < 8) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += values[start + i];
    return sum;
  }
  if (count <= 128) {
    const r = new Float64Array(8);
    for (let j = 0; j < 8; j++) r[j] = values[start + j];
    const whole = count - (count % 8);
    for (let i = 8; i < whole; i += 8) for (let j = 0; j < 8; j++) r[j] += values[start + i + j];
    let sum = r[0] + r[1] + (r[2] + r[3]) + (r[4] + r[5] + (r[6] + r[7]));
    for (let i = whole; i < count; i++) sum += values[start + i];
    return sum;
  }
  const half = Math.floor(count / 2);
  const left = half - (half % 8);
  return pairwiseSum(values, start, left) + pairwiseSum(values, start + left, count - left);
}

/** Arithmetic mean; NaN for no values. */
export function mean(values: ArrayLike<number>): number {
  return pairwiseSum(values) / values.length;
}

/** Variance Σ(x − mean)² / (n − ddof), in NumPy's order; NaN where n ≤ ddof. */
export function variance(values: ArrayLike<number>, ddof: 0 | 1): number {
  if (values.length <= ddof) return Number.NaN;
  const center = mean(values);
  const squares = Float64Array.from(values, (value) => (value - center) * (value - center));
  return pairwiseSum(squares) / (values.length - ddof);
}

/** Square root of `variance`. */
export function standardDeviation(values: ArrayLike<number>, ddof: 0 | 1): number {
  return Math.sqrt(variance(values, ddof));
}

/** Σ value · mask over arrays of equal length. */
export function maskedSum(values: ArrayLike<number>, mask: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) if (mask[i] !== 0) sum += values[i] * mask[i];
  return sum;
}

/** Masked mean Σ value·mask / (Σ mask + epsilon); verl adds 1e-8, the L1 fork adds nothing. */
export function maskedMean(
  values: ArrayLike<number>,
  mask: ArrayLike<number>,
  epsilon: number = MASKED_MEAN_EPSILON,
): number {
  let count = epsilon;
  for (let i = 0; i < mask.length; i++) count += mask[i];
  return maskedSum(values, mask) / count;
}

/**
 * Unbiased masked variance as verl computes it: masked mean of squares times n/(n − 1).
 * Throws RangeError unless the mask sums to more than 1, as the original raises ValueError.
 */
export function maskedVariance(values: ArrayLike<number>, mask: ArrayLike<number>): number {
  const center = maskedMean(values, mask);
  const squares = Float64Array.from(values, (value) => (value - center) ** 2);
  let count = 0;
  for (let i = 0; i < mask.length; i++) count += mask[i];
  if (count <= 1) throw new RangeError('A masked variance needs a mask sum greater than 1.');
  return (maskedMean(squares, mask) * count) / (count - 1);
}

/** (value − masked mean) / sqrt(masked variance + 1e-8), for every position, masked ones too. */
export function maskedWhiten(values: ArrayLike<number>, mask: ArrayLike<number>): Float64Array {
  const center = maskedMean(values, mask);
  const scale = 1 / Math.sqrt(maskedVariance(values, mask) + 1e-8);
  return Float64Array.from(values, (value) => (value - center) * scale);
}

export interface Interval {
  low: number;
  high: number;
}

/** Two-sided 95 % quantile of the normal distribution. */
const Z_95 = 1.959963984540054;

/** Two-sided 95 % quantiles of Student's t for 1 … 30 degrees of freedom. */
const T_95 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/** Student's t quantile for a two-sided 95 % interval; beyond 30 degrees the expansion z + (z³ + z)/4ν. */
function tQuantile95(degrees: number): number {
  return T_95[degrees - 1] ?? Z_95 + (Z_95 ** 3 + Z_95) / (4 * degrees);
}

/** 95 % interval of a mean by Student's t; null for fewer than two values. */
export function meanInterval95(values: ArrayLike<number>): Interval | null {
  const n = values.length;
  if (n < 2) return null;
  const half = (tQuantile95(n - 1) * standardDeviation(values, 1)) / Math.sqrt(n);
  const center = mean(values);
  return { low: center - half, high: center + half };
}

/** 95 % Wilson interval of a proportion of `successes` in `trials`; null for no trials. */
export function proportionInterval95(successes: number, trials: number): Interval | null {
  if (trials <= 0) return null;
  const p = successes / trials;
  const z2 = Z_95 * Z_95;
  const center = (p + z2 / (2 * trials)) / (1 + z2 / trials);
  const half = (Z_95 / (1 + z2 / trials)) * Math.sqrt((p * (1 - p)) / trials + z2 / (4 * trials * trials));
  return { low: Math.max(0, center - half), high: Math.min(1, center + half) };
}
