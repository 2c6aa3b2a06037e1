/** @file Where steps stand on an axis that may be steps, time or tokens. */

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
