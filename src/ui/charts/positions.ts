/** @file Where steps stand on an axis that may be steps, time or tokens, and which values its other axis names. */
import { aroundPlace } from '../../run/axis';

/** A stretch of steps with one name, such as a stage of the curriculum. */
export interface StepBand {
  from: number;
  to: number;
  label: string;
}

/** The x between a step and the one before it: where something that acts from `step` on begins. */
export function boundaryOf(steps: readonly number[], xs: readonly number[], step: number): number {
  const at = steps.findIndex((known) => known >= step);
  if (steps.length === 0) return step - 0.5;
  if (at < 0) return xs[xs.length - 1] + gap(xs) / 2;
  return at === 0 ? xs[0] - gap(xs) / 2 : (xs[at - 1] + xs[at]) / 2;
}

/** The mean distance between neighbours; 1 for a single point. */
function gap(xs: readonly number[]): number {
  return xs.length > 1 ? (xs[xs.length - 1] - xs[0]) / (xs.length - 1) : 1;
}

/**
 * The ends of an x axis.
 * @param wanted those that the plot asks for; of a single place it asks for a hundred steps.
 */
export function axisEnds(
  places: ArrayLike<number>,
  wanted: readonly [number | null, number | null],
): [number | null, number | null] {
  if (places.length === 0 || places[0] !== places[places.length - 1]) return [...wanted];
  const { low, high } = aroundPlace(places[0]);
  return [low, high];
}

/**
 * The lowest and the highest of all drawn values between two places on the x axis; one of them where both would be
 * written alike, none where nothing is in sight.
 */
export function endsInSight(
  places: ArrayLike<number>,
  drawn: readonly ArrayLike<number | null | undefined>[],
  [from, to]: readonly [number, number],
  format: (value: number) => string,
): number[] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const values of drawn)
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (typeof value !== 'number' || places[i] < from || places[i] > to) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  if (low > high) return [];
  return format(low) === format(high) ? [high] : [low, high];
}

/**
 * A stretch of an axis made `factor` times as long around `at`, which stays where it is on the screen.
 * @param all the axis from end to end; null is returned where the stretch would be all of it.
 */
export function zoomedStretch(
  [from, to]: readonly [number, number],
  at: number,
  factor: number,
  all: readonly [number, number],
): [number, number] | null {
  const start = Math.max(all[0], at - (at - from) * factor);
  const end = Math.min(all[1], at + (to - at) * factor);
  return start <= all[0] && end >= all[1] ? null : [start, end];
}
