/** @file Further seeds of a pair: trained as the pair was, stored as runs, found by the comparison, and whole or not at all. */
import { describe, expect, it } from 'vitest';
import type { StepRecord } from '../../src/rl/types';
import { makeConfig } from '../../src/run/config';
import { RunFolder } from '../../src/run/folder';
import type { RunConfig } from '../../src/run/settings';
import { compareRuns } from '../../workers/compare-runs';
import type { SeedPairsRequest, SeedProgress } from '../../workers/protocol';
import { RunKeeper } from '../../workers/run-keeper';
import { runLibrary } from '../../workers/run-library';
import { type PairSession, trainSeedPairs } from '../../workers/seed-pairs';
import { fakeDisk } from '../support/fake-disk';
import { recordedDocument } from '../support/recorded';
import { origin, smallCheckpoint } from '../support/run-fixture';
import { scoredGroup } from '../support/scored';
import { shippedTokenizerFiles } from '../support/texts';

type Disk = ReturnType<typeof fakeDisk>;

const low = makeConfig('micro', { seed: 1, clip_ratio_high: 0.2 });
const high = makeConfig('micro', { seed: 1, clip_ratio_high: 0.28 });
const shared = 2;
const steps = 5;

/** Its reward depends on bound, seed and step; it is disposed of once. */
class FakeSession implements PairSession {
  document = recordedDocument;
  policy = { idle: async () => {} };
  disposed = 0;
  stepsDone: number;
  readonly config: RunConfig;
  private readonly failsAt: number;

  constructor(config: RunConfig, stepsDone = 0, failsAt = Number.POSITIVE_INFINITY) {
    this.config = config;
    this.stepsDone = stepsDone;
    this.failsAt = failsAt;
  }

  checkpoint = async () => smallCheckpoint(this.stepsDone, shippedTokenizerFiles());

  async step(): Promise<StepRecord> {
    const step = this.stepsDone + 1;
    if (step === this.failsAt) throw new Error('The loss became NaN.');
    this.stepsDone = step;
    const { seed, clip_ratio_high: bound } = this.config;
    return {
      step,
      stage: null,
      updates: 1,
      metrics: { 'critic/rewards/mean': bound + (step * seed) / 100 + (bound > 0.2 ? seed / 1000 : 0) },
      groups: [scoredGroup({ uid: `${step}-1-0`, family: 'cloze', rewards: [1, 0], entropies: 1 })],
    };
  }

  async dispose() {
    this.disposed++;
  }
}

async function storedPair(disk: Disk) {
  const first = new FakeSession(low);
  const keeper = new RunKeeper('a', disk, () => {});
  keeper.describe({ ...origin, name: 'brave-otter' });
  await keeper.begin(first);
  while (first.stepsDone < shared) await keeper.save(await first.step(), first);
  const second = new FakeSession(high, shared);
  const twin = new RunKeeper('b', disk, () => {});
  twin.describe({
    ...origin,
    name: 'calm-heron',
    forkedFrom: { run: 'a', name: 'brave-otter', step: shared },
  });
  await twin.begin(second, { folder: keeper.folder, step: shared });
  while (first.stepsDone < steps) await keeper.save(await first.step(), first);
  while (second.stepsDone < steps) await twin.save(await second.step(), second);
  keeper.close();
  twin.close();
}

const request = (seeds: number[]): SeedPairsRequest => ({
  id: 'more',
  a: { id: 'a', name: 'brave-otter', config: low },
  b: { id: 'b', name: 'calm-heron', config: high },
  seeds,
  shared,
  steps,
});

function place(disk: Disk, failsAt?: number) {
  const sessions: FakeSession[] = [];
  const progress: SeedProgress[] = [];
  const opened = (session: FakeSession) => {
    sessions.push(session);
    return session;
  };
  return {
    sessions,
    progress,
    disk,
    origin,
    open: async (config: RunConfig) => opened(new FakeSession(config)),
    twin: async (first: FakeSession, config: RunConfig) =>
      opened(new FakeSession(config, first.stepsDone, failsAt)),
    onProgress: (at: SeedProgress) => void progress.push(at),
    stopped: () => false,
    notice: () => {},
  };
}

describe('further seeds of a pair', () => {
  it('join the verdict of the pair, each trained to the same step from where the first twin left', async () => {
    const disk = fakeDisk();
    await storedPair(disk);
    expect((await compareRuns(disk, 'a', 'b')).verdict.kind).toBe('one seed');
    const here = place(disk);
    expect(await trainSeedPairs(request([2, 3, 4]), here)).toBe(3);
    const compared = await compareRuns(disk, 'a', 'b');
    expect(compared).toMatchObject({ seeds: [1, 2, 3, 4], verdict: { kind: 'separable', seeds: 4 } });
    const [x, y] = await Promise.all(
      ['more-a3', 'more-b3'].map(async (id) => new RunFolder(await disk.open(id, false)).readMetrics()),
    );
    expect(x.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5]);
    expect(y.slice(0, shared)).toEqual(x.slice(0, shared));
    expect(y[shared]['critic/rewards/mean']).not.toBe(x[shared]['critic/rewards/mean']);
    expect(here.sessions.map(({ disposed }) => disposed)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(here.progress.at(-1)).toEqual({ pair: 3, pairs: 3, seed: 4, step: 5, steps: 5 });
    // Nobody holds them: they can be opened, compared and deleted.
    expect((await disk.held()).size).toBe(0);
  });

  it('are not what the next visit opens: that is the run a person was at', async () => {
    const disk = fakeDisk();
    await storedPair(disk);
    await trainSeedPairs(request([2]), place(disk));
    const library = runLibrary({
      disk,
      appVersion: '',
      commit: '',
      estimate: async () => ({}),
      newId: () => 'x',
      wait: async () => {},
    });
    expect(['a', 'b']).toContain((await library.newest())?.id);
    const { runs } = await library.list();
    const further = runs.filter(({ seedOf }) => seedOf !== null).map(({ id, name }) => `${id}: ${name}`);
    expect(further.sort()).toEqual(['more-a2: brave-otter, seed 2', 'more-b2: calm-heron, seed 2']);
  });

  it('stopped in the middle leave their whole pairs and nothing of the other', async () => {
    const disk = fakeDisk();
    await storedPair(disk);
    const here = place(disk);
    const stopped = () => here.progress.some(({ pair, step }) => pair === 2 && step === 4);
    expect(await trainSeedPairs(request([2, 3, 4]), { ...here, stopped })).toBe(1);
    expect(await disk.ids()).toEqual(['a', 'b', 'more-a2', 'more-b2']);
    expect((await compareRuns(disk, 'a', 'b')).seeds).toEqual([1, 2]);
  });

  it('of which one fails say which, leave nothing of it, and free what was open', async () => {
    const disk = fakeDisk();
    await storedPair(disk);
    const here = place(disk, 4);
    await expect(trainSeedPairs(request([2, 3]), here)).rejects.toMatchObject({
      code: 'evaluation.seeds',
      message: 'Seed 2: The loss became NaN.',
    });
    expect(await disk.ids()).toEqual(['a', 'b']);
    expect(here.sessions.map(({ disposed }) => disposed)).toEqual([1, 1]);
    expect((await disk.held()).size).toBe(0);
  });
});
