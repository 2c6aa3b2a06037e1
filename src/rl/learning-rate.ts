/** @file The learning rate over the steps of a run: a straight rise, then constant or half a cosine down to a floor. */
import type { TrainerSettings } from './settings';

/** What is left of the rate where the decay ends. */
const floor = 0.1;

/** Rate of 1-based `step`: lr · min(1, t / warm-up) · (floor + (1 − floor) · (1 + cos(π · min(1, t / decay))) / 2). */
export function learningRate(
  step: number,
  { lr, lrWarmupSteps, lrDecaySteps }: Pick<TrainerSettings, 'lr' | 'lrWarmupSteps' | 'lrDecaySteps'>,
): number {
  const rise = Math.min(1, step / Math.max(1, lrWarmupSteps));
  if (lrDecaySteps === 0) return lr * rise;
  const fallen = Math.cos(Math.PI * Math.min(1, step / lrDecaySteps));
  return lr * rise * (floor + ((1 - floor) * (1 + fallen)) / 2);
}
