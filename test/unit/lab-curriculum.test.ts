/** @file What the Lab computes of stages and pool: the timeline, its edges, batches and weights. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkStageEdit } from '../../src/rl/curriculum';
import type { PoolQuestion } from '../../src/rl/retrospective';
import { formatStages, parseStages } from '../../src/run/stages-text';
import { poolRows, swarm } from '../../src/ui/lab/pool-model';
import { edgeRange, isAhead, moveEdge, withSteps, withTokens } from '../../src/ui/lab/stage-edit';
import { mixes, timeline } from '../../src/ui/lab/timeline-model';
import { evaluation, row } from '../support/history';

describe('the curriculum', () => {
  const stages = parseStages('256x10,1024x20/share=0.25,4096');

  it('is as wide as its steps, with what was done and evaluated in each stage', () => {
    const rows = Array.from({ length: 14 }, (_, i) =>
      row(i + 1, { 'curriculum/stage': i < 10 ? 1 : 2, 'curriculum/stage_steps': i < 10 ? i + 1 : i - 9 }),
    );
    const track = timeline(stages, rows, [evaluation(6), evaluation(12)]);
    expect(track.map(({ from, width, done }) => [from, width, done])).toEqual([
      [1, 10, 10],
      [11, 20, 4],
      [31, 20, 0],
    ]);
    expect(track.map(({ evaluations }) => evaluations)).toEqual([[5], [1], []]);
    expect(track[1]).toMatchObject({ lengths: { over: 256, max: 1024 }, share: 0.25, planned: 20 });
  });

  it('takes a stage that ended early as long as it was, and knows nothing behind an open end', () => {
    const rows = [1, 2, 3].map((step) =>
      row(step, { 'curriculum/stage': step < 3 ? 1 : 2, 'curriculum/stage_steps': step < 3 ? step : 1 }),
    );
    expect(timeline(stages, rows, []).map(({ from, width }) => [from, width])).toEqual([
      [1, 2],
      [3, 20],
      [23, 20],
    ]);
    const open = parseStages('256/entropy=0.1,1024x5');
    expect(timeline(open, [], []).map(({ from }) => from)).toEqual([1, null]);
  });

  it('counts warm-up stages one after the other, though all have the number 0', () => {
    const numbers = [0, 0, 0, 1, 1].map((stage, i) =>
      row(i + 1, { 'curriculum/stage': stage, 'curriculum/stage_steps': [1, 2, 1, 1, 2][i] }),
    );
    const track = timeline(parseStages('sft:96x2,sft:128x1,256x4'), numbers, []);
    expect(track.map(({ kind, from, done }) => [kind, from, done])).toEqual([
      ['sft', 1, 2],
      ['sft', 3, 1],
      ['rl', 4, 2],
    ]);
  });

  it('has edges ahead that move between their neighbours, and none behind', () => {
    const rows = Array.from({ length: 14 }, (_, i) =>
      row(i + 1, { 'curriculum/stage': i < 10 ? 1 : 2, 'curriculum/stage_steps': i < 10 ? i + 1 : i - 9 }),
    );
    const four = parseStages('256x10,1024x20/share=0.25,4096x8,8192');
    const track = timeline(four, rows, []);
    expect(track.map((_, index) => edgeRange(track, index))).toEqual([
      null,
      // Four of its steps are done, and the stage behind keeps one.
      { min: 5, max: 27, shared: true },
      { min: 1, max: 1e6, shared: false },
      null,
    ]);
    expect(track.map((_, index) => isAhead(track, index))).toEqual([false, false, true, true]);
    const ended = timeline(parseStages('256x14'), rows.slice(0, 10), []);
    expect(edgeRange(ended, 0)).toEqual({ min: 11, max: 1e6, shared: false });
    const over = timeline(parseStages('256x10'), rows.slice(0, 10), []);
    expect(edgeRange(over, 0)).toBeNull();
  });

  it('gives the steps that an edge moves over from one stage to the next, and leaves all else', () => {
    const edited = moveEdge(stages, 0, 4);
    expect(formatStages(edited)).toBe('256x4,1024x26/share=0.25,4096');
    expect(formatStages(moveEdge(edited, 0, 10))).toBe(formatStages(stages));
    // Before an open end only the stage itself changes.
    expect(formatStages(moveEdge(stages, 1, 33))).toBe('256x10,1024x33/share=0.25,4096');
    expect(formatStages(withSteps(stages, 0, 12))).toBe('256x12,1024x20/share=0.25,4096');
    expect(formatStages(withTokens(stages, 1, 2048))).toBe('256x10,2048x20/share=0.25,4096');
    expect(() => checkStageEdit(stages, edited, 0)).not.toThrow();
    expect(() => checkStageEdit(stages, withTokens(stages, 0, 300), 0)).toThrow(/under way/);
  });

  it('says what the batches were made of, in shares that add up', () => {
    const [mix] = mixes([
      row(1, {
        'group/kept': 6,
        'group/dropped_all_wrong': 2,
        'group/dropped_surplus': 4,
        'pool/share': 0.25,
      }),
    ]);
    expect(mix).toEqual({ step: 1, fresh: 0.375, pool: 0.125, dropped: 0.5, retrospective: 0.25 });
    expect(mixes([row(1)])).toEqual([]);
  });
});

describe('the retrospective pool', () => {
  const question = (index: number, reward: number, stage = 0): PoolQuestion => ({
    index,
    bracket: { over: 0, max: 256 },
    id: `q${index}`,
    text: `Question ${index}?`,
    stage,
    visits: 2,
    history: [
      { step: 1, reward: 0, accuracy: 0 },
      { step: 4, reward, accuracy: reward },
    ],
    base: null,
  });
  const settings = {
    stages: [],
    groupSize: 8,
    pool: {
      rule: 'weighted' as const,
      size: 9,
      floor: 0,
      temperature: 1,
      maxWeight: 20,
      measure: 'latest' as const,
      share: 0.25,
      onEmpty: 'fresh' as const,
    },
  };

  it('weighs by Eq. 10 with floor and cap, and says what may be drawn', () => {
    const rows = poolRows([question(1, 0.5), question(2, 0), question(3, 0.25, 1)], settings, 1);
    expect(
      rows.map(({ index, weight, difficulty, drawable, stuck }) => [
        index,
        weight,
        difficulty,
        drawable,
        stuck,
      ]),
    ).toEqual([
      // 1 / (2 · 8) is the floor, so 16; the cap of 20 is not met.
      [2, 16, Number.POSITIVE_INFINITY, true, true],
      [3, 4, 4, false, false],
      [1, 2, 2, true, false],
    ]);
    expect(rows.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
    const capped = poolRows([question(2, 0)], { ...settings, pool: { ...settings.pool, maxWeight: 5 } }, 1);
    expect(capped[0].weight).toBe(5);
    const zero = poolRows(
      [question(1, 0.5), question(2, 0)],
      { ...settings, pool: { ...settings.pool, rule: 'zero-accuracy' } },
      1,
    );
    expect(zero.map(({ weight }) => weight)).toEqual([1, 0]);
  });

  it('is laid out without one dot on another', () => {
    const places = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 60 });
    fc.assert(
      fc.property(places, (ys) => {
        const rows = poolRows(
          ys.map((_, i) => question(i, 0.5)),
          settings,
          1,
        );
        const dots = swarm(rows, 4, ({ index }) => ({ x: 100, y: ys[index] }));
        expect(dots).toHaveLength(ys.length);
        for (const [i, a] of dots.entries())
          for (const b of dots.slice(0, i))
            expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThanOrEqual(8 - 1e-9);
      }),
      { numRuns: 40 },
    );
  });
});
