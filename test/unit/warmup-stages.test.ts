/** @file Supervised warm-up as stage 0 of a run: what it learns from, when it stops, and that it resumes exactly. */
import { describe, expect, it } from 'vitest';
import type { TrainGroup } from '../../src/policy/types';
import { advanceStage, bracketOf, stageStart } from '../../src/rl/curriculum';
import { meanWeights } from '../../src/rl/supervised';
import type { StepRecord } from '../../src/rl/types';
import { makeConfig } from '../../src/run/config';
import { metricInfo } from '../../src/run/metrics';
import type { RunConfig } from '../../src/run/settings';
import { parseStages, stageSteps, withoutWarmup } from '../../src/run/stages-text';
import {
  FakePolicy,
  type FakeRun,
  fakeRun,
  lengthTasks,
  repeatable,
  resumed,
  wordScorer,
} from '../support/fake-trainer';

const config = makeConfig('micro', {
  curriculum: 'sft:64x5,64x4,128x6/share=0.5',
  group_size: 4,
  train_batch_size: 4,
  gen_batch_size: 6,
  mini_batch_size: 2,
  lr_warmup_steps: 4,
  'sft.documents': 4,
  'sft.lr': 1e-2,
  'sft.lr_warmup_steps': 2,
  'sft.probe_every': 2,
  'sft.probe_questions': 8,
});

async function steps(run: FakeRun, count: number): Promise<StepRecord[]> {
  const records: StepRecord[] = [];
  for (let i = 0; i < count; i++) records.push(await run.trainer.step());
  return records;
}

describe('warm-up in the line of stages', () => {
  it('comes first, has the upper half of its lengths, and counts as stage 0', () => {
    const stages = parseStages('sft:96x20/vary=0.5,sft:256x10,256x40,1024');
    expect(stages.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'sft warm-up',
      'sft warm-up 2',
      'rl stage 1',
      'rl stage 2',
    ]);
    expect(stages.map((_, i) => bracketOf(stages, i))).toEqual([
      { over: 48, max: 96 },
      { over: 128, max: 256 },
      { over: 0, max: 256 },
      { over: 256, max: 1024 },
    ]);
    expect(stageSteps('sft:96x20,256x40')).toBe(60);
    expect(withoutWarmup('sft:96x20,256x40,1024/share=0.3')).toBe('256x40,1024/share=0.3');
    expect(withoutWarmup('sft:96x20')).toBe('off');
  });
});

describe('a run that begins with warm-up', () => {
  it('makes supervised updates, probes held-out questions, and then RL from its first question', async () => {
    const run = fakeRun(config);
    const records = await steps(run, 15);
    expect(records.map(({ stage }) => [stage?.number, stage?.steps, stage?.ended])).toEqual([
      ...[1, 2, 3, 4, 5].map((step) => [0, step, step === 5 ? 'steps' : null]),
      ...[1, 2, 3, 4].map((step) => [1, step, step === 4 ? 'steps' : null]),
      ...[1, 2, 3, 4, 5, 6].map((step) => [2, step, step === 6 ? 'steps' : null]),
    ]);
    const warmup = records.slice(0, 5);
    expect(run.policy.supervised.flat().map(({ promptTokens: [index] }) => index)).toEqual(
      Array.from({ length: 20 }, (_, i) => i),
    );
    expect(warmup.map(({ metrics }) => metrics['actor/lr'])).toEqual([0.005, 0.01, 0.01, 0.01, 0.01]);
    expect(warmup.map(({ groups }) => groups.length)).toEqual([0, 8, 0, 8, 8]);
    for (const { groups, metrics } of warmup.filter((record) => record.groups.length > 0)) {
      expect(groups.every(({ kept, dropReason }) => !kept && dropReason === 'probe')).toBe(true);
      const answers = groups.flatMap((group) => group.answers);
      const right = answers.filter(({ score }) => score.correct).length;
      expect(metrics['sft/accuracy']).toBe(right / answers.length);
      const shares = ['vary', 'all_right', 'all_wrong'].map((name) => metrics[`sft/groups_${name}`]);
      expect(shares.reduce((a, b) => a + b)).toBe(1);
    }
    expect(warmup[4].metrics['train/loss']).toBeLessThan(warmup[0].metrics['train/loss']);
    const first = records[5];
    expect(first.groups.flatMap(({ origin }) => origin?.index)).toEqual(
      Array.from({ length: first.groups.length }, (_, i) => i),
    );
    expect(first.metrics['actor/lr'], 'the rise of the RL rate begins with RL').toBe(config.lr / 4);
    expect(first.metrics['curriculum/stage']).toBe(1);
  });

  it('knows every metric it records', async () => {
    const records = await steps(fakeRun({ ...config, 'sft.examples': 6 }), 6);
    const names = new Set(records.flatMap(({ metrics }) => Object.keys(metrics)));
    expect([...names].filter((name) => metricInfo(name) === null)).toEqual([]);
  });

  it('gives RL an optimiser without memory, and the warmed-up policy as its reference', async () => {
    const run = fakeRun(config);
    await steps(run, 5);
    const { weight } = run.policy;
    expect(run.policy.moment).toBeGreaterThan(0);
    expect(run.policy.reference).toBeLessThan(weight);
    expect(run.policy.beginnings).toBe(0);
    await steps(run, 6);
    expect(run.policy).toMatchObject({ beginnings: 1, reference: weight, moment: 0 });
  });

  it('sees a bounded data set once an epoch, each time in another order', async () => {
    const run = fakeRun({ ...config, curriculum: 'sft:64x6', 'sft.examples': 8 });
    const records = await steps(run, 6);
    expect(records.map(({ metrics }) => metrics['sft/epoch'])).toEqual([0.5, 1, 1.5, 2, 2.5, 3]);
    const seen = run.policy.supervised.flat().map(({ promptTokens: [index] }) => index);
    const epochs = [seen.slice(0, 8), seen.slice(8, 16), seen.slice(16)];
    const whole = [0, 1, 2, 3, 4, 5, 6, 7];
    for (const epoch of epochs) expect([...epoch].sort()).toEqual(whole);
    expect(epochs[1]).not.toEqual(whole);
    expect(epochs[2]).not.toEqual(epochs[1]);
    expect(records[5].stage).toMatchObject({ ended: 'steps', isLast: true });
  });

  it('a probe that fails is told, and the step stands: its update is made', async () => {
    let value = Number.NaN;
    const run = fakeRun(
      config,
      new FakePolicy(),
      lengthTasks(),
      wordScorer((reward) => reward * value),
    );
    const [, second] = await steps(run, 2);
    expect(second.notices?.map(({ code }) => code)).toEqual(['reward.nonfinite']);
    expect(second.groups).toEqual([]);
    expect(run.trainer.state).toMatchObject({ step: 2, warmup: { steps: 2, examples: 8 } });
    value = 1;
    const [, fourth] = await steps(run, 2);
    expect(fourth.metrics['sft/accuracy']).toBeGreaterThan(0);
  });

  it('skips it where the stages name none', async () => {
    const run = fakeRun({ ...config, curriculum: withoutWarmup(config.curriculum) });
    const [first] = await steps(run, 1);
    expect(first.stage).toMatchObject({ kind: 'rl', number: 1 });
    expect(run.policy.supervised).toEqual([]);
  });
});

describe('warm-up stops before certainty', () => {
  const ended = (probe: { vary: number; allRight: number; allWrong: number }) =>
    advanceStage(stageStart(), parseStages('sft:96/vary=0.5,256'), { reward: 0, entropy: 9, probe }).ended;

  it('once its share of groups varies', () => {
    expect(ended({ vary: 0.4, allRight: 0.1, allWrong: 0.5 })).toBeNull();
    expect(ended({ vary: 0.5, allRight: 0, allWrong: 0.5 })).toBe('vary');
  });

  it('once more groups are all right than all wrong: from there on they would only become uniform', () => {
    expect(ended({ vary: 0.1, allRight: 0.5, allWrong: 0.4 })).toBe('vary');
  });

  it('only at a step that asked', async () => {
    const run = fakeRun({ ...config, curriculum: 'sft:64/vary=0.01,64x4' });
    const records = await steps(run, 3);
    expect(records.map(({ stage }) => [stage?.number, stage?.ended])).toEqual([
      [0, null],
      [0, 'vary'],
      [1, null],
    ]);
  });

  it('a policy that is certain already has one probe of it', async () => {
    const run = fakeRun({ ...config, curriculum: 'sft:64/vary=0.9,64x4' }, new FakePolicy(50));
    const records = await steps(run, 2);
    expect(records[1].metrics['sft/groups_all_right']).toBeGreaterThan(0.5);
    expect(records[1].stage?.ended).toBe('vary');
  });
});

describe('the supervised loss', () => {
  const group = (...counts: number[][]): TrainGroup => ({
    promptTokens: Uint32Array.of(1),
    answers: counts.map((weights) => ({
      tokens: new Uint32Array(weights.length),
      weights: Float32Array.from(weights),
      oldLogprobs: new Float32Array(weights.length),
      advantage: 0,
    })),
  });
  const weightsOf = (groups: TrainGroup[]) =>
    groups.map(({ answers }) => answers.map(({ weights }) => Array.from(weights)));

  it('averages each sequence over its own tokens first (Eq. 11)', () => {
    const groups = [group([0, 1, 1, 1, 1], [1, 1]), group([0, 0, 1, 0]), group([0, 0])];
    expect(weightsOf(meanWeights(groups, 'sequence'))).toEqual(
      [
        [
          [0, 1 / 12, 1 / 12, 1 / 12, 1 / 12],
          [1 / 6, 1 / 6],
        ],
        [[0, 0, 1 / 3, 0]],
        [[0, 0]],
      ].map((own) => own.map((row) => row.map(Math.fround))),
    );
  });

  it('or all tokens alike, with what each of them counts', () => {
    const groups = [group([0, 1, 2]), group([1])];
    expect(weightsOf(meanWeights(groups, 'token'))).toEqual([[[0, 0.25, 0.5]], [[0.25]]]);
  });
});

describe('exact resume from warm-up on', () => {
  const every = Array.from({ length: 12 }, (_, i) => i + 1);
  const variants: [name: string, own: RunConfig][] = [
    ['a fixed number of steps', config],
    ['a stop rule', { ...config, curriculum: 'sft:64/vary=0.7,64x3,128' }],
    ['a data set of epochs', { ...config, 'sft.examples': 7 }],
    ['difficulty by the base policy', { ...config, 'pool.rule': 'weighted', 'pool.measure': 'base' }],
  ];

  it.each(variants)(
    'the 10 steps after any stop equal those of the uninterrupted run: %s',
    async (_, own) => {
      const text = (record: StepRecord) => JSON.stringify(repeatable(record));
      const expected = (await steps(fakeRun(own), 22)).map(text);
      const run = fakeRun(own);
      for (const step of every) {
        await run.trainer.step();
        const rest = (await steps(resumed(own, run), 10)).map(text);
        const first = rest.findIndex((record, i) => record !== expected[step + i]);
        expect(first, `stopped after step ${step}; first step that differs`).toBe(-1);
      }
    },
  );
});
