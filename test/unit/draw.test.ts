import { describe, expect, it } from 'vitest';
import { RunPause } from '../../src/errors';
import type { StepRecord } from '../../src/rl/types';
import { makeConfig } from '../../src/run/config';
import { metricInfo } from '../../src/run/metrics';
import type { RunConfig } from '../../src/run/settings';
import { trainerSettings } from '../../src/run/trainer-settings';
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
  curriculum: '64x6,128x6/share=0.5,256',
  group_size: 4,
  train_batch_size: 4,
  gen_batch_size: 6,
  mini_batch_size: 2,
  'pool.size': 12,
  'pool.share': 0.25,
});

async function steps(run: FakeRun, count: number): Promise<StepRecord[]> {
  const records: StepRecord[] = [];
  for (let i = 0; i < count; i++) records.push(await run.trainer.step());
  return records;
}

const retrospective = ({ groups }: StepRecord) => groups.filter(({ origin }) => origin?.history);

describe('drawing by stages', () => {
  it('takes fresh questions only of the stage’s lengths, and names the stage', async () => {
    const records = await steps(fakeRun(config), 16);
    const limits = [64, 128, 256];
    for (const { step, stage, groups, metrics } of records) {
      const index = step <= 6 ? 0 : step <= 12 ? 1 : 2;
      expect(stage).toMatchObject({ index, steps: step - index * 6, isLast: index === 2 });
      expect(stage?.ended).toBe(step === 6 || step === 12 ? 'steps' : null);
      expect(metrics).toMatchObject({ 'curriculum/stage': index + 1, 'curriculum/max_input': limits[index] });
      for (const { origin, item } of groups) {
        if (origin?.history) continue;
        expect(item.tokens.length).toBeGreaterThan(index === 0 ? 0 : limits[index - 1]);
        expect(item.tokens.length).toBeLessThanOrEqual(limits[index]);
      }
    }
  });

  it('mixes in the stage’s share of earlier questions, each once a step, with their history', async () => {
    const records = await steps(fakeRun(config), 40);
    for (const record of records) {
      const old = retrospective(record);
      expect(record.metrics['pool/share']).toBe(old.length / record.groups.length);
      expect(new Set(old.map(({ origin }) => origin?.index)).size).toBe(old.length);
      if (record.step <= 6) expect(old).toEqual([]);
      for (const { origin, item } of old) {
        expect(item.question.id).toBe(origin?.history?.id);
        expect(origin?.history?.stage).toBeLessThan(record.stage?.index ?? 0);
        expect(origin?.history?.history.at(-1)?.accuracy).toBe(0);
        expect(origin?.history?.history.at(-1)?.step).toBeLessThan(record.step);
      }
    }
    const share = (from: number, to: number) => {
      const part = records.slice(from, to);
      const groups = part.reduce((sum, { groups }) => sum + groups.length, 0);
      const wanted = part.reduce((sum, r) => sum + retrospective(r).length + r.metrics['pool/shortfall'], 0);
      return wanted / groups;
    };
    expect(Math.abs(share(6, 12) - 0.5)).toBeLessThan(0.1);
    expect(Math.abs(share(12, 40) - 0.25)).toBeLessThan(0.08);
    expect(records.some((record) => retrospective(record).length > 0)).toBe(true);
  });

  it('knows every metric it records', async () => {
    const records = await steps(fakeRun(config), 14);
    const names = new Set(records.flatMap(({ metrics }) => Object.keys(metrics)));
    expect([...names].filter((name) => metricInfo(name) === null)).toEqual([]);
    expect(names).toContain('pool/mean_difficulty');
  });

  it('fills places of an empty pool with fresh questions, and counts them', async () => {
    // Every answer is right: nobody has zero accuracy.
    const run = fakeRun(config, new FakePolicy(5));
    const records = await steps(run, 9);
    expect(records[8].metrics['pool/size']).toBe(0);
    expect(retrospective(records[8])).toEqual([]);
    expect(records.slice(6).some(({ metrics }) => metrics['pool/shortfall'] > 0)).toBe(true);
    expect(records[8].groups.length).toBe(records[0].groups.length);
  });

  it('says once that the pool is empty, or pauses there as it was, by choice', async () => {
    // A policy that is always right leaves no question that nobody answered.
    const always = () => new FakePolicy(50);
    const run = fakeRun(config, always());
    const records = await steps(run, 9);
    const told = records.flatMap(({ step, notices = [] }) =>
      notices.filter(({ code }) => code === 'pool.empty').map(({ advice }) => [step, advice.length > 0]),
    );
    expect(told).toEqual([[7, true]]);
    expect(records[7].metrics['pool/shortfall']).toBeGreaterThan(0);
    const pausing = fakeRun({ ...config, 'pool.on_empty': 'pause' }, always());
    await steps(pausing, 6);
    const { state } = pausing.trainer;
    const pause = await pausing.trainer.step().catch((error) => error);
    expect(pause).toBeInstanceOf(RunPause);
    expect(pause.code).toBe('pool.empty');
    expect(pausing.trainer.state).toBe(state);
    pausing.trainer.settings = trainerSettings(config);
    expect((await pausing.trainer.step()).step).toBe(7);
  });

  it('forgets questions that another document no longer gives', async () => {
    const run = fakeRun(config);
    await steps(run, 7);
    expect(run.trainer.state.pool.length).toBeGreaterThan(0);
    run.trainer.tasks = lengthTasks('other');
    const [record] = await steps(run, 1);
    expect(retrospective(record)).toEqual([]);
    expect(record.groups.every(({ item }) => item.question.documentId === 'other')).toBe(true);
  });

  it('measures difficulty by the policy the run began with where asked to', async () => {
    const base = { ...config, 'pool.measure': 'base', 'pool.rule': 'weighted' } as const;
    const run = fakeRun(base);
    await steps(run, 6);
    const asked = run.policy.asked.filter(({ weights }) => weights === 'reference');
    expect(asked).toHaveLength(6);
    expect(run.trainer.state.pool.every(({ base }) => base !== null)).toBe(true);
    // The same training: asking the old policy disturbs nothing.
    const other = fakeRun({ ...base, 'pool.measure': 'latest' });
    await steps(other, 6);
    expect(other.policy.weight).toBe(run.policy.weight);
  });

  it('without a curriculum draws items in order and keeps no pool', async () => {
    const plain = fakeRun({ ...config, curriculum: 'off' });
    const records = await steps(plain, 5);
    expect(records.flatMap(({ groups }) => groups.map(({ origin }) => origin?.index))).toEqual(
      Array.from({ length: plain.trainer.state.nextItem }, (_, i) => i),
    );
    expect(plain.trainer.state.pool).toEqual([]);
    expect(records[0].stage).toBeNull();
    expect(Object.keys(records[0].metrics).filter((name) => /^(curriculum|pool)/.test(name))).toEqual([]);
  });

  it('a changed future acts when its time comes', async () => {
    const run = fakeRun(config);
    await steps(run, 8);
    run.trainer.settings = trainerSettings({ ...config, curriculum: '64x6,128x3/share=0.5,200' });
    const records = await steps(run, 2);
    expect(records.map(({ stage }) => [stage?.index, stage?.lengths.max, stage?.ended])).toEqual([
      [1, 128, 'steps'],
      [2, 200, null],
    ]);
  });
});

describe('a fault ends the step and leaves the run as it was', () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY])('a reward of %s', async (value) => {
    let broken = false;
    const scorer = wordScorer((reward) => (broken ? value : reward));
    const run = fakeRun(config, new FakePolicy(), lengthTasks(), scorer);
    await steps(run, 8);
    const { state } = run.trainer;
    const { weight } = run.policy;
    broken = true;
    const pause = await run.trainer.step().catch((error) => error);
    expect(pause, 'a pause, so that the run keeps its last step').toBeInstanceOf(RunPause);
    expect(pause.code).toBe('reward.nonfinite');
    expect(run.trainer.state).toBe(state);
    expect(run.policy.weight).toBe(weight);
    broken = false;
    const whole = fakeRun(config);
    await steps(whole, 8);
    expect(repeatable(await run.trainer.step())).toEqual(repeatable(await whole.trainer.step()));
  });
});

describe('exact resume', () => {
  const every = Array.from({ length: 20 }, (_, i) => i + 1);
  // Within a stage, at its last step, right after it, and deep in a later one.
  const some = [3, 6, 7, 12, 18];
  const variants: [name: string, config: RunConfig, stops: number[]][] = [
    ['zero accuracy', config, every],
    ['by weight', { ...config, 'pool.rule': 'weighted' }, some],
    ['base policy', { ...config, 'pool.rule': 'weighted', 'pool.measure': 'base' }, some],
    ['plateau and entropy', { ...config, curriculum: '64/plateau=3:0.02:3,128x9/entropy=0.1,256' }, some],
    ['no curriculum', { ...config, curriculum: 'off' }, some],
  ];

  it.each(variants)(
    'the 20 steps after a stop equal those of the uninterrupted run: %s',
    async (_, own, stops) => {
      const text = (record: StepRecord) => JSON.stringify(repeatable(record));
      const whole = fakeRun(own);
      const expected = (await steps(whole, 40)).map(text);
      const run = fakeRun(own);
      for (let step = 1; step <= 20; step++) {
        await run.trainer.step();
        if (!stops.includes(step)) continue;
        const rest = (await steps(resumed(own, run), 20)).map(text);
        const first = rest.findIndex((record, i) => record !== expected[step + i]);
        expect(first, `stopped after step ${step}; first step that differs`).toBe(-1);
      }
      expect(run.policy.weight).toBeGreaterThan(0.36);
    },
  );
});
