/** @file What the Lab's views compute from records: the same numbers, sorted, grouped, weighted, laid out. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkStageEdit } from '../../src/rl/curriculum';
import { tokenObjective } from '../../src/rl/objective';
import type { PoolQuestion } from '../../src/rl/retrospective';
import { type RolloutRow, shownRows } from '../../src/run/rollout-rows';
import { formatStages, parseStages } from '../../src/run/stages-text';
import { boundaryOf } from '../../src/ui/charts/positions';
import { askedFamilies, examples, familyRows, lengthBars } from '../../src/ui/lab/data-model';
import {
  byPrefix,
  formatOf,
  matching,
  metricNames,
  seriesOf,
  stageBands,
} from '../../src/ui/lab/metric-series';
import { updateTerms } from '../../src/ui/lab/objective-terms';
import { poolRows, swarm } from '../../src/ui/lab/pool-model';
import {
  answerLines,
  byReason,
  filterGroups,
  fromRows,
  fromView,
  sortGroups,
} from '../../src/ui/lab/rollout-model';
import { edgeRange, isAhead, moveEdge, withSteps, withTokens } from '../../src/ui/lab/stage-edit';
import { mixes, timeline } from '../../src/ui/lab/timeline-model';
import { storedTokens } from '../../src/ui/panels/clip-prediction';
import { appendRow, bandOf, type MetricRow } from '../../src/ui/state/history';
import { factsOf } from '../../src/ui/state/log';
import { initialState } from '../../src/ui/state/model';
import { makeGroup } from '../support/groups';

const row = (step: number, metrics: Record<string, number> = {}): MetricRow => ({
  step,
  seconds: step * 2,
  tokens: step * 100,
  metrics: { 'critic/rewards/mean': step / 10, ...metrics },
});
const evaluation = (step: number) => ({
  step,
  questions: 8,
  sampledReward: step / 100,
  greedyAccuracy: 0.5,
  metrics: { 'val-core/generated/acc/pass@8': 0.9 },
});

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
      low: [0.5, 0.6, 0.7, 0.1],
      high: [0.5, 0.9, 0.7, 0.1],
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

describe('the rollouts', () => {
  const groups = [
    makeGroup({ uid: '3-2-0', step: 3, answers: [{ text: 'Bath', advantage: 2 }, { text: 'Rome' }] }),
    {
      ...makeGroup({ uid: '3-1-10', step: 3 }),
      mean: 0.9,
      std: 0.1,
      kept: false,
      dropReason: 'surplus' as const,
    },
    { ...makeGroup({ uid: '3-1-2', step: 3 }), mean: 0.1, std: 0.4, question: 'Where was the needle?' },
  ].map(fromView);

  it('come in the order they were drawn, or by reward, deviation or length', () => {
    const uids = (sort: Parameters<typeof sortGroups>[1]) => sortGroups(groups, sort).map(({ uid }) => uid);
    expect(uids('drawn')).toEqual(['3-1-2', '3-1-10', '3-2-0']);
    expect(uids('reward')).toEqual(['3-1-10', '3-2-0', '3-1-2']);
    expect(uids('std')).toEqual(['3-2-0', '3-1-2', '3-1-10']);
    expect(answerLines(groups, 'advantage')[0].answer).toMatchObject({ text: 'Bath', advantage: 2 });
  });

  it('are found by question, gold answer or answer', () => {
    const found = (text: string) => filterGroups(groups, text).map(({ uid }) => uid);
    expect(found('NEEDLE')).toEqual(['3-1-2']);
    expect(found('rome')).toEqual(['3-2-0']);
    expect(found('  ')).toHaveLength(3);
    expect(found('nowhere')).toEqual([]);
  });

  it('say what was dropped by its reason', () => {
    expect(byReason(groups).map(([reason, list]) => [reason, list.length])).toEqual([['surplus', 1]]);
  });

  it('from the folder’s lines have the rewards of the lines, and their mean and sample deviation', () => {
    const rewards = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(rewards, (list) => {
        const rows = list.map((score, index) => line('5-1-0', index, score));
        const [group] = fromRows([...rows].reverse(), []);
        const mean = list.reduce((a, b) => a + b, 0) / list.length;
        const variance = list.reduce((sum, r) => sum + (r - mean) ** 2, 0) / (list.length - 1);
        expect(group.answers.map(({ reward }) => reward)).toEqual(list);
        expect(group.mean).toBeCloseTo(mean, 10);
        expect(group.std).toBeCloseTo(Math.sqrt(variance), 10);
        expect(group.view).toBeNull();
      }),
    );
  });

  it('cross to the page without prompts and token ids, and within bounds however long the answers are', () => {
    const rows = Array.from({ length: 6 }, (_, index) => ({
      ...line('5-1-0', index, 1),
      input: 'long '.repeat(10_000),
      token_ids: [1, 2, 3],
      output: 'x'.repeat(400),
    }));
    const shown = shownRows(rows, { rows: 5, characters: 900 });
    expect(shown.map(({ output }) => output.length)).toEqual([400, 400, 201, 201, 201]);
    expect(shown[2].output.endsWith('…')).toBe(true);
    expect(JSON.stringify(shown)).not.toContain('long long');
    expect(Object.keys(shown[0])).not.toContain('token_ids');
    expect(shown[0]).toMatchObject({ uid: '5-1-0', index: 0, question: 'Who?', score: 1 });
    // Folders of older versions name the question only in the prompt, where it comes last.
    const { question: _, ...old } = rows[0];
    const [from] = shownRows([{ ...old, input: `${'a'.repeat(900)} Who?` } as RolloutRow]);
    expect(from.question).toHaveLength(200);
    expect(from.question.endsWith('Who?')).toBe(true);
  });

  it('keep every token’s numbers where the page still has the group', () => {
    const view = makeGroup({ uid: '5-1-1', step: 5 });
    const merged = fromRows([line('5-1-0', 0, 1), line('5-1-1', 0, 0.25)], [view]);
    expect(merged.map(({ uid, view: own }) => [uid, own === view])).toEqual([
      ['5-1-0', false],
      ['5-1-1', true],
    ]);
  });
});

function line(uid: string, index: number, score: number): RolloutRow {
  return {
    input: 'A text. Who?',
    question: 'Who?',
    output: 'Ada',
    tokens: 3,
    truncated: false,
    gts: 'Ada',
    score,
    step: 5,
    uid,
    index,
    rule: 1,
    judge: null,
    overlong_reward: 0,
    advantage: 0,
    kept: true,
    drop_reason: null,
    acc: true,
    pred: 'Ada',
    stage: null,
    pool: false,
    visits: 0,
    last_reward: null,
  };
}

describe('the objective of stored tokens', () => {
  const logprob = fc.float({ min: -6, max: 0, noNaN: true });
  const answers = fc.array(
    fc.record({
      pairs: fc.array(fc.tuple(logprob, logprob), { minLength: 1, maxLength: 12 }),
      advantage: fc.double({ min: -2, max: 2, noNaN: true }),
    }),
    { minLength: 1, maxLength: 5 },
  );

  it('is, update by update, a float64 recount of the same tokens', () => {
    fc.assert(
      fc.property(answers, (list) => {
        const groups = list.map(({ pairs, advantage }, i) =>
          makeGroup({
            uid: `1-1-${i}`,
            update: 1 + (i % 2),
            answers: [
              {
                advantage,
                update: 1 + (i % 2),
                tokens: new Uint32Array(pairs.length),
                oldLogprobs: Float32Array.from(pairs, ([old]) => old),
                newLogprobs: Float32Array.from(pairs, ([, now]) => now),
              },
            ],
          }),
        );
        const bounds = {
          lossMode: 'vanilla' as const,
          clipRatioLow: 0.2,
          clipRatioHigh: 0.28,
          clipRatioC: 0,
          tauPos: 1,
          tauNeg: 1.05,
          klType: 'k3' as const,
        };
        const rows = updateTerms(storedTokens(groups, 1), bounds);
        for (const { update, tokens, objective, clippedHigh } of rows) {
          let sum = 0;
          let high = 0;
          let count = 0;
          list.forEach(({ pairs, advantage }, i) => {
            if (1 + (i % 2) !== update) return;
            for (const [old, now] of pairs) {
              const term = tokenObjective(now, old, advantage, bounds);
              sum -= term.loss;
              high += Number(term.clippedHigh);
              count++;
            }
          });
          expect(tokens).toBe(count);
          expect(objective).toBeCloseTo(sum / count, 9);
          expect(clippedHigh).toBeCloseTo(high / count, 12);
        }
      }),
      { numRuns: 60 },
    );
  });
});

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

describe('the data', () => {
  const groups = [
    { ...makeGroup({ uid: '1-1-0' }), family: 'cloze' as const, promptTokens: 100 },
    { ...makeGroup({ uid: '1-1-1' }), family: 'cloze' as const, promptTokens: 400, question: 'What?' },
    { ...makeGroup({ uid: '1-1-2' }), family: 'lookup' as const, promptTokens: 250, question: 'What?' },
  ];

  it('has every family of the settings, asked or not, with its share of right answers', () => {
    expect(familyRows(['lookup', 'two-hop'], groups)).toEqual([
      { family: 'lookup', groups: 1, accuracy: 1 },
      { family: 'two-hop', groups: 0, accuracy: null },
      { family: 'cloze', groups: 2, accuracy: 1 },
    ]);
  });

  it('names the families of a data set in the place of those made from a text', () => {
    const question = {
      ...{ id: 'a', family: 'given-number' as const, text: 'q?', answers: ['1.5'], line: 1 },
      ...{ window: { start: 0, end: 9 }, evidence: [] },
    };
    const dataset = { questions: [question], rows: 1, leftOut: 0, reasons: [] };
    expect(askedFamilies(['lookup', 'hotpot'], dataset)).toEqual(['given-number', 'hotpot']);
    expect(askedFamilies(['hotpot'], dataset)).toEqual(['hotpot']);
    expect(askedFamilies(['lookup'], undefined)).toEqual(['lookup']);
  });

  it('counts every prompt in one bar', () => {
    const bars = lengthBars(groups, 400, 4);
    expect(bars.map(({ count }) => count)).toEqual([0, 1, 1, 1]);
  });

  it('shows different questions of each family', () => {
    expect(examples([...groups, groups[0]]).map(({ uid }) => uid)).toEqual(['1-1-0', '1-1-1', '1-1-2']);
    expect(examples(groups, 1).map(({ family }) => family)).toEqual(['cloze', 'lookup']);
  });
});

describe('the log', () => {
  it('has a line for each state, problem, change, evaluation and stage, and none for a step', () => {
    const before = { ...initialState, runId: 'a' };
    const stage = {
      kind: 'rl' as const,
      number: 1,
      index: 0,
      name: 'stage 1',
      lengths: { over: 0, max: 9 },
      steps: 1,
      ended: null,
      isLast: false,
    };
    const problem = { code: 'gpu.lost', message: 'Lost.', advice: '', severity: 'fatal' as const };
    const mark = { step: 3, key: 'lr', from: 1, to: 2, time: '12:00' };
    const after = {
      ...before,
      state: 'running' as const,
      step: 2,
      problems: [problem],
      marks: [mark],
      evaluations: [evaluation(2)],
      stage,
    };
    expect(factsOf(before, after).map(({ kind }) => kind)).toEqual([
      'state',
      'problem',
      'change',
      'evaluation',
      'stage',
    ]);
    expect(factsOf(after, { ...after, step: 3, stage: { ...stage, steps: 2 } })).toEqual([]);
  });
});
