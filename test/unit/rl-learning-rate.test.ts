import { describe, expect, it } from 'vitest';
import { learningRate } from '../../src/rl/learning-rate';

describe('the learning rate', () => {
  it('rises in a straight line and then stays, without a decay', () => {
    const at = (step: number) => learningRate(step, { lr: 2, lrWarmupSteps: 4, lrDecaySteps: 0 });
    expect([1, 2, 3, 4, 5, 1000].map(at)).toEqual([0.5, 1, 1.5, 2, 2, 2]);
    expect(learningRate(1, { lr: 2, lrWarmupSteps: 0, lrDecaySteps: 0 })).toBe(2);
  });

  it('falls along half a cosine to a tenth at the end of the decay, and stays there', () => {
    const at = (step: number) => learningRate(step, { lr: 1, lrWarmupSteps: 0, lrDecaySteps: 60 });
    expect(at(30)).toBeCloseTo(0.55, 12);
    expect(at(60)).toBeCloseTo(0.1, 12);
    expect(at(500)).toBeCloseTo(0.1, 12);
    for (let step = 2; step <= 60; step++) expect(at(step)).toBeLessThan(at(step - 1));
  });
});
