import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { datasetLines, givenLine } from '../../src/cli/dataset-words';
import { CodedError } from '../../src/errors';
import { openDocument } from '../../src/run/dataset/open';
import { ShapeError } from '../../src/run/dataset/shape';
import { RunFolder } from '../../src/run/folder';
import { MemoryStore } from '../../src/run/memory-store';
import { verbatim } from '../../src/tasks/dataset/verbatim';
import type { Dataset, LongDocument } from '../../src/tasks/types';
import { openRows, plainRows, refusal } from '../support/dataset';

const shown = ({ text }: LongDocument, spans: readonly { start: number; end: number }[]) =>
  spans.map(({ start, end }) => text.slice(start, end));

describe('a data set', () => {
  it('is one document of its contexts, equal ones once, with every window on its own and the gold marked', async () => {
    const rows = plainRows(6);
    const again = { ...rows[1], id: 'again', question: 'Who moved to Cork?', answers: ['Ben'] };
    const { document, questions, leftOut } = await openRows([...rows, again]);
    expect(leftOut).toBe(0);
    expect(document.text).toBe(rows.map(({ context }) => context).join('\n\n'));
    expect(
      shown(
        document,
        questions.map(({ window }) => window),
      ),
    ).toEqual([...rows, rows[1]].map(({ context }) => context));
    for (const { answers, evidence } of questions) expect(shown(document, evidence)).toEqual(answers);
    expect(questions.map(({ id, line }) => [id, line]).at(-1)).toEqual(['again', 7]);
  });

  it('names bad rows by line, tells ten of them, and keeps the good ones', async () => {
    const good = plainRows(3);
    const lines = [
      `\ufeff${JSON.stringify(good[0])}`,
      '{"context": "half',
      '',
      JSON.stringify(good[1]),
      ...Array.from({ length: 12 }, () => '{"q": 1}'),
      JSON.stringify(good[2]),
    ];
    const bytes = new TextEncoder().encode(lines.join('\r\n'));
    const { dataset } = await openDocument('mine.JSONL', bytes);
    expect(dataset).toMatchObject({ rows: 16, leftOut: 13 });
    expect(dataset?.reasons).toHaveLength(10);
    expect(dataset?.reasons[0]).toEqual({ line: 2, reason: 'not JSON' });
    expect(dataset?.reasons[1]).toEqual({ line: 5, reason: 'no context, document, passage' });
    expect(dataset?.questions.map(({ line }) => line)).toEqual([1, 4, 17]);
  });

  it('whose columns nobody knows is refused with them, those understood, and its first rows as text', async () => {
    const rows = [
      { q: 'Who?', text: 'A text.' },
      { q: 'Where?', text: 'B'.repeat(999), more: { a: [true] } },
    ];
    const error = await refusal(openRows([...rows, {}, {}, {}]));
    expect(error.code).toBe('import.shape');
    expect(error.message).toBe('"mine.jsonl", line 1: no context. Found keys: q, text, more.');
    expect(error.advice).toContain('--map context=');
    expect(error.advice).toContain('reward_model.ground_truth');
    expect(error).toBeInstanceOf(ShapeError);
    expect((error as ShapeError).preview).toEqual({
      columns: ['q', 'text', 'more'],
      rows: [
        { line: 1, cells: ['Who?', 'A text.', ''] },
        { line: 2, cells: ['Where?', `${'B'.repeat(160)}…`, '{"a":[true]}'] },
        { line: 3, cells: ['', '', ''] },
      ],
    });
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`c${i}`, i]));
    const wide = (await refusal(openRows([{ ...many, [`x${'y'.repeat(500)}`]: 1 }]))) as ShapeError;
    expect(wide.preview.columns).toHaveLength(64);
    expect(wide.message.length).toBeLessThan(200);
  });

  it('that holds rows of another kind, or none, is refused', async () => {
    const error = await refusal(openRows([{ context: 'A text.', question: 'Who?', answer: '…' }]));
    expect([error.code, error.message]).toEqual([
      'document.rows',
      expect.stringContaining('Columns seen: context'),
    ]);
    expect((await refusal(openDocument('none.jsonl', new Uint8Array()))).code).toBe('document.rows');
    expect((await refusal(openDocument('big.jsonl', new Uint8Array(64e6 + 1)))).code).toBe('document.large');
  });

  it('gives a question ids of its own where rows share one', async () => {
    const [row] = plainRows(1);
    const { questions } = await openRows([
      row,
      { ...row, question: 'When was the mill sold?', answers: ['1200'] },
    ]);
    expect(questions.map(({ id }) => id)).toEqual(['row-0', 'row-0#2']);
  });

  it('of any bytes is a data set or a coded refusal', async () => {
    const line = fc.oneof(fc.json(), fc.constant(JSON.stringify(plainRows(1)[0])), fc.string());
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 8 }),
        fc.uint8Array({ maxLength: 20 }),
        async (lines, tail) => {
          const bytes = Buffer.concat([Buffer.from(lines.join('\n')), Buffer.from(tail)]);
          try {
            const { dataset, text } = await openDocument('any.jsonl', bytes);
            for (const { window, evidence } of dataset?.questions ?? [])
              for (const { start, end } of [window, ...evidence])
                expect(0 <= start && start < end && end <= text.length).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(CodedError);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('comes back from a run folder as it was; a damaged one does not', async () => {
    const { document } = await openRows(plainRows(4));
    const store = new MemoryStore();
    const folder = new RunFolder(store);
    await folder.recordDocument(1, document);
    expect(await folder.readDocument(1)).toEqual(document);
    const damage = async (change: (dataset: Dataset) => void) => {
      const copy = structuredClone(document);
      if (copy.dataset) change(copy.dataset);
      await folder.recordDocument(2, copy);
      return folder.readDocument(2);
    };
    expect(
      await damage(({ questions }) => {
        questions[0].window.end = 1e9;
      }),
    ).toBeNull();
    expect(
      await damage(({ questions }) => {
        questions[0].evidence = [{ start: -1, end: 2 }];
      }),
    ).toBeNull();
    expect(
      await damage(({ questions }) => {
        Object.assign(questions[0], { family: 'cloze' });
      }),
    ).toBeNull();
    expect(
      await damage(({ questions }) => {
        questions[0].answers = [];
      }),
    ).toBeNull();
    expect(
      await damage(({ questions }) => {
        questions.length = 0;
      }),
    ).toBeNull();
  });
});

describe('the places of an answer', () => {
  it('are whole words and numbers only', () => {
    const text = 'Bath, bathed in Bathurst by Bath; 12 of 1.12 and 12,500 and 12.';
    const places = (answer: string) => verbatim(text, [answer]).map(({ start }) => start);
    expect(places('Bath')).toEqual([0, 28]);
    expect(places('12')).toEqual([34, text.length - 3]);
    expect(places('no')).toEqual([]);
  });

  it('are found in scripts that write no spaces', () => {
    expect(verbatim('首都は東京です。', ['東京'], 10)).toEqual([{ start: 13, end: 15 }]);
  });
});

describe('the command line', () => {
  it('tells what it read, the first rows left out with the reason, and how a run divides the rest', async () => {
    const bad = Array.from({ length: 12 }, () => ({ q: 1 }));
    const { document } = await openRows([...plainRows(3), ...bad]);
    const lines = datasetLines(document);
    expect(lines[0]).toBe('mine.jsonl: 3 of 15 rows are questions; 12 left out:');
    expect(lines[1]).toBe('  row 4: no context, document, passage');
    expect([lines.length, lines.at(-1)]).toEqual([12, '  and 2 more']);
    expect(datasetLines({ ...document, dataset: undefined })).toEqual([]);
    const counts = { questions: 9, train: 5, heldOut: 2, tooLong: 2, shared: false };
    expect(givenLine(counts)).toMatch(
      /^5 questions to train on, 2 held out, 2 longer than max_prompt_length\. .*rarely/,
    );
  });
});
