/** @file Words of charts: what they say at a place, and the files they leave in. */
import type { StepPlace } from './state/pick-step';

export const chartWords = {
  tip: (step: number, value: string, smoothed: string) =>
    `step ${step} · value ${value} · smoothed ${smoothed}`,
  goThere: 'Click or Enter: its answers',
  /** What Play has of a step, by where its answers are read. */
  there: {
    here: 'Click or Enter: its answers',
    lab: 'Click or Enter: its answers, in the Lab',
    nowhere: '',
  } satisfies Record<StepPlace, string>,
  kept: (groups: number) => `${groups} ${groups === 1 ? 'group' : 'groups'} kept.`,
};
