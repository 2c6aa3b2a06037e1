import { describe, expect, it } from 'vitest';
import { asCodedError } from '../../src/errors';
import { makeConfig } from '../../src/run/config';
import { RunFolder } from '../../src/run/folder';
import { MemoryStore } from '../../src/run/memory-store';
import { presets } from '../../src/run/presets';
import { packRecording, Recording, unpackRecording } from '../../src/run/recording';
import { writeReplayStep } from '../../src/run/replay-step';
import { zipParts } from '../../src/run/zip';
import { readZip } from '../../src/run/zip-reader';
import { recordedDocument, writeRecorded } from '../support/recorded';
import { writeRun } from '../support/run-fixture';

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error) => asCodedError(error).code,
  );

async function packed(): Promise<Blob> {
  const store = new MemoryStore();
  await writeRecorded(store);
  await store.write('checkpoints/step_4/model.safetensors', new Uint8Array(1000));
  return pack(store);
}

const pack = async (store: MemoryStore) => packRecording(await Recording.open('r', store, null));

describe('a recording in one file', () => {
  it('opens as the run it was packed from, without its weights', async () => {
    const archive = await packed();
    const files = await readZip(archive, { entries: 100, entryBytes: 1e6, bytes: 1e7 });
    expect(files.map(({ path }) => path).filter((path) => !path.startsWith('replay/'))).toEqual([
      'config.json',
      'documents/1.json',
      'metrics.jsonl',
    ]);
    expect(archive.size).toBeLessThan(files.reduce((sum, { size }) => sum + size, 0) / 2);
    const recording = await Recording.open('r', await unpackRecording(archive), null);
    expect(recording.steps).toEqual([1, 2, 3, 4]);
    expect(recording.description).toMatchObject({ adapterClass: 'software: mesa llvmpipe', commit: 'abc' });
    expect(await recording.document(3)).toEqual(recordedDocument);
    expect(await recording.config(2)).toEqual(presets.micro);
    const views = await writeRecorded(new MemoryStore());
    const { metrics: _, ...view } = views[1];
    const back = await recording.view(2);
    expect(back?.groups.map(({ uid, mean }) => [uid, mean])).toEqual(
      view.groups.map(({ uid, mean }) => [uid, mean]),
    );
    expect(recording.rows[1]).toMatchObject({ step: 2, ...views[1].metrics });
  });

  it('keeps every group that was learned from, log-probs to four places, and two of those that were dropped', async () => {
    const store = new MemoryStore();
    const [, view] = await writeRecorded(store);
    const [kept, dropped] = view.groups;
    const groups = [0, 1, 2, 3].flatMap((i) => [
      { ...kept, uid: `2-1-${i}` },
      { ...dropped, uid: `2-2-${i}` },
    ]);
    await store.write('replay/2.json', writeReplayStep({ ...view, groups }));
    const back = await (await Recording.open('r', await unpackRecording(await pack(store)), null)).view(2);
    expect(back?.groups.map(({ uid }) => uid)).toEqual([
      '2-1-0',
      '2-2-0',
      '2-1-1',
      '2-2-1',
      '2-1-2',
      '2-1-3',
    ]);
    const [before, after] = [kept, back?.groups[0]].map((group) => group?.answers[0].newLogprobs ?? []);
    expect(after.length).toBeGreaterThan(0);
    expect(Math.max(...Array.from(after, (value, t) => Math.abs(value - before[t])))).toBeLessThan(1.1e-4);
  });

  it('ends with the step that is asked for', async () => {
    const store = new MemoryStore();
    await writeRecorded(store);
    await new RunFolder(store).recordChanges(3, presets.micro, makeConfig('micro', { lr: 1e-5 }));
    const archive = await packRecording(await Recording.open('r', store, null), 2);
    const recording = await Recording.open('r', await unpackRecording(archive), null);
    expect(recording.steps).toEqual([1, 2]);
    expect(recording.rows.map(({ step }) => step)).toEqual([1, 2]);
    expect(recording.changes).toEqual([]);
    expect(await recording.folder.readReplay(3)).toBeNull();
  });

  it('cut off, damaged or of another schema is refused with a code', async () => {
    const archive = await packed();
    const bytes = new Uint8Array(await archive.arrayBuffer());
    for (const length of [0, 10, 500, bytes.length - 1])
      expect(await codeOf(unpackRecording(new Blob([bytes.slice(0, length)])))).toBe('import.zip');
    const damaged = bytes.slice();
    damaged.fill(0x55, 100, 160);
    expect(await codeOf(unpackRecording(new Blob([damaged])))).toBe('import.zip');
    const store = new MemoryStore();
    await writeRecorded(store);
    const config = JSON.parse(new TextDecoder().decode(await store.read('config.json')));
    const zipWith = async (change: object) => {
      await store.write('config.json', JSON.stringify({ ...config, ...change }));
      return unpackRecording(new Blob(zipParts(await store.all())));
    };
    expect(await codeOf(zipWith({ schema_version: 9 }))).toBe('import.schema');
    expect(await codeOf(zipWith({ group_size: 1e9 }))).toBe('config.range');
  });
});

describe('a run folder as a recording', () => {
  it('without a whole step has nothing to play', async () => {
    const store = new MemoryStore();
    await writeRecorded(store, { steps: 0 });
    expect(await codeOf(Recording.open('r', store, null))).toBe('replay.empty');
    expect(await codeOf(Recording.open('r', new MemoryStore(), null))).toBe('store.missing');
  });

  it('of a run that kept no tokens has its curves and answers all the same', async () => {
    const store = new MemoryStore();
    await writeRun(store);
    const recording = await Recording.open('r', store, null);
    expect(await recording.view(2)).toBeNull();
    expect((await recording.rollouts(2)).map(({ uid, index }) => [uid, index])).toEqual([
      ['2-1-0', 0],
      ['2-1-0', 1],
    ]);
  });

  it('makes the answers’ lines from its steps where the folder has none', async () => {
    const store = new MemoryStore();
    const [, view] = await writeRecorded(store);
    await store.remove('rollouts');
    const rows = await (await Recording.open('r', store, null)).rollouts(2);
    expect(rows.map(({ uid, index, score, output, kept }) => [uid, index, score, output, kept])).toEqual(
      view.groups.flatMap(({ uid, kept, answers }) =>
        answers.map(({ score, text }, index) => [uid, index, score.total, text, kept]),
      ),
    );
  });

  it('reads the page’s own text where the folder only names it, and no other', async () => {
    const store = new MemoryStore();
    await writeRecorded(store);
    await store.remove('documents');
    expect(await codeOf(Recording.open('r', store, { ...recordedDocument, id: 'other' }))).toBe(
      'run.document',
    );
    const recording = await Recording.open('r', store, recordedDocument);
    expect(await recording.document(1)).toBe(recordedDocument);
  });
});
