import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uniform } from '../../src/rl/random';
import {
  difficulty,
  drawable,
  drawTurns,
  type Pool,
  type PoolQuestion,
  type PoolSettings,
  poolWeight,
  updatePool,
  visited,
} from '../../src/rl/retrospective';

const settings: PoolSettings = {
  rule: 'weighted',
  size: 4,
  floor: 0,
  temperature: 1,
  maxWeight: 20,
  measure: 'latest',
  onEmpty: 'fresh',
  share: 0.25,
};
const G = 8;
const question = (index: number, reward: number, more: Partial<PoolQuestion> = {}): PoolQuestion => ({
  index,
  bracket: { over: 0, max: 64 },
  id: `q${index}`,
  text: 'Who?',
  stage: 0,
  visits: 1,
  history: [{ step: 1, reward, accuracy: reward }],
  base: null,
  ...more,
});
const indices = (pool: Pool) => pool.map(({ index }) => index);

describe('difficulty', () => {
  it('is one over the mean reward (Eq. 10), with a floor of half a right answer, and capped', () => {
    expect([1, 0.5, 0].map(difficulty)).toEqual([1, 2, Number.POSITIVE_INFINITY]);
    const weight = (reward: number, changes: Partial<PoolSettings> = {}) =>
      poolWeight({ reward, accuracy: reward }, { ...settings, ...changes }, G);
    expect([1, 0.5, 0.125, 0].map((reward) => weight(reward))).toEqual([1, 2, 8, 16]);
    expect(weight(0, { floor: 0.02 })).toBe(20);
    expect(weight(0, { maxWeight: 5 })).toBe(5);
    expect(weight(-0.5)).toBe(16);
  });

  it('is tempered: at 1 to the bit Eq. 10, above it flatter, below it steeper, never past the cap', () => {
    const weight = (reward: number, temperature: number) =>
      poolWeight({ reward, accuracy: reward }, { ...settings, temperature }, G);
    for (const reward of [0.1, 1 / 3, 0.7, 0.9]) expect(weight(reward, 1)).toBe(1 / reward);
    expect(weight(0.25, 2)).toBe(2);
    expect(weight(0.25, 0.5)).toBe(16);
    expect(weight(0, 0.5)).toBe(settings.maxWeight);
    expect(weight(0, 10) / weight(1, 10)).toBeLessThan(1.4);
  });

  it('under zero-accuracy only tells nobody-was-right from the rest', () => {
    const rule = { ...settings, rule: 'zero-accuracy' as const };
    expect([0, 0.125, 1].map((accuracy) => poolWeight({ reward: accuracy, accuracy }, rule, G))).toEqual([
      1, 0, 0,
    ]);
  });
});

describe('the pool', () => {
  it('keeps at most its size of earlier stages, and as many candidates of the present one', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(3), fc.float({ min: 0, max: 1, noNaN: true })), { maxLength: 40 }),
        fc.nat(9),
        (list, seed) => {
          const seen = list.map(([stage, reward], index) => question(index, reward, { stage }));
          const pool = updatePool([], seen, 2, settings, G, seed);
          expect(drawable(pool, 2).length).toBe(Math.min(4, seen.filter(({ stage }) => stage < 2).length));
          expect(pool.length - drawable(pool, 2).length).toBe(
            Math.min(4, seen.filter(({ stage }) => stage >= 2).length),
          );
          expect(new Set(indices(pool)).size).toBe(pool.length);
        },
      ),
    );
  });

  it('is the same however the visits were spread over steps', () => {
    const seen = Array.from({ length: 30 }, (_, i) => question(i, (i % 9) / 8));
    const atOnce = updatePool([], seen, 1, settings, G, 3);
    const oneByOne = seen.reduce<Pool>((pool, next) => updatePool(pool, [next], 1, settings, G, 3), []);
    expect(oneByOne).toEqual(atOnce);
  });

  it('is a sample by weight: with room for one, a question gets in as often as its share of all weights', () => {
    // Weights 16, 4, 2, 1 of Σ 23.
    const seen = [0, 0.25, 0.5, 1].map((reward, i) => question(i, reward));
    const counts = [0, 0, 0, 0];
    const trials = 6000;
    for (let seed = 0; seed < trials; seed++) {
      const [only] = updatePool([], seen, 1, { ...settings, size: 1 }, G, seed);
      counts[only.index]++;
    }
    [16, 4, 2, 1].forEach((weight, i) => {
      const share = weight / 23;
      expect(Math.abs(counts[i] / trials - share)).toBeLessThan(
        4 * Math.sqrt((share * (1 - share)) / trials),
      );
    });
  });

  it('lets a question go that is answered at its latest visit, but not where the base policy is asked', () => {
    const rule = { ...settings, rule: 'zero-accuracy' as const };
    const hard = question(7, 0, { base: { step: 1, reward: 0, accuracy: 0 } });
    const pool = updatePool([], [hard], 1, rule, G, 1);
    expect(indices(pool)).toEqual([7]);
    const solved = visited(hard, { step: 9, reward: 0.5, accuracy: 0.5 });
    expect(updatePool(pool, [solved], 1, rule, G, 1)).toEqual([]);
    const kept = updatePool(pool, [solved], 1, { ...rule, measure: 'base' }, G, 1);
    expect(kept).toEqual([
      { ...hard, visits: 2, history: [hard.history[0], { step: 9, reward: 0.5, accuracy: 0.5 }] },
    ]);
  });

  it('remembers a bounded number of visits', () => {
    let one = question(1, 0);
    for (let step = 2; step < 50; step++) one = visited(one, { step, reward: 0, accuracy: 0 });
    expect(one.visits).toBe(49);
    expect(one.history.map(({ step }) => step)).toEqual([42, 43, 44, 45, 46, 47, 48, 49]);
  });
});

describe('turns', () => {
  it('are different questions, those visited least first, the same for the same step', () => {
    const pool = Array.from({ length: 12 }, (_, i) => question(i, 0, { visits: 1 + (i % 3) }));
    const drawn = drawTurns(pool, 6, 5, 40);
    expect(new Set(indices(drawn)).size).toBe(6);
    expect(drawn.map(({ visits }) => visits)).toEqual([1, 1, 1, 1, 2, 2]);
    expect(drawTurns([...pool].reverse(), 6, 5, 40)).toEqual(drawn);
    expect(indices(drawTurns(pool, 6, 5, 41))).not.toEqual(indices(drawn));
    expect(drawTurns(pool, 99, 5, 40)).toHaveLength(12);
  });
});

describe('chance', () => {
  it('is uniform in (0, 1), and apart for every seed, purpose and case', () => {
    const draws = Array.from({ length: 4000 }, (_, i) => uniform(3, 'turn', i));
    expect(Math.min(...draws)).toBeGreaterThan(0);
    expect(Math.max(...draws)).toBeLessThan(1);
    expect(Math.abs(draws.reduce((a, b) => a + b) / 4000 - 0.5)).toBeLessThan(0.02);
    const all = [
      uniform(3, 'turn', 1),
      uniform(4, 'turn', 1),
      uniform(3, 'order', 1),
      uniform(3, 'turn', 0, 1),
    ];
    expect(new Set(all).size).toBe(4);
  });
});
