/** @file The list of stored runs: order, names, zips, and what comes from outside. */
import { describe, expect, it } from 'vitest';
import { saveCheckpoint } from '../../src/run/checkpoint';
import { makeConfig } from '../../src/run/config';
import { RunFolder } from '../../src/run/folder';
import { MemoryStore } from '../../src/run/memory-store';
import { presets } from '../../src/run/presets';
import { zipParts } from '../../src/run/zip';
import { chooseStart } from '../../workers/run-start';
import { fakeDisk } from '../support/fake-disk';
import { begun, FakeRun, keptDocument, library } from '../support/kept-run';
import { origin, smallCheckpoint } from '../support/run-fixture';
import { shippedTokenizerFiles } from '../support/texts';

const onScreen = { config: makeConfig('micro', { group_size: 6 }), document: keptDocument };
const given = (path: string, content: BlobPart) => ({
  path,
  file: new File([content], path.split('/').at(-1) ?? path),
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
      { runId: imported.id, settings: {}, document: { ...keptDocument, id: 'other' }, resume: true },
      { folder, disk, software: true },
    );
    // Every weight of the small policy has the number 7; its text is the one that was on screen.
    expect([...start.checkpoint.weights['model.norm.weight'].data]).toEqual(Array(8).fill(7));
    expect(start.checkpoint.trainerState.global_step).toBe(0);
    expect(start.document).toEqual(keptDocument);
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
