/** @file What the trainer worker keeps of a run, and the past that a fork takes along. */
import { describe, expect, it } from 'vitest';
import { RunFolder } from '../../src/run/folder';
import { presets } from '../../src/run/presets';
import { readReplayStep } from '../../src/run/replay-reader';
import { describeRun } from '../../src/run/run-description';
import { RunKeeper } from '../../workers/run-keeper';
import { fakeDisk, fakeLocks } from '../support/fake-disk';
import { begun, FakeRun, keptDocument, library } from '../support/kept-run';
import { recordedDocument, recordedView } from '../support/recorded';
import { origin } from '../support/run-fixture';

describe('what keeps a run', () => {
  it('makes no folder before the first step, then saves each with two rolling checkpoints and every twentieth', async () => {
    const disk = fakeDisk();
    const idle = new RunKeeper('run-0', disk, () => {});
    idle.describe(origin);
    expect(await disk.ids()).toEqual([]);
    const run = new FakeRun();
    const { keeper } = await begun(disk, run);
    expect(keeper.where).toBe('disk');
    for (let i = 0; i < 42; i++) await keeper.save(run.step(), run);
    const folder = new RunFolder(await disk.open('run-1', false));
    expect(await folder.stableSteps()).toEqual([20, 40, 41, 42]);
    expect((await folder.readMetrics()).map(({ step }) => step)).toEqual(
      Array.from({ length: 42 }, (_, i) => i + 1),
    );
    expect(await folder.readDocument(1)).toEqual(keptDocument);
    expect(await describeRun('run-1', folder.store)).toMatchObject({ name: 'brave-otter', damage: null });
  });

  it('keeps every token’s numbers of a step on disk, and none in memory, where a long run would fill it', async () => {
    for (const disk of [fakeDisk(), null]) {
      const run = new FakeRun();
      const { keeper } = await begun(disk, run);
      await keeper.save(run.step(), run, recordedView(1));
      const text = await keeper.folder.readReplay(1);
      expect(text === null).toBe(disk === null);
      if (text !== null)
        expect(readReplayStep(text, 1, recordedDocument).groups.map(({ uid }) => uid)).toEqual([
          '1-1-0',
          '1-1-1',
        ]);
    }
  });

  it('keeps a step that did not fit and saves it once there is room: nothing is lost', async () => {
    const disk = fakeDisk();
    const run = new FakeRun();
    const { keeper } = await begun(disk, run);
    await keeper.save(run.step(), run);
    disk.fs.options.quota = disk.fs.size() + 100;
    await expect(keeper.save(run.step(), run)).rejects.toMatchObject({ code: 'store.full' });
    await expect(keeper.saveRest(run)).rejects.toMatchObject({ code: 'store.full' });
    const stuck = new RunFolder(await disk.open('run-1', false));
    expect((await stuck.newestCheckpoint())?.trainerState.global_step).toBe(1);
    disk.fs.options.quota = Number.POSITIVE_INFINITY;
    await keeper.saveRest(run);
    await keeper.save(run.step(), run);
    const folder = new RunFolder(await disk.open('run-1', false));
    expect((await folder.readMetrics()).map(({ step }) => step)).toEqual([1, 2, 3]);
    expect(await folder.stableSteps()).toEqual([2, 3]);
  });

  it('begins on a full disk once there is room', async () => {
    const disk = fakeDisk({ quota: 10 });
    const run = new FakeRun();
    const keeper = new RunKeeper('run-1', disk, () => {});
    keeper.describe(origin);
    await expect(keeper.begin(run)).rejects.toMatchObject({ code: 'store.full' });
    expect(keeper.isBegun).toBe(false);
    disk.fs.options.quota = Number.POSITIVE_INFINITY;
    await keeper.begin(run);
    await keeper.save(run.step(), run);
    expect(await describeRun('run-1', keeper.folder.store)).toMatchObject({ steps: 1, damage: null });
  });

  it('notices that its folder was cleared away, says so, and is whole again with the next step', async () => {
    const disk = fakeDisk();
    const run = new FakeRun({ ...presets.micro, 'checkpoint.every': 10 });
    const { keeper, notices } = await begun(disk, run);
    await keeper.save(run.step(), run);
    await disk.remove('run-1');
    await keeper.save(run.step(), run);
    expect(notices.map(({ code }) => code)).toEqual(['store.evicted']);
    const folder = new RunFolder(await disk.open('run-1', false));
    expect(await folder.readConfig()).toEqual(run.config);
    expect(await folder.stableSteps()).toEqual([2]);
    expect((await folder.readMetrics()).map(({ step }) => step)).toEqual([2]);
    expect(await folder.readDocument(3)).toEqual(keptDocument);
  });

  it('saves where it stands when it rests between rare checkpoints', async () => {
    const disk = fakeDisk();
    const run = new FakeRun({ ...presets.micro, 'checkpoint.every': 10 });
    const { keeper } = await begun(disk, run);
    for (let i = 0; i < 3; i++) await keeper.save(run.step(), run);
    expect(await keeper.folder.stableSteps()).toEqual([]);
    await keeper.rest(run);
    expect(await keeper.folder.stableSteps()).toEqual([3]);
  });

  it('goes on in memory where the browser keeps no files', async () => {
    const run = new FakeRun();
    const { keeper } = await begun(null, run);
    for (let i = 0; i < 3; i++) await keeper.save(run.step(), run);
    expect(keeper.where).toBe('memory');
    expect(await keeper.folder.stableSteps()).toEqual([3]);
  });

  it('a run has one writer: a second tab is refused until the first lets go', async () => {
    const locks = fakeLocks();
    const disk = fakeDisk({}, locks);
    const run = new FakeRun();
    const { keeper } = await begun(disk, run);
    await keeper.save(run.step(), run);
    const second = new RunKeeper('run-1', disk, () => {});
    await expect(second.reopen()).rejects.toMatchObject({ code: 'run.locked' });
    await expect(library(disk).remove('run-1')).rejects.toMatchObject({ code: 'run.locked' });
    expect((await library(disk).list()).runs[0].isOpen).toBe(true);
    expect(await library(disk).newest()).toBeNull();
    keeper.close();
    await second.reopen();
    expect((await second.folder.newestCheckpoint())?.trainerState.global_step).toBe(1);
  });

  it('a stored run that is not there is refused by name', async () => {
    await expect(new RunKeeper('run-9', fakeDisk(), () => {}).reopen()).rejects.toMatchObject({
      code: 'store.missing',
    });
    await expect(new RunKeeper('../x', fakeDisk(), () => {}).reopen()).rejects.toMatchObject({
      code: 'store.path',
    });
  });

  it('a fork shares the past up to its step and is there at once', async () => {
    const disk = fakeDisk();
    const run = new FakeRun();
    const { keeper } = await begun(disk, run);
    for (let i = 0; i < 5; i++) await keeper.save(run.step(), run);
    const fork = new FakeRun({ ...presets.micro, clip_ratio_high: 0.4 });
    fork.stepsDone = 4;
    const other = new RunKeeper('run-2', disk, () => {});
    other.describe({
      ...origin,
      name: 'calm-heron',
      forkedFrom: { run: 'run-1', name: 'brave-otter', step: 4 },
    });
    await other.begin(fork, { folder: keeper.folder, step: 4 });
    const described = await describeRun('run-2', other.folder.store);
    expect(described).toMatchObject({
      name: 'calm-heron',
      steps: 4,
      checkpoints: [4],
      forkedFrom: { run: 'run-1', name: 'brave-otter', step: 4 },
    });
    expect(described.config?.clip_ratio_high).toBe(0.4);
    expect((await keeper.folder.readMetrics()).length).toBe(5);
  });
});

describe('the past of a fork', () => {
  it('has the changes, answers, texts and newest tokens of its origin, and not what came after', async () => {
    const disk = fakeDisk();
    const run = new FakeRun();
    const { keeper } = await begun(disk, run);
    for (let step = 1; step <= 45; step++) {
      if (step === 3) {
        const changed = { ...run.config, clip_ratio_high: 0.3 };
        await keeper.folder.recordChanges(step, run.config, changed);
        run.config = changed;
      }
      await keeper.save(run.step(), run, recordedView(step));
    }
    await keeper.folder.recordChanges(43, run.config, { ...run.config, lr: 1e-4 });
    const fork = new FakeRun({ ...run.config, clip_ratio_high: 0.4, group_size: 4 });
    fork.stepsDone = 42;
    const other = new RunKeeper('run-2', disk, () => {});
    other.describe({ ...origin, forkedFrom: { run: 'run-1', name: 'brave-otter', step: 42 } });
    await other.begin(fork, { folder: keeper.folder, step: 42 });
    const { folder } = other;
    expect((await folder.readRollouts(2)).length).toBe(2);
    expect(await folder.readRollouts(2)).toEqual(await keeper.folder.readRollouts(2));
    expect(await folder.readRollouts(43)).toEqual([]);
    expect(await folder.readDocument(1)).toEqual(keptDocument);
    expect(await folder.readReplay(42)).toBe(await keeper.folder.readReplay(42));
    // Tokens of the last forty steps only.
    expect([await folder.readReplay(2), await folder.readReplay(3)].map((text) => text !== null)).toEqual([
      false,
      true,
    ]);
    expect((await folder.readChanges()).map(({ step, key, from, to }) => [step, key, from, to])).toEqual([
      [3, 'clip_ratio_high', presets.micro.clip_ratio_high, 0.3],
      [43, 'clip_ratio_high', 0.3, 0.4],
      [43, 'group_size', presets.micro.group_size, 4],
    ]);
    // The settings of every step of the past are those it was trained with.
    expect(await folder.readConfig(2)).toEqual(presets.micro);
    expect(await folder.readConfig(42)).toEqual({ ...presets.micro, clip_ratio_high: 0.3 });
    expect(await folder.readConfig()).toEqual(fork.config);
    // Later changes act as in any run, and a fork of the fork has both pasts.
    await folder.recordChanges(44, fork.config, { ...fork.config, lr: 2e-4 });
    expect(await folder.readConfig(43)).toEqual(fork.config);
    expect((await folder.readConfig()).lr).toBe(2e-4);
    const third = new RunKeeper('run-3', disk, () => {});
    third.describe(origin);
    const again = new FakeRun({ ...fork.config, lr: 2e-4 });
    again.stepsDone = 44;
    await third.begin(again, { folder, step: 44 });
    expect((await third.folder.readConfig(43)).lr).toBe(fork.config.lr);
    expect((await third.folder.readConfig(2)).clip_ratio_high).toBe(presets.micro.clip_ratio_high);
    expect((await third.folder.readConfig(44)).lr).toBe(2e-4);
  });
});
