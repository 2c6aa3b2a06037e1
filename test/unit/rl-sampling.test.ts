/** @file Masked statistics, the group filter and pass@k equal their sources; intervals behave. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bootstrapBestOfK, meanPassAtK, passAtK } from '../../src/evaluation/pass-at-k';
import type { Score } from '../../src/reward/types';
import {
  boundPause,
  countDropped,
  decideRefill,
  dropReason,
  groupVaries,
  type RefillState,
} from '../../src/rl/dynamic-sampling';
import {
  maskedMean,
  maskedSum,
  maskedVariance,
  maskedWhiten,
  mean,
  meanInterval95,
  pairwiseSum,
  proportionInterval95,
  standardDeviation,
} from '../../src/rl/statistics';
import { expectAllNear, expectNear, readFixture } from '../support/fixtures';

describe('masked statistics', () => {
  interface Case {
    input: { values: number[][]; mask: number[][] };
    output: {
      masked_sum: number;
      masked_mean: number;
      'masked_mean_axis-1': number[];
      masked_var_unbiased: number;
      masked_whiten: number[][];
    };
  }

  it('equal verl', () => {
    const { cases } = readFixture<{ cases: Case[] }>('masked_stats');
    expect(cases.length).toBe(1);
    const [{ input, output }] = cases;
    const values = input.values.flat();
    const mask = input.mask.flat();
    expect(values.length).toBe(12);
    expectNear(maskedSum(values, mask), output.masked_sum, 1e-9);
    expectNear(maskedMean(values, mask), output.masked_mean, 1e-9);
    const rows = input.values.map((row, i) => maskedMean(row, input.mask[i]));
    expectAllNear(rows, output['masked_mean_axis-1'], 1e-9);
    expectNear(maskedVariance(values, mask), output.masked_var_unbiased, 1e-9);
    expectAllNear(maskedWhiten(values, mask), output.masked_whiten.flat(), 1e-9);
  });

  it('refuse a variance of fewer than two values', () => {
    expect(() => maskedVariance([1, 2], [1, 0])).toThrow(RangeError);
    expect(standardDeviation([1], 1)).toBeNaN();
  });

  it('sum in any length', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 600 }), (count) => {
        const values = Array.from({ length: count }, (_, i) => i);
        expect(pairwiseSum(values) + 0).toBe((count * (count - 1)) / 2 + 0);
      }),
    );
  });

  it('give intervals that hold their centre and shrink with more data', () => {
    expect(meanInterval95([1])).toBeNull();
    expect(proportionInterval95(0, 0)).toBeNull();
    // t of 4 degrees of freedom, 2.776, times the standard error of 1 … 5.
    const interval = meanInterval95([1, 2, 3, 4, 5]);
    expectNear((interval?.high ?? 0) - 3, 2.776 * Math.sqrt(0.5), 1e-3);
    const wide = meanInterval95([0, 1, 0, 1]);
    const narrow = meanInterval95(Array.from({ length: 400 }, (_, i) => i % 2));
    expect((wide?.high ?? 0) - (wide?.low ?? 0)).toBeGreaterThan((narrow?.high ?? 0) - (narrow?.low ?? 0));
    // Wilson for 8 of 10, as published tables give it.
    const wilson = proportionInterval95(8, 10);
    expectNear(wilson?.low ?? 0, 0.4902, 1e-4);
    expectNear(wilson?.high ?? 0, 0.9433, 1e-4);
  });
});

describe('the group filter', () => {
  interface Case {
    name: string;
    input: { metric: number[]; uid: string[] };
    output: {
      np_std_ddof0: Record<string, number>;
      kept_verl_recipe: string[];
      kept_qwenlong_fork: string[];
    };
  }
  const { cases } = readFixture<{ cases: Case[] }>('filter_groups');

  it('has all its cases', () => {
    expect(cases.length).toBe(3);
  });

  it.each(cases)('keeps the recorded prompts: $name', ({ input, output }) => {
    const uids = [...new Set(input.uid)];
    const valuesOf = (uid: string) => input.metric.filter((_, i) => input.uid[i] === uid);
    for (const uid of uids) expect(standardDeviation(valuesOf(uid), 0)).toBe(output.np_std_ddof0[uid]);
    expect(uids.filter((uid) => groupVaries(valuesOf(uid), 'verl'))).toEqual(output.kept_verl_recipe);
    expect(uids.filter((uid) => groupVaries(valuesOf(uid), 'qwenlong'))).toEqual(output.kept_qwenlong_fork);
  });

  it('keeps a group of one by the verl recipe only', () => {
    expect(groupVaries([1], 'verl')).toBe(true);
    expect(groupVaries([1], 'qwenlong')).toBe(false);
  });

  const score = (base: number, overlong = 0): Score => ({
    rule: base,
    judge: { asked: false, reason: 'x' },
    base,
    overlong,
    total: base + overlong,
    correct: base === 1,
    parsed: null,
    reason: '',
  });

  it('says why a group leaves', () => {
    expect(dropReason([score(1), score(1)], 'acc')).toBe('all right');
    expect(dropReason([score(0), score(0)], 'acc')).toBe('all wrong');
    expect(dropReason([score(1), score(0)], 'acc')).toBeNull();
    expect(dropReason([score(1, -1), score(0)], 'score')).toBe('uniform reward');
  });

  it('drops an all-right group by acc though overlong terms differ, and keeps it by score', () => {
    const group = [score(1), score(1, -0.5)];
    expect(dropReason(group, 'acc')).toBe('all right');
    expect(dropReason(group, 'score')).toBeNull();
  });

  it('ignores rounding noise by the exact rule, which verl keeps', () => {
    const values = [0.1, 0.1, 0.1];
    expect(groupVaries(values, 'verl')).toBe(true);
    expect(groupVaries(values, 'exact')).toBe(false);
  });

  it('draws until the batch is full, without a bound for ever', () => {
    expect(decideRefill(state)).toBe('draw more');
    expect(decideRefill({ ...state, keptPrompts: 4 })).toBe('train');
    expect(decideRefill({ ...state, generatedBatches: 99, maxGeneratedBatches: 0 })).toBe('draw more');
  });

  const state: RefillState = {
    keptPrompts: 3,
    batchPrompts: 4,
    generatedBatches: 2,
    barrenBatches: 0,
    maxGeneratedBatches: 3,
    onBound: 'train',
  };

  it('at the bound trains, pauses or draws on, as chosen; a full batch always trains', () => {
    const atBound = { ...state, generatedBatches: 3 };
    expect(decideRefill(atBound)).toBe('train');
    expect(decideRefill({ ...atBound, onBound: 'pause' })).toBe('pause');
    expect(decideRefill({ ...atBound, onBound: 'continue' })).toBe('draw more');
    expect(decideRefill({ ...atBound, onBound: 'pause', keptPrompts: 4 })).toBe('train');
  });

  it('pauses drawing on once as many rounds in a row have kept nothing', () => {
    const drawing = { ...state, onBound: 'continue' as const, generatedBatches: 40 };
    expect(decideRefill({ ...drawing, barrenBatches: 2 })).toBe('draw more');
    expect(decideRefill({ ...drawing, barrenBatches: 3 })).toBe('pause');
    expect(decideRefill({ ...drawing, barrenBatches: 99, maxGeneratedBatches: 0 })).toBe('draw more');
  });

  it('counts what was dropped by reason, and the pause says it with a way on', () => {
    const groups = [
      { kept: true, dropReason: null },
      { kept: false, dropReason: 'all wrong' as const },
      { kept: false, dropReason: 'all wrong' as const },
      { kept: false, dropReason: 'all right' as const },
    ];
    expect(countDropped(groups)).toEqual({
      'all right': 1,
      'all wrong': 2,
      'uniform reward': 0,
      surplus: 0,
      probe: 0,
    });
    const pause = boundPause(groups, 2, 4);
    expect(pause.code).toBe('sampling.bound');
    expect(pause.message).toContain(
      'After 2 generation rounds 1 of 4 groups vary; 1 were all right, 2 all wrong',
    );
    expect(pause.advice).toContain('easier');
  });
});

describe('pass@k', () => {
  interface Fixture {
    cases: [number, number, number, number][];
    average_example: { n: number; correct_counts: number[]; mean_pass_at_k: Record<string, number> };
  }
  const fixture = readFixture<Fixture>('pass_at_k');

  it('equals every recorded row', () => {
    expect(fixture.cases.length).toBe(71);
    for (const [n, c, k, value] of fixture.cases)
      expectNear(passAtK(n, c, k), value, 1e-12, `${n} ${c} ${k}`);
  });

  it('averages over questions', () => {
    const { n, correct_counts, mean_pass_at_k } = fixture.average_example;
    expect(Object.keys(mean_pass_at_k).length).toBe(5);
    for (const [k, value] of Object.entries(mean_pass_at_k)) {
      const result = meanPassAtK(n, correct_counts, Number(k));
      expectNear(result.mean, value, 1e-12);
      expect(result.interval?.low).toBeLessThanOrEqual(value);
      expect(result.interval?.high).toBeGreaterThanOrEqual(value);
    }
    expectNear(mean([1, 2]), 1.5, 0);
  });

  it('grows with k and c, and the bootstrap is not above it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 20 }), fc.nat(), fc.nat(), (n, a, b) => {
        const c = a % (n + 1);
        const k = 1 + (b % (n - 1));
        expect(passAtK(n, c, k + 1)).toBeGreaterThanOrEqual(passAtK(n, c, k) - 1e-12);
        if (c < n) expect(passAtK(n, c + 1, k)).toBeGreaterThanOrEqual(passAtK(n, c, k) - 1e-12);
        expect(bootstrapBestOfK(n, c, k)).toBeLessThanOrEqual(passAtK(n, c, k) + 1e-12);
      }),
    );
  });

  it('refuses counts that make no sense', () => {
    expect(() => passAtK(4, 5, 1)).toThrow(RangeError);
    expect(() => passAtK(4, 1, 5)).toThrow(RangeError);
    expect(() => passAtK(4, 1, 0)).toThrow(RangeError);
  });
});
