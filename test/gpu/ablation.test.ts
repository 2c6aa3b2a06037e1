/** @file A dry run of the whole ablation grid on the device: one step a cell, one table, one figure; done again, nothing runs. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Gpu, openGpu } from '../../src/gpu';
import { type AblationPorts, runAblation } from '../../src/run/ablation';
import { ablationGrid } from '../../src/run/ablation-grid';
import { type AblateProgress, AblationHere } from '../../src/run/ablation-here';
import { readAblation } from '../../src/run/ablation-read';
import { ablationFigure, ablationMarkdown, ablationTable } from '../../src/run/ablation-table';
import { documentSuites } from '../../src/run/document-suites';
import { MemoryStore } from '../../src/run/memory-store';
import { Session } from '../../src/run/session';
import { smallCheckpoint, smallDocument, smallRun } from '../support/session';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu(navigator.gpu, { defaultsOnly: true });
});
afterAll(() => gpu.close());

it('one step of every cell: objectives, starts and curricula', async () => {
  const base = {
    ...smallRun,
    curriculum: 'sft:72x1,64x1,96x1/share=0.5',
    max_response_length: 40,
    kl_loss_coef: 0,
    'sft.documents': 1,
    'sft.questions': 1,
    'sft.probe_questions': 1,
    'eval.every': 0,
  };
  const { cells, absent } = ablationGrid(base, [1], 1);
  expect([cells.length, absent]).toEqual([12, []]);
  const stores = new Map<string, MemoryStore>();
  let opened = 0;
  const ports: AblationPorts<Session> = {
    store({ folder }) {
      const store = stores.get(folder) ?? new MemoryStore();
      stores.set(folder, store);
      return store;
    },
    documentId: smallDocument.id,
    async open({ config }, folder) {
      opened++;
      const origin = { appVersion: '', commit: '', adapterClass: '', documentId: '', documentTitle: '' };
      await folder.begin(config, origin);
      return Session.open({ config, document: smallDocument, checkpoint: smallCheckpoint(), gpu });
    },
    measure: (session) =>
      session.evaluateSuites({
        suites: documentSuites(smallDocument, session.tokenizer, 1).slice(0, 1),
        buckets: [64, 96],
        depths: [null],
        questions: 1,
        samples: 1,
        ks: [1],
        seed: 1,
      }),
  };
  const results = await runAblation(cells, ports);
  expect([results.length, opened]).toEqual([12, 12]);
  for (const { cell, rows } of results) {
    const [, start] = cell.levels;
    expect(rows.map((row) => [row.step, row['curriculum/stage']])).toEqual([[1, start === 'SFT' ? 0 : 1]]);
  }
  const table = ablationTable(results, absent);
  expect(table.longest).toBe(96);
  const compared = table.comparisons.map(({ axis }) => axis);
  expect(compared.filter((axis) => axis === 'objective').length).toBe(6);
  expect(compared.filter((axis) => axis === 'start').length).toBe(6);
  expect(compared.filter((axis) => axis === 'curriculum').length).toBe(8);
  expect(ablationMarkdown(table)).toContain('| DAPO, SFT, phased + retrospective | 1 | 1 |');
  expect(ablationFigure(results)).toContain('GRPO, no SFT, naive long');
  expect((await runAblation(cells, ports)).length).toBe(12);
  expect(opened, 'finished cells are only read').toBe(12);
});

it('beside a run: stopped and gone on with, the grid is whole, and the run is untouched to the last bit', async () => {
  const config = { ...smallRun, 'eval.every': 0 };
  const open = () => Session.open({ config, document: smallDocument, checkpoint: smallCheckpoint(), gpu });
  const [plain, run] = [await open(), await open()];
  for (const session of [plain, run]) await session.step();
  const here = new AblationHere();
  const seen: AblateProgress[] = [];
  const request = { seeds: [1, 2], steps: 2, questions: 2, samples: 1 };
  const around = (stopAfter: number) => ({
    startOf: async () => smallCheckpoint(),
    origin: { appVersion: '', commit: '', adapterClass: '', documentId: '', documentTitle: '' },
    onProgress: (progress: AblateProgress) => seen.push(progress),
    stopped: () => seen.length >= stopAfter,
  });
  const packed = (files: { path: string; bytes: Uint8Array }[]) =>
    files.map(({ path, bytes }) => ({ path, size: bytes.length, read: async () => bytes }));
  // In the second cell, after its first step.
  const half = await readAblation(packed(await here.train(run, request, around(5))));
  expect([half.results.length, half.cells.length]).toEqual([1, 4]);
  const begun = seen.length;
  const files = await here.train(run, request, around(Number.POSITIVE_INFINITY));
  expect(seen[begun], 'goes on where it was').toMatchObject({ cell: 2, cells: 4, step: 1, steps: 2 });
  expect(files.some(({ path }) => path.includes('checkpoints'))).toBe(false);
  const { table, results } = await readAblation(packed(files));
  expect(results.length).toBe(4);
  expect(table.rows.map(({ seeds, steps }) => [seeds, steps])).toEqual([
    [[1, 2], 2],
    [[1, 2], 2],
  ]);
  const whole = await new AblationHere().train(run, request, {
    ...around(Number.POSITIVE_INFINITY),
    onProgress: () => {},
  });
  expect((await readAblation(packed(whole))).table, 'as if it had not been stopped').toEqual(table);
  for (const session of [plain, run]) await session.step();
  const [a, b] = [await plain.checkpoint(), await run.checkpoint()];
  for (const [name, { data }] of Object.entries(a.weights))
    expect(Buffer.from(b.weights[name].data.buffer).equals(Buffer.from(data.buffer)), name).toBe(true);
  for (const session of [plain, run]) await session.dispose();
});
