import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SliceBudget } from '../../src/gpu/slice-budget';

describe('the slice budget', () => {
  it('begins small and reaches the wanted time on a machine of any speed, doubling at most', () => {
    const rate = fc.double({ min: 1e5, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(rate, fc.integer({ min: 4, max: 500 }), (flopsPerMs, sliceMs) => {
        const budget = new SliceBudget({ sliceMs });
        expect(budget.flops).toBeLessThanOrEqual(2e7);
        for (let i = 0; i < 30; i++) {
          const before = budget.flops;
          budget.measured(before, before / flopsPerMs);
          expect(budget.flops).toBeLessThanOrEqual(2 * before);
          expect(budget.flops).toBeGreaterThanOrEqual(before / 4);
        }
        const ms = budget.flops / flopsPerMs;
        const target = Math.min(sliceMs, 200);
        expect(ms).toBeLessThan(Math.max(1.01 * target, 1.01 * (4e6 / flopsPerMs)));
        expect(budget.flops).toBeGreaterThan(0.5 * Math.min(target * flopsPerMs, 2e12));
      }),
    );
  });

  it('a short fast slice does not shrink it, a short slow one does', () => {
    const budget = new SliceBudget({ sliceMs: 16 });
    const before = budget.flops;
    budget.measured(100, 0.5);
    expect(budget.flops).toBe(before);
    budget.measured(100, 400);
    expect(budget.flops).toBe(before / 4);
  });

  it('slices of the old budget, still on their way, do not double it again', () => {
    const budget = new SliceBudget({ sliceMs: 16 });
    const first = budget.flops;
    for (let i = 0; i < 3; i++) budget.measured(first, 1);
    expect(budget.flops).toBe(2 * first);
  });

  it('slices of a hidden page are longer, and short again as soon as it is seen', () => {
    const budget = new SliceBudget({ sliceMs: 10 });
    const settle = () => {
      // A machine of 10⁷ operations a millisecond.
      for (let i = 0; i < 20; i++) budget.measured(budget.flops, budget.flops / 1e7);
      return budget.flops / 1e7;
    };
    const seen = settle();
    budget.hidden = true;
    expect(budget.flops / 1e7).toBe(seen);
    expect(settle()).toBeGreaterThan(3 * seen);
    budget.hidden = false;
    expect(budget.flops / 1e7).toBeLessThanOrEqual(10);
    const long = new SliceBudget({ sliceMs: 100 });
    const first = long.flops;
    long.hidden = true;
    long.hidden = false;
    expect(long.flops, 'a wish for longer slices stands').toBe(first);
  });

  it('rests so that the GPU is busy for the share of time asked for', () => {
    expect(new SliceBudget({ duty: 0.25 }).restMs(10)).toBeCloseTo(30);
    expect(new SliceBudget({ duty: 1 }).restMs(10)).toBe(0);
  });
});
