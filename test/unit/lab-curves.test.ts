import { describe, expect, it } from 'vitest';
import { boundaryOf } from '../../src/ui/charts/positions';
import {
  byPrefix,
  formatOf,
  matching,
  metricNames,
  seriesOf,
  stageBands,
} from '../../src/ui/lab/metric-series';
import { appendRow, bandOf, type MetricRow } from '../../src/ui/state/history';
import { evaluation, row } from '../support/history';

describe('the curves', () => {
  it('have every metric of steps and evaluations once, grouped by prefix', () => {
    const names = metricNames([row(1), row(2, { 'actor/lr': 1 })], [evaluation(2)]);
    expect(names).toEqual([
      'actor/lr',
      'critic/rewards/mean',
      'held-out/greedy',
      'held-out/reward',
      'val-core/generated/acc/pass@8',
    ]);
    expect(byPrefix(names).map(([prefix, own]) => [prefix, own.length])).toEqual([
      ['actor', 1],
      ['critic', 1],
      ['held-out', 2],
      ['val-core', 1],
    ]);
    expect(matching(names, '^ACTOR|pass@')).toEqual(['actor/lr', 'val-core/generated/acc/pass@8']);
    expect(matching(names, '(')).toBeNull();
  });

  it('stand at step, time or tokens with unchanged values', () => {
    const rows = [row(1), row(2), row(3)];
    const at = (axis: 'step' | 'time' | 'tokens') => seriesOf('critic/rewards/mean', rows, [], axis);
    expect(at('step')).toEqual({
      steps: [1, 2, 3],
      values: [0.1, 0.2, 0.3],
      xs: [1, 2, 3],
      sparse: false,
      band: null,
    });
    expect(at('time').xs).toEqual([2, 4, 6]);
    expect(at('tokens').xs).toEqual([100, 200, 300]);
    expect(at('time').values).toEqual(at('step').values);
  });

  it('keep gaps, leave sparse metrics sparse, and never draw what is no number', () => {
    const rows = [row(1, { a: 1 }), row(2), row(3, { a: Number.NaN }), row(4, { a: 4 })];
    expect(seriesOf('a', rows, [], 'step')).toMatchObject({
      steps: [1, 2, 3, 4],
      values: [1, null, null, 4],
    });
    const few = Array.from({ length: 10 }, (_, i) => row(i + 1, i === 4 ? { b: 5 } : {}));
    expect(seriesOf('b', few, [], 'step')).toEqual({
      steps: [5],
      values: [5],
      xs: [5],
      sparse: true,
      band: null,
    });
    expect(seriesOf('held-out/reward', few, [evaluation(4), evaluation(8)], 'time')).toEqual({
      steps: [4, 8],
      values: [0.04, 0.08],
      xs: [8, 16],
      sparse: true,
      band: null,
    });
  });

  it('sum time and tokens over all steps, also those that were thinned out', () => {
    let rows: readonly MetricRow[] = [];
    for (let step = 1; step <= 500; step++) {
      const metrics = { 'perf/time_per_step': 0.5, 'perf/total_num_tokens': 10 };
      rows = appendRow(rows, { step, metrics }, 40);
    }
    expect(rows.length).toBeLessThanOrEqual(40);
    for (const { step, seconds, tokens } of rows) {
      expect(seconds).toBeCloseTo(step * 0.5, 9);
      expect(tokens).toBe(step * 10);
    }
  });

  it('reach from the lowest to the highest answer where a mean has them, and over steps that were thinned out', () => {
    const metrics = (mean: number) => ({
      'response_length/mean': mean,
      'response_length/min': mean - 2,
      'response_length/max': mean + 3,
      'actor/entropy': mean / 10,
    });
    let rows: readonly MetricRow[] = [];
    for (const mean of [5, 9, 6, 7])
      rows = appendRow(rows, { step: rows.length + 1, metrics: metrics(mean) });
    expect(bandOf(rows, 'actor/entropy', true)).toBeNull();
    expect(bandOf(rows, 'response_length/mean', false)).toBeNull();
    expect(seriesOf('response_length/mean', rows, [], 'step', true).band).toEqual({
      low: [3, 7, 4, 5],
      high: [8, 12, 9, 10],
    });
    // The second step leaves; the third reaches over it, and an answer that was not measured leaves a gap.
    const thin = appendRow(rows, { step: 5, metrics: { 'actor/entropy': 0.1 } }, 4);
    expect(thin.map(({ step }) => step)).toEqual([1, 3, 4, 5]);
    expect(bandOf(thin, 'actor/entropy', false)).toEqual({
      low: [0.5, Math.fround(0.6), 0.7, 0.1],
      high: [0.5, Math.fround(0.9), 0.7, 0.1],
    });
    expect(bandOf(thin, 'response_length/mean', true)).toEqual({
      low: [3, 4, 5, null],
      high: [8, 12, 10, null],
    });
  });

  it('lie over bands of one stage each that meet without a gap', () => {
    const rows = [1, 1, 2, 2, 2, 3].map((stage, i) => row(i + 1, { 'curriculum/stage': stage }));
    expect(stageBands(rows, (stage) => `stage ${stage}`)).toEqual([
      { from: 1, to: 2, label: 'stage 1' },
      { from: 3, to: 5, label: 'stage 2' },
      { from: 6, to: 6, label: 'stage 3' },
    ]);
    expect(stageBands([row(1)], String)).toEqual([]);
  });

  it('place a mark between the step it acts from and the one before', () => {
    expect(boundaryOf([1, 2, 3], [1, 2, 3], 3)).toBe(2.5);
    expect(boundaryOf([1, 2, 3], [10, 30, 70], 3)).toBe(50);
    expect(boundaryOf([1, 2, 3], [1, 2, 3], 4)).toBe(3.5);
    expect(boundaryOf([1, 2, 3], [1, 2, 3], 1)).toBe(0.5);
  });

  it('write values in the unit of their metric', () => {
    expect(formatOf('actor/pg_clipfrac_high')(0.021)).toBe('2.1 %');
    expect(formatOf('timing_s/gen')(1.5)).toBe('1.50 s');
    expect(formatOf('group/kept')(12)).toBe('12');
    expect(formatOf('behavior/ground')(0.25)).toBe('0.25');
    expect(formatOf('actor/ppo_kl')(0.0004)).toBe('4.0e−4');
  });
});
