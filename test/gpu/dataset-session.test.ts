import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gpu, openGpu } from '../../src/gpu';
import type { Checkpoint } from '../../src/run/checkpoint';
import { openDocument } from '../../src/run/dataset/open';
import { RunFolder } from '../../src/run/folder';
import { MemoryStore } from '../../src/run/memory-store';
import { Session } from '../../src/run/session';
import type { LongDocument } from '../../src/tasks/types';
import { jsonl, plainRows } from '../support/dataset';
import { measured, smallCheckpoint, smallDocument, smallRun } from '../support/session';

const config = { ...smallRun, 'eval.questions': 64, 'filter_groups.enable': false };

describe('a session on a data set', () => {
  let gpu: Gpu;
  let document: LongDocument;
  beforeAll(async () => {
    gpu = await openGpu(navigator.gpu, { defaultsOnly: true });
    document = await openDocument('mine.jsonl', jsonl(plainRows(9)));
  });
  afterAll(() => gpu.close());

  async function trained(
    steps: number,
    text: LongDocument,
    from: Checkpoint = smallCheckpoint(),
    resume = false,
  ) {
    const session = await Session.open({ config, document: text, checkpoint: from, gpu, resume });
    const records = [];
    for (let i = 0; i < steps; i++) records.push(await session.step());
    const saved = await session.checkpoint();
    await session.dispose();
    return { records, saved };
  }

  it('trains on its questions, and resumed from its folder equals the uninterrupted run over the end of an epoch', async () => {
    const whole = await trained(3, document);
    const asked = whole.records.flatMap(({ groups }) => groups.map(({ item }) => item.question));
    expect(new Set(asked.map(({ family }) => family))).toEqual(new Set(['given-text']));
    expect(asked.length, 'more than an epoch').toBeGreaterThan(9);
    expect(whole.records.every(({ updates }) => updates > 0)).toBe(true);
    const folder = new RunFolder(new MemoryStore());
    await folder.recordDocument(1, document);
    await folder.saveCheckpoint((await trained(1, document)).saved);
    const kept = await folder.readDocument(2);
    if (!kept) throw new Error('no document in the folder');
    const rest = await trained(2, kept, await folder.loadCheckpoint(1), true);
    expect(rest.records.map(({ metrics }) => measured(metrics))).toEqual(
      whole.records.slice(1).map(({ metrics }) => measured(metrics)),
    );
    expect(rest.saved.trainerState).toEqual(whole.saved.trainerState);
    for (const [name, { data }] of Object.entries(whole.saved.weights))
      expect(Buffer.from(rest.saved.weights[name].data.buffer).equals(Buffer.from(data.buffer)), name).toBe(
        true,
      );
  });

  it('takes the place of a text between two steps, and asks each held-out question once', async () => {
    const session = await Session.open({
      config,
      document: smallDocument,
      checkpoint: smallCheckpoint(),
      gpu,
    });
    expect(session.given).toBeNull();
    session.replaceDocument(document);
    const given = session.given;
    expect(given).toMatchObject({ questions: 9, tooLong: 0 });
    const { groups } = await session.step();
    expect(groups.every(({ item }) => item.question.documentId === document.id)).toBe(true);
    expect((await session.evaluate()).questions).toBe(given?.heldOut);
    const long = await openDocument(
      'long.jsonl',
      jsonl([{ context: 'Far away. '.repeat(200), question: 'q?', answer: 'far' }]),
    );
    expect(() => session.replaceDocument(long)).toThrow(
      expect.objectContaining({ code: 'document.prompt_too_long' }),
    );
    expect(session.document.id).toBe(document.id);
    await session.dispose();
  });
});
