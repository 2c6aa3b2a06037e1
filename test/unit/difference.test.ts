import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meanInterval95 } from '../../src/rl/statistics';
import { makeConfig } from '../../src/run/config';
import {
  alignAnswers,
  differenceStrip,
  firstDifference,
  firstDifferentStep,
  seedDifference,
  settingDifferences,
  verdict,
  verdictSteps,
} from '../../src/run/difference';
import type { MetricsRow } from '../../src/run/folder';
import type { RolloutRow } from '../../src/run/rollout-rows';
import { lockStep } from '../../src/run/twin';

const rows = (values: number[], from = 1): MetricsRow[] =>
  values.map((value, i) => ({ step: from + i, time: i, reward: value }));
const answer = (input: string, index: number, token_ids: number[]): RolloutRow =>
  ({ input, index, token_ids, gts: 'gold', output: token_ids.join(' ') }) as RolloutRow;

describe('the first differing token', () => {
  it('is where two answers part, and nowhere where they are equal', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3)), fc.array(fc.nat(3)), fc.array(fc.nat(3)), (same, a, b) => {
        const at = firstDifference([...same, ...a], [...same, ...b]);
        if (at === null) expect(a).toEqual(b);
        else {
          expect(at).toBeGreaterThanOrEqual(same.length);
          expect([...same, ...a].slice(0, at)).toEqual([...same, ...b].slice(0, at));
          expect([...same, ...a][at]).not.toBe([...same, ...b][at]);
        }
      }),
    );
    expect(firstDifference([1, 2], [1, 2, 3])).toBe(2);
    expect(firstDifference([], [])).toBeNull();
  });

  it('is found answer by answer, questions of one run alone come last', () => {
    const pairs = alignAnswers(
      [answer('p', 1, [1, 2]), answer('p', 0, [7]), answer('only a', 0, [1])],
      [answer('only b', 0, [1]), answer('p', 0, [7]), answer('p', 1, [1, 3])],
    );
    expect(pairs.map(({ input }) => input)).toEqual(['p', 'only a', 'only b']);
    expect(pairs[0].answers.map(({ index, token }) => [index, token])).toEqual([
      [0, null],
      [1, 1],
    ]);
    expect(pairs[1].answers).toMatchObject([{ a: { input: 'only a' }, b: null, token: null }]);
  });
});

describe('the difference strip', () => {
  it('has the steps that both have, B − A', () => {
    expect(differenceStrip(rows([1, 2, 3]), rows([5, 7], 2), 'reward')).toEqual([
      { step: 2, a: 2, b: 5, delta: 3 },
      { step: 3, a: 3, b: 7, delta: 4 },
    ]);
    expect(differenceStrip(rows([1]), [{ step: 1, time: 0 }], 'reward')).toEqual([]);
  });

  it('knows the first step at which anything but the clock differs', () => {
    const a: MetricsRow[] = [
      { step: 1, time: 1, r: 1, 'perf/time_per_step': 3 },
      { step: 2, time: 2, r: 1 },
    ];
    const b: MetricsRow[] = [
      { step: 1, time: 9, r: 1, 'perf/time_per_step': 4, 'timing_s/gen': 1 },
      { step: 2, time: 9, r: 1 },
    ];
    expect(firstDifferentStep(a, b)).toBeNull();
    expect(firstDifferentStep(a, [b[0], { ...b[1], extra: 0 }])).toBe(2);
    expect(firstDifferentStep(a, [{ ...b[0], r: 1 + 2e-16 }, b[1]])).toBe(1);
  });

  it('names the settings that differ', () => {
    const differences = settingDifferences(
      makeConfig('micro'),
      makeConfig('micro', { clip_ratio_high: 0.31 }),
    );
    expect(differences).toMatchObject([{ key: 'clip_ratio_high', b: 0.31 }]);
  });
});

describe('the verdict', () => {
  it('says nothing of settings from one seed, whatever the difference', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (delta) => {
        expect(verdict([delta])).toEqual({ kind: 'one seed', delta });
      }),
    );
  });

  it('calls settings separable exactly where the 95 % interval leaves out 0', () => {
    const delta = fc.double({ min: -1, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(delta, { minLength: 2, maxLength: 12 }), (deltas) => {
        const found = verdict(deltas);
        const interval = meanInterval95(deltas);
        const leavesOutZero = interval !== null && (interval.low > 0 || interval.high < 0);
        expect(found).toMatchObject({
          kind: leavesOutZero ? 'separable' : 'not separable',
          seeds: deltas.length,
        });
        // The other way round it says the same.
        expect(verdict(deltas.map((value) => -value)).kind).toBe(found.kind);
      }),
    );
    expect(verdict([0.1, 0.11, 0.09])).toMatchObject({ kind: 'separable', seeds: 3 });
    // Two seeds that agree closely do not do: t is 12.7 with one degree of freedom.
    expect(verdict([0.1, 0.13]).kind).toBe('not separable');
    expect(verdict([0.3, -0.2, 0.1]).kind).toBe('not separable');
  });

  it('says identical where every value is, and nothing without a common step', () => {
    expect(verdict([0], true)).toEqual({ kind: 'identical' });
    expect(verdict([])).toEqual({ kind: 'nothing' });
  });

  it('averages the last steps, and leaves out a seed whose runs do not reach them', () => {
    const long = Array.from({ length: 30 }, (_, i) => i);
    const shifted = long.map((value, i) => value + (i < 30 - verdictSteps ? 100 : 2));
    expect(seedDifference(rows(long), rows(shifted), 'reward', 30)).toBeCloseTo(2, 12);
    expect(seedDifference(rows(long), rows(shifted.slice(0, 29)), 'reward', 30)).toBeNull();
  });
});

describe('lock-step', () => {
  const stepper = (stepsDone: number) => ({
    stepsDone,
    policy: { idle: async () => {} },
    async step() {
      this.stepsDone++;
      return { step: this.stepsDone } as Awaited<ReturnType<Parameters<typeof lockStep>[0][0]['step']>>;
    },
  });

  it('takes turns, and lets the one behind catch up first', async () => {
    const pair = [stepper(3), stepper(2)] as const;
    const seen: [string, number][] = [];
    const note = async ({ step }: { step: number }, who: (typeof pair)[number]) => {
      seen.push([who === pair[0] ? 'a' : 'b', step]);
    };
    await lockStep(pair, note);
    await lockStep(pair, note);
    expect(seen).toEqual([
      ['b', 3],
      ['a', 4],
      ['b', 4],
    ]);
  });
});
