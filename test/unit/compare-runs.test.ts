import { describe, expect, it } from 'vitest';
import { makeConfig } from '../../src/run/config';
import { type ForkOrigin, RunFolder } from '../../src/run/folder';
import type { RunConfig } from '../../src/run/settings';
import { compareClips } from '../../workers/compare-clips';
import { compareAnswers, compareRuns } from '../../workers/compare-runs';
import { fakeDisk } from '../support/fake-disk';
import { recordedDocument, recordedView } from '../support/recorded';
import { origin, smallCheckpoint } from '../support/run-fixture';
import { scoredGroup } from '../support/scored';
import { shippedTokenizer, shippedTokenizerFiles } from '../support/texts';

type Disk = ReturnType<typeof fakeDisk>;

interface StoredOptions {
  config: RunConfig;
  rewards: number[];
  /** Texts of the two answers of the last step. */
  answers?: [string, string];
  documentId?: string;
  forkedFrom?: ForkOrigin;
}

async function store(disk: Disk, id: string, options: StoredOptions) {
  const { config, rewards, answers, documentId = 'd', forkedFrom } = options;
  const folder = new RunFolder(await disk.open(id, true), () => 1000);
  await folder.begin(config, { ...origin, name: id, documentId, forkedFrom });
  const tokenizer = shippedTokenizer();
  for (const [i, reward] of rewards.entries()) {
    const group = scoredGroup({ uid: `${i + 1}-1-0`, family: 'cloze', rewards: [1, 0], entropies: 1 });
    group.item.text = 'the prompt';
    group.answers.forEach((answer, k) => {
      if (!answers) return;
      answer.text = answers[k];
      answer.rollout.tokens = Uint32Array.from(tokenizer.encode(answers[k]));
    });
    await folder.recordStep({
      step: i + 1,
      stage: null,
      metrics: { 'critic/rewards/mean': reward, 'perf/time_per_step': Math.random() },
      groups: [group],
    });
  }
  await folder.saveCheckpoint(smallCheckpoint(rewards.length, shippedTokenizerFiles()));
}

const low = (seed: number) => makeConfig('micro', { seed, clip_ratio_high: 0.2 });
const high = (seed: number) => makeConfig('micro', { seed, clip_ratio_high: 0.28 });
const rise = [0.1, 0.2, 0.3];
const higher = (by: number) => rise.map((value) => value + by);

describe('two stored runs', () => {
  it('that are equal but for the clock are called identical', async () => {
    const disk = fakeDisk();
    await store(disk, 'a', { config: low(1), rewards: rise });
    await store(disk, 'b', { config: low(1), rewards: [...rise, 0.4] });
    expect(await compareRuns(disk, 'a', 'b')).toMatchObject({
      differences: [],
      commonSteps: 3,
      lastCommon: 3,
      partedAt: null,
      verdict: { kind: 'identical' },
    });
  });

  it('of one seed get no word on their settings; further stored pairs do, each seed once', async () => {
    const disk = fakeDisk();
    await store(disk, 'a1', { config: low(1), rewards: rise });
    await store(disk, 'b1', { config: high(1), rewards: higher(0.1) });
    const alone = await compareRuns(disk, 'a1', 'b1');
    expect(alone).toMatchObject({
      differences: [{ key: 'clip_ratio_high', a: 0.2, b: 0.28 }],
      partedAt: 1,
      seeds: [1],
      verdict: { kind: 'one seed' },
    });
    for (const seed of [2, 3]) {
      await store(disk, `a${seed}`, { config: low(seed), rewards: rise });
      await store(disk, `b${seed}`, { config: high(seed), rewards: higher(0.1 + seed / 1000) });
    }
    // Not a pair: another document, too few steps, another setting, no partner.
    await store(disk, 'x4', { config: low(4), rewards: rise, documentId: 'other' });
    await store(disk, 'y4', { config: high(4), rewards: rise });
    await store(disk, 'x5', { config: low(5), rewards: rise.slice(0, 2) });
    await store(disk, 'y5', { config: high(5), rewards: rise });
    await store(disk, 'x6', { config: makeConfig('micro', { seed: 6, lr: 0 }), rewards: rise });
    await store(disk, 'y7', { config: high(7), rewards: rise });
    const several = await compareRuns(disk, 'a1', 'b1');
    expect([...several.seeds].sort()).toEqual([1, 2, 3]);
    expect(several.verdict).toMatchObject({ kind: 'separable', seeds: 3 });
  });

  it('have the reach of their seeds behind them, and up to two further runs beside them', async () => {
    const disk = fakeDisk();
    await store(disk, 'a1', { config: low(1), rewards: rise });
    await store(disk, 'a2', { config: low(2), rewards: [0.2, 0.1, 0.3, 0.9] });
    await store(disk, 'b1', { config: high(1), rewards: higher(0.1) });
    await store(disk, 'c', { config: makeConfig('micro', { lr: 0 }), rewards: [0.5] });
    const { curves, others, steps } = await compareRuns(disk, 'a1', 'b1', ['c', 'a2', 'gone']);
    const [reward] = curves;
    expect(reward.bandA).toEqual([
      [1, 0.1, 0.2],
      [2, 0.1, 0.2],
      [3, 0.3, 0.3],
    ]);
    expect(reward.bandB).toEqual([]);
    expect(others.map(({ id, difference }) => [id, difference])).toEqual([
      ['c', 'lr 0.0003→0'],
      ['a2', 'ε_high 0.28→0.2'],
    ]);
    expect(reward.others).toEqual([
      [[1, 0.5]],
      [
        [1, 0.2],
        [2, 0.1],
        [3, 0.3],
        [4, 0.9],
      ],
    ]);
    expect(steps).toEqual([1, 2, 3]);
  });

  it('with a shared past are judged by the steps after it alone', async () => {
    const disk = fakeDisk();
    const shared = [0.1, 0.2];
    await store(disk, 'a', { config: low(1), rewards: [...shared, 0.3, 0.3] });
    const forkedFrom = { run: 'a', name: 'a', step: 2 };
    await store(disk, 'b', { config: high(1), rewards: shared, forkedFrom });
    expect(await compareRuns(disk, 'a', 'b')).toMatchObject({
      sharedSteps: 2,
      commonSteps: 0,
      verdict: { kind: 'nothing' },
    });
    await store(disk, 'c', { config: high(1), rewards: [...shared, 0.5, 0.7], forkedFrom });
    const { verdict } = await compareRuns(disk, 'a', 'c');
    expect(verdict.kind === 'one seed' && verdict.delta).toBeCloseTo(0.3, 12);
  });

  it('show where the same question is answered differently, at the token, in the text', async () => {
    const disk = fakeDisk();
    await store(disk, 'a', { config: low(1), rewards: rise, answers: ['the ledger was void', 'same'] });
    await store(disk, 'b', { config: high(1), rewards: rise, answers: ['the ledger is void', 'same'] });
    const [question] = await compareAnswers(disk, 'a', 'b', 3);
    const [first, second] = question.answers;
    expect(first.a?.output.slice(0, first.a.differsFrom ?? 0)).toBe('the ledger');
    expect(first.b?.differsFrom).toBe(first.a?.differsFrom);
    expect(first.token).not.toBeNull();
    expect(second.token).toBeNull();
    expect(second.a?.differsFrom).toBeNull();
  });
});

describe('the clip plots of two runs', () => {
  it('have each run’s tokens of the step under the bounds it had then, and none where none are kept', async () => {
    const disk = fakeDisk();
    for (const [id, config] of [
      ['a', low(1)],
      ['b', high(1)],
    ] as const) {
      const folder = new RunFolder(await disk.open(id, true), () => 1000);
      await folder.begin(config, { ...origin, name: id });
      await folder.recordDocument(1, recordedDocument);
      for (const step of [1, 2]) {
        // Step 2 of B was trained where no tokens are kept.
        const view = id === 'b' && step === 2 ? null : recordedView(step);
        await folder.recordStep({ step, stage: null, metrics: {}, groups: [] }, view);
      }
      if (id === 'a') await folder.recordChanges(2, config, { ...config, clip_ratio_high: 0.5 });
    }
    const [a, b] = await compareClips(disk, 'a', 'b', 1);
    expect([a?.config.clip_ratio_high, b?.config.clip_ratio_high]).toEqual([0.2, 0.28]);
    expect(a?.updates).toBe(4);
    const [kept] = recordedView(1).groups;
    expect(a?.groups.map(({ uid }) => uid)).toEqual([kept.uid]);
    expect(a?.groups[0].answers[0].newLogprobs?.length).toBe(kept.answers[0].newLogprobs?.length);
    const later = await compareClips(disk, 'a', 'b', 2);
    expect(later[0]?.config.clip_ratio_high).toBe(0.5);
    expect(later[1]).toBeNull();
  });
});
