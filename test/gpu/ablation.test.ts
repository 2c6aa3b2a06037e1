/** @file A dry run of the whole ablation grid on the device: one step a cell, one table, one figure; done again, nothing runs. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Gpu, openGpu } from '../../src/gpu';
import { type AblationPorts, runAblation } from '../../src/run/ablation';
import { ablationGrid } from '../../src/run/ablation-grid';
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
