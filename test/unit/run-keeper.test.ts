import { describe, expect, it } from 'vitest';
import type { CodedError } from '../../src/errors';
import type { StepRecord } from '../../src/rl/types';
import { saveCheckpoint } from '../../src/run/checkpoint';
import { makeConfig } from '../../src/run/config';
import { RunFolder } from '../../src/run/folder';
import { MemoryStore } from '../../src/run/memory-store';
import { presets } from '../../src/run/presets';
import { readReplayStep } from '../../src/run/replay-reader';
import { describeRun } from '../../src/run/run-description';
import type { RunConfig } from '../../src/run/settings';
import { zipParts } from '../../src/run/zip';
import type { LongDocument } from '../../src/tasks/types';
import { type KeptRun, RunKeeper } from '../../workers/run-keeper';
import { runLibrary } from '../../workers/run-library';
import { chooseStart } from '../../workers/run-start';
import { fakeDisk, fakeLocks } from '../support/fake-disk';
import { recordedDocument, recordedView } from '../support/recorded';
import { origin, smallCheckpoint } from '../support/run-fixture';
import { scoredGroup } from '../support/scored';
import { shippedTokenizerFiles } from '../support/texts';

const document: LongDocument = { id: 'd', title: 'A text', text: 'Text.', source: 'imported' };

/** A run that trains nothing and is at some step. */
class FakeRun implements KeptRun {
  stepsDone = 0;
  document = document;
  config: RunConfig;

  constructor(config: RunConfig = presets.micro) {
    this.config = config;
  }

  checkpoint = async () => smallCheckpoint(this.stepsDone, shippedTokenizerFiles());

  step(): StepRecord {
    this.stepsDone++;
    return {
      step: this.stepsDone,
      stage: null,
      updates: 1,
      metrics: { 'critic/rewards/mean': this.stepsDone },
      groups: [scoredGroup({ uid: `${this.stepsDone}-1-0`, family: 'cloze', rewards: [1, 0], entropies: 1 })],
    };
  }
}

async function begun(disk: ReturnType<typeof fakeDisk> | null, run: FakeRun, id = 'run-1') {
  const notices: CodedError[] = [];
  const keeper = new RunKeeper(id, disk, (error) => notices.push(error));
  keeper.describe(origin);
  await keeper.begin(run);
  return { keeper, notices };
}

let imports = 0;
const library = (disk: ReturnType<typeof fakeDisk> | null) =>
  runLibrary({
    disk,
    estimate: async () => ({}),
    appVersion: '0.1.0',
    commit: 'abc',
    newId: () => `run-new-${++imports}`,
    wait: async () => {},
  });
const onScreen = { config: makeConfig('micro', { group_size: 6 }), document };
const given = (path: string, content: BlobPart) => ({
  path,
  file: new File([content], path.split('/').at(-1) ?? path),
});

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
    expect(await folder.readDocument(1)).toEqual(document);
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
    expect(await folder.readDocument(3)).toEqual(document);
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
    expect(await folder.readDocument(1)).toEqual(document);
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

describe('the list of runs', () => {
  it('has the last changed first, damaged ones with their reason, and none but folders of runs', async () => {
    const disk = fakeDisk();
    for (const [id, time] of [
      ['run-a', 10],
      ['run-b', 30],
      ['run-c', 20],
    ] as const) {
      const folder = new RunFolder(await disk.open(id, true), () => time);
      await folder.begin(presets.micro, { ...origin, name: id });
      await folder.recordStep({ step: 1, stage: null, metrics: {}, groups: [] });
      await folder.saveCheckpoint(smallCheckpoint(1));
    }
    await (await disk.open('run-b', false)).write('config.json', 'broken');
    await disk.fs.handle.getDirectoryHandle('elsewhere', { create: true });
    const { runs, canKeep } = await library(disk).list();
    expect(canKeep).toBe(true);
    expect(runs.map(({ id, damage }) => [id, damage === null])).toEqual([
      ['run-b', false],
      ['run-c', true],
      ['run-a', true],
    ]);
    expect(runs[0].bytes).toBeGreaterThan(1000);
    // Written last of those that can go on.
    expect((await library(disk).newest())?.id).toBe('run-c');
  });

  it('renames, refuses an empty name, and deletes', async () => {
    const disk = fakeDisk();
    const run = new FakeRun();
    const { keeper } = await begun(disk, run);
    await keeper.save(run.step(), run);
    keeper.close();
    const runs = library(disk);
    await runs.rename('run-1', '  two\nwords\u202e ');
    expect((await runs.list()).runs[0].name).toBe('two words');
    await expect(runs.rename('run-1', ' \n ')).rejects.toMatchObject({ code: 'run.name' });
    await runs.remove('run-1');
    expect((await runs.list()).runs).toEqual([]);
  });

  it('a run leaves as a zip and comes back as another run, equal in every file but its name', async () => {
    const disk = fakeDisk();
    const run = new FakeRun();
    const { keeper } = await begun(disk, run);
    for (let i = 0; i < 3; i++) await keeper.save(run.step(), run);
    const zip = await library(disk).zip('run-1');
    const imported = await library(disk).takeIn([given('my run.zip', zip)], onScreen);
    expect(imported).toMatchObject({ kind: 'run', name: 'brave-otter', leftOut: 0 });
    const [old, copy] = [await disk.open('run-1', false), await disk.open(imported.id, false)];
    for (const path of [
      'metrics.jsonl',
      'config.json',
      'checkpoints/step_3/model.safetensors',
      'documents/1.json',
    ])
      expect(await copy.read(path)).toEqual(await old.read(path));
    await expect(library(disk).takeIn([given('x.zip', 'no zip')], onScreen)).rejects.toMatchObject({
      code: 'import.zip',
    });
    expect(await disk.ids()).toEqual(['run-1', imported.id]);
  });

  /** A policy as others publish it: no moments, no state of a trainer, no marker. */
  async function policyFolder(): Promise<ReturnType<typeof given>[]> {
    const store = new MemoryStore();
    await saveCheckpoint(store, 'tiny', { ...smallCheckpoint(7, shippedTokenizerFiles()), optimizer: null });
    const files = await store.all();
    return files
      .filter(({ path }) => !/STABLE|trainer_state/.test(path))
      .map(({ path, bytes }) => given(path, bytes as BlobPart));
  }

  it('a policy from outside becomes a run before its first step, to be started and forked', async () => {
    const disk = fakeDisk();
    const files = await policyFolder();
    const imported = await library(disk).takeIn(files, onScreen);
    expect(imported).toMatchObject({ kind: 'policy', name: 'tiny', files: files.length, leftOut: 0 });
    const [run] = (await library(disk).list()).runs;
    expect(run).toMatchObject({ steps: 0, checkpoints: [0], damage: null });
    expect(run.config).toEqual({ ...onScreen.config, policy: `stored:${imported.id}` });
    const folder = new RunFolder(await disk.open(imported.id, false));
    const start = await chooseStart(
      { runId: imported.id, settings: {}, document: { ...document, id: 'other' }, resume: true },
      { folder, disk, software: true },
    );
    // Every weight of the small policy has the number 7; its text is the one that was on screen.
    expect([...start.checkpoint.weights['model.norm.weight'].data]).toEqual(Array(8).fill(7));
    expect(start.checkpoint.trainerState.global_step).toBe(0);
    expect(start.document).toEqual(document);
    // As a zip, and with what is no part of a policy left out.
    const zip = new Blob(
      zipParts(
        await Promise.all(
          [...files, given('tiny/README.md', 'words')].map(async ({ path, file }) => ({
            path,
            bytes: new Uint8Array(await file.arrayBuffer()),
          })),
        ),
      ),
    );
    const packed = await library(disk).takeIn([given('my-policy.zip', zip)], onScreen);
    expect(packed).toMatchObject({ kind: 'policy', name: 'my-policy', leftOut: 1 });
  });

  it('refuses weights without what belongs to them, and leaves nothing behind', async () => {
    const disk = fakeDisk();
    const runs = library(disk);
    const parts = await policyFolder();
    const weights = parts.filter(({ path }) => path.endsWith('.safetensors'));
    await expect(runs.takeIn(weights, onScreen)).rejects.toMatchObject({ code: 'import.policy' });
    const twice = [...parts, given('tiny/second.safetensors', 'x')];
    await expect(runs.takeIn(twice, onScreen)).rejects.toMatchObject({ code: 'import.policy' });
    const broken = parts.map((part) =>
      part.path.endsWith('.safetensors') ? given(part.path, 'no tensors') : part,
    );
    await expect(runs.takeIn(broken, onScreen)).rejects.toMatchObject({ code: 'checkpoint.format' });
    await expect(runs.takeIn([given('a.txt', 'text')], onScreen)).rejects.toMatchObject({
      code: 'import.run',
    });
    expect(await disk.ids()).toEqual([]);
  });

  it('is empty and says so where the browser keeps no files', async () => {
    expect(await library(null).list()).toMatchObject({ runs: [], canKeep: false });
    expect(await library(null).newest()).toBeNull();
    await expect(library(null).zip('run-1')).rejects.toMatchObject({ code: 'store.none' });
  });
});
