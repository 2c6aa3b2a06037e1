/** @file Words of charts: what they say at a place, and the files they leave in. */

export const chartWords = {
  tip: (step: number, value: string, smoothed: string) =>
    `step ${step} · value ${value} · smoothed ${smoothed}`,
  goThere: 'Click or Enter: its answers',
};
