/** @file The smoothed curve: an exponential moving average, weighted by step distance and free of the start's bias. */

/**
 * @param weight share of the past kept per step, 0 to 1.
 * Gaps (null) stay gaps and do not break the average.
 */
export function smooth(
  steps: readonly number[],
  values: readonly (number | null)[],
  weight: number,
): (number | null)[] {
  let sum = 0;
  let mass = 0;
  let last: number | null = null;
  return values.map((value, i) => {
    if (value === null || !Number.isFinite(value)) return null;
    const kept = last === null ? 0 : weight ** Math.max(1, steps[i] - last);
    sum = sum * kept + value * (1 - weight);
    mass = mass * kept + (1 - weight);
    last = steps[i];
    return mass > 0 ? sum / mass : value;
  });
}
