import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RunFolder } from '../../src/run/folder';
import { MemoryStore } from '../../src/run/memory-store';
import { OpfsStore } from '../../src/run/opfs-store';
import { presets } from '../../src/run/presets';
import { describeRun } from '../../src/run/run-description';
import { type FileStore, readText } from '../../src/run/store';
import { FakeOpfs } from '../support/fake-opfs';
import { origin, smallCheckpoint, writeRun } from '../support/run-fixture';
import { scoredGroup } from '../support/scored';

const noWait = async () => {};

describe('a store over a private file system', () => {
  const path = fc.constantFrom('a', 'b', 'd/a', 'd/b', 'd/e/f');
  const operation = fc.oneof(
    fc.record({ kind: fc.constant('write' as const), path, text: fc.string({ maxLength: 20 }) }),
    fc.record({ kind: fc.constant('append' as const), path, text: fc.string({ maxLength: 20 }) }),
    fc.record({
      kind: fc.constant('remove' as const),
      path: fc.oneof(path, fc.constant('d')),
      text: fc.constant(''),
    }),
  );

  it('does what a store in memory does, whatever is asked of it, at once or in turn', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(operation, { maxLength: 12 }),
        fc.record({ sync: fc.boolean(), move: fc.boolean() }),
        async (operations, parts) => {
          const model = new MemoryStore();
          const store = new OpfsStore(new FakeOpfs(parts).handle, noWait);
          const run = (target: FileStore) =>
            operations.map(({ kind, path, text }) => target[kind](path, text));
          await Promise.all(run(model));
          await Promise.all(run(store));
          for (const { path } of await model.all())
            expect(await readText(store, path)).toBe(await readText(model, path));
          for (const folder of ['', 'd', 'd/e']) {
            const there = (await model.list(folder)).length > 0;
            // An emptied folder stays on disk.
            if (there)
              expect(await store.list(folder)).toEqual(expect.arrayContaining(await model.list(folder)));
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('killed at any moment it leaves whole files, whole lines and a checkpoint of the last step but one', async () => {
    const steps = 4;
    const record = (step: number) => ({
      step,
      metrics: { 'critic/rewards/mean': step },
      groups: [scoredGroup({ uid: `${step}-1-0`, family: 'cloze', rewards: [1, 0], entropies: 1 })],
    });
    const train = async (folder: RunFolder, from: number, seen: (done: number) => void) => {
      for (let step = from + 1; step <= steps; step++) {
        await folder.recordStep(record(step));
        await folder.saveCheckpoint(smallCheckpoint(step), { newest: 2, every: 0 });
        seen(step);
      }
    };
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 500 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (operations, share) => {
          const fs = new FakeOpfs();
          await new RunFolder(new OpfsStore(fs.handle, noWait)).begin(presets.micro, origin);
          fs.operationsLeft = operations;
          fs.lastWriteShare = share;
          let done = 0;
          const killed = await train(new RunFolder(new OpfsStore(fs.handle, noWait)), 0, (step) => {
            done = step;
          }).then(
            () => false,
            () => true,
          );
          fs.revive();
          const folder = new RunFolder(new OpfsStore(fs.handle, noWait));
          const metrics = await folder.readMetrics();
          expect(metrics.map(({ step }) => step)).toEqual(metrics.map((_, i) => i + 1));
          // What was told as done is there.
          expect(metrics.length).toBeGreaterThanOrEqual(done);
          for (const { step } of metrics) expect(await folder.readRollouts(step)).toHaveLength(2);
          const newest = await folder.newestCheckpoint();
          const at = newest?.trainerState.global_step ?? 0;
          expect(at).toBeGreaterThanOrEqual(done);
          expect(metrics.length - at).toBeLessThanOrEqual(1);
          if (newest) expect(new Set(newest.weights['model.norm.weight'].data)).toEqual(new Set([at]));
          // Another thread goes on from there and finishes.
          await train(folder, at, () => {});
          const rest = new RunFolder(new OpfsStore(fs.handle, noWait));
          expect((await rest.readMetrics()).map(({ step }) => step)).toEqual([1, 2, 3, 4]);
          // One more where it was killed before it could tidy up.
          expect((await rest.stableSteps()).slice(-2)).toEqual([3, 4]);
          expect(killed || operations >= 400 || done === steps).toBe(true);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('says when it is full, keeps the file as it was, and goes on once there is room', async () => {
    const fs = new FakeOpfs({ quota: 64 });
    const store = new OpfsStore(fs.handle, noWait);
    await store.append('metrics.jsonl', '{"step":1}\n');
    await store.write('config.json', 'old');
    await expect(store.append('metrics.jsonl', 'x'.repeat(80))).rejects.toMatchObject({ code: 'store.full' });
    await expect(store.write('config.json', 'y'.repeat(80))).rejects.toMatchObject({ code: 'store.full' });
    expect(await readText(store, 'metrics.jsonl')).toBe('{"step":1}\n');
    expect(await readText(store, 'config.json')).toBe('old');
    fs.options.quota = 1000;
    await store.append('metrics.jsonl', '{"step":2}\n');
    expect(await readText(store, 'metrics.jsonl')).toBe('{"step":1}\n{"step":2}\n');
    expect(await store.list('')).toEqual(['config.json', 'metrics.jsonl']);
  });

  it('is full the same way without sync handles', async () => {
    const store = new OpfsStore(new FakeOpfs({ quota: 8, sync: false }).handle, noWait);
    await expect(store.write('a', 'z'.repeat(20))).rejects.toMatchObject({ code: 'store.full' });
  });

  it('says when its folder was taken away', async () => {
    const root = new FakeOpfs().handle;
    const store = new OpfsStore(await root.getDirectoryHandle('run', { create: true }), noWait);
    await store.write('a', 'one');
    await root.removeEntry('run', { recursive: true });
    await expect(store.write('a', 'two')).rejects.toMatchObject({ code: 'store.evicted' });
    await expect(store.append('b/c', 'two')).rejects.toMatchObject({ code: 'store.evicted' });
    await expect(store.read('a')).rejects.toMatchObject({ code: 'store.missing' });
  });

  it('waits for a thread that is about to let go, and not for ever', async () => {
    const fs = new FakeOpfs();
    const file = await fs.handle.getFileHandle('metrics.jsonl', { create: true });
    const held = await file.createSyncAccessHandle?.();
    let waits = 0;
    const patient = new OpfsStore(fs.handle, async () => {
      if (++waits === 3) held?.close();
    });
    await patient.append('metrics.jsonl', 'a\n');
    expect(waits).toBe(3);
    await file.createSyncAccessHandle?.();
    await expect(new OpfsStore(fs.handle, noWait).append('metrics.jsonl', 'b\n')).rejects.toMatchObject({
      code: 'store.busy',
    });
  });
});

describe('a run folder that lasts', () => {
  it('falls back to the checkpoint before a damaged one', async () => {
    const folder = await writeRun(new MemoryStore());
    await folder.store.write('checkpoints/step_3/model.safetensors', 'half');
    expect((await folder.newestCheckpoint())?.trainerState.global_step).toBe(2);
    await folder.store.write('checkpoints/step_2/trainer_state.json', '{');
    await folder.store.write('checkpoints/step_1/config.json', '{}');
    expect(await folder.newestCheckpoint()).toBeNull();
  });

  it('knows the document of every step', async () => {
    const folder = await writeRun(new MemoryStore());
    const other = { id: 'e', title: 'Other', text: 'More text.', source: 'generated' } as const;
    await folder.recordDocument(12, other);
    expect((await folder.readDocument(11))?.id).toBe('d');
    expect(await folder.readDocument(12)).toEqual(other);
    expect(await folder.readDocument(0)).toBeNull();
    await folder.store.write('documents/12.json', '{"id":1}');
    expect(await folder.readDocument(12)).toBeNull();
  });

  it('is told in one line, with its name, origin and what is wrong with it', async () => {
    const store = new MemoryStore();
    const folder = await writeRun(store, { steps: 14 });
    await folder.rename('calm-heron');
    expect(await describeRun('run-1', store)).toMatchObject({
      id: 'run-1',
      name: 'calm-heron',
      steps: 14,
      checkpoints: [13, 14],
      documentTitle: 'A text',
      forkedFrom: null,
      damage: null,
    });
    // The mean of steps 5 to 14, a tenth each.
    expect((await describeRun('run-1', store)).reward).toBeCloseTo(0.95, 12);
    expect((await folder.readConfig()).preset).toBe('micro');
    await store.write('config.json', '{"preset":"none of ours"}');
    const broken = await describeRun('run-1', store);
    expect(broken.config).toBeNull();
    expect(broken.damage).toContain('preset');
    expect((await describeRun('nothing', new MemoryStore())).damage).not.toBeNull();
  });

  it('keeps where a fork is from', async () => {
    const folder = new RunFolder(new MemoryStore());
    await folder.begin(presets.micro, {
      ...origin,
      forkedFrom: { run: 'run-1', name: 'calm-heron', step: 4 },
    });
    expect((await describeRun('x', folder.store)).forkedFrom).toEqual({
      run: 'run-1',
      name: 'calm-heron',
      step: 4,
    });
    expect(await folder.readConfig()).toEqual(presets.micro);
  });
});
