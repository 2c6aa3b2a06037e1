import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { datasetLines, givenLine } from '../../src/cli/dataset-words';
import { CodedError } from '../../src/errors';
import { ruleFamilyOf } from '../../src/reward/question-scorer';
import { scoreRule } from '../../src/reward/score';
import { guessMapping } from '../../src/run/dataset/guess';
import { openDocument } from '../../src/run/dataset/open';
import { ShapeError } from '../../src/run/dataset/shape';
import { RunFolder } from '../../src/run/folder';
import { MemoryStore } from '../../src/run/memory-store';
import { parseMapping } from '../../src/tasks/dataset/columns';
import { readRow } from '../../src/tasks/dataset/row';
import { verbatim } from '../../src/tasks/dataset/verbatim';
import type { Dataset, LongDocument } from '../../src/tasks/types';
import { jsonl, plainRows, verlRow } from '../support/dataset';

const open = async (rows: readonly unknown[], name = 'mine.jsonl') => {
  const document = await openDocument(name, jsonl(rows));
  if (!document.dataset) throw new Error('no data set');
  return { document, ...document.dataset };
};
const refusal = (opening: Promise<unknown>): Promise<CodedError> =>
  opening.then(
    () => expect.unreachable('it was opened'),
    (error) => error as CodedError,
  );
const shown = ({ text }: LongDocument, spans: readonly { start: number; end: number }[]) =>
  spans.map(({ start, end }) => text.slice(start, end));

describe('a row', () => {
  it('of verl: the text between its marks is the context, what follows without the format is the question', () => {
    const row = readRow(
      verlRow('Doc </text> with <text> inside.\n\nMore.', 'Who won?', 'Therefore, the answer is Paris'),
    );
    expect(row).toMatchObject({
      context: 'Doc </text> with <text> inside.\n\nMore.',
      question: 'Who won?',
      answers: ['Therefore, the answer is Paris'],
      kind: 'musique_0_20000 doc-qa',
    });
  });

  const context = 'The ledger has four entries.\n\nEntry INV-0417 was voided in May.';
  const asks = `${context}\n\nWhich entry was voided?`;
  const worked =
    '<think>May has one.\nIt is INV-0417.</think>\nEntry INV-0417 it was. Therefore, the answer is INV-0417.';

  it.each([
    ['prompt and completion as texts', { prompt: asks, completion: worked }],
    [
      'prompt and completion as messages',
      { prompt: [{ role: 'user', content: asks }], completion: [{ role: 'assistant', content: worked }] },
    ],
    [
      'messages',
      {
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: asks },
          { role: 'assistant', content: [{ type: 'text', text: worked }] },
        ],
      },
    ],
  ])('with a worked answer, as %s: reasoning and answer come apart', (_, row) => {
    expect(readRow(row)).toMatchObject({
      context,
      question: 'Which entry was voided?',
      answers: ['INV-0417'],
      reasoning: 'May has one. It is INV-0417. Entry INV-0417 it was.',
    });
  });

  it('with a completion without the usual words has its last line as the answer; a gold answer beside it stands', () => {
    expect(readRow({ prompt: asks, completion: 'It was voided in May.\nINV-0417' })).toMatchObject({
      answers: ['INV-0417'],
      reasoning: 'It was voided in May.',
    });
    expect(readRow({ prompt: asks, completion: 'INV-0417', answer: 'no. 417' })).toMatchObject({
      answers: ['no. 417'],
      reasoning: null,
    });
    const silent = { messages: [{ role: 'user', content: asks }] };
    expect(() => readRow(silent)).toThrow('the messages have no answer of an assistant');
  });

  it('keeps its worked answer in the run folder', async () => {
    const { document, questions } = await open([{ prompt: asks, completion: worked }]);
    expect(questions[0].reasoning).toMatch(/^May has one/);
    const folder = new RunFolder(new MemoryStore());
    await folder.recordDocument(1, document);
    expect(await folder.readDocument(1)).toEqual(document);
  });

  it('of verl without marks: the last paragraph is the question', () => {
    const prompt = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'First part.\r\n\r\nSecond part.\r\n\r\nWhich\n part?' },
    ];
    expect(readRow({ prompt, reward_model: { ground_truth: 'second' } })).toMatchObject({
      context: 'First part.\n\nSecond part.',
      question: 'Which part?',
    });
  });

  it.each([
    ['a text', { answer: 'Bath' }, ['Bath']],
    ['a number', { answer: 12.5 }, ['12.5']],
    ['a list', { answers: ['Bath', ' Bath ', '', 'Spa'] }, ['Bath', 'Spa']],
    ['as SQuAD', { answers: { text: ['Bath'], answer_start: [3] } }, ['Bath']],
    ['as LongBench outputs', { outputs: ['Bath'] }, ['Bath']],
    ['in large integers of parquet', { answer: 7n }, ['7']],
  ])('has its answer as %s', (_, answer, expected) => {
    expect(readRow({ passage: ['one', 'two'], query: 'q?', ...answer })).toMatchObject({
      context: 'one\n\ntwo',
      answers: expected,
    });
  });

  it.each([
    [[], 'not an object of columns'],
    [{ question: 'q', answer: 'a' }, 'no context, document, passage'],
    [{ context: ' ', question: 'q', answer: 'a' }, 'the context is empty'],
    [{ context: 'c', answer: 'a' }, 'no question, query, input'],
    [{ context: 'c', input: '', answer: 'a' }, 'the question is empty'],
    [{ context: 'c', question: 'q' }, 'no answer, answers, outputs'],
    [{ context: 'c', question: 'q', answers: [] }, 'the answer is empty'],
    [
      { context: 'c', question: 'x'.repeat(5000), answer: 'a' },
      'the question is longer than 4000 characters',
    ],
    [{ prompt: [{ role: 'assistant', content: 'c' }] }, 'the prompt has no message of a user'],
    [{ prompt: 'Only a question?', answer: 'a' }, 'the prompt has no text beside its question'],
    [
      { context: 'c', question: 'q', answer: 'a', choices: ['1', '2', '3', '4', '5'] },
      'more than 4 choices, where A to D are read',
    ],
  ])('%j is left out, with the reason', (row, reason) => {
    expect(() => readRow(row)).toThrow(reason);
  });

  it('reads own columns only', () => {
    const inherited = Object.create({ context: 'c', question: 'q', answer: 'a' });
    expect(() => readRow(inherited)).toThrow('no context');
    const named = JSON.parse('{"__proto__": {"context": "c"}, "question": "q", "answer": "a"}');
    expect(() => readRow(named)).toThrow('no context');
    expect(Reflect.get({}, 'context')).toBeUndefined();
  });

  it('of any kind gives a question with everything in it, or a reason', () => {
    const cell = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.constant(null),
      fc.array(fc.string()),
      fc.dictionary(fc.string(), fc.string()),
    );
    const names = fc.constantFrom(
      'context',
      'document',
      'prompt',
      'question',
      'input',
      'answer',
      'answers',
      'reward_model',
      'extra_info',
      'choices',
      '__proto__',
      'constructor',
    );
    fc.assert(
      fc.property(fc.dictionary(names, cell), (row) => {
        try {
          const { context, question, answers } = readRow(row);
          expect(context.trim().length * question.length * answers.length).toBeGreaterThan(0);
          expect(question).not.toContain('\n');
        } catch (error) {
          expect((error as Error).name).toBe('RowProblem');
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('the rule of a question', () => {
  const familyOf = async (row: unknown) => {
    const [question] = (await open([row])).questions;
    return [question.family, ...question.answers];
  };
  const plain = (question: string, answer: unknown, more = {}) => ({
    context: 'Some text.',
    question,
    answer,
    ...more,
  });

  it('follows what the row says about its kind, and takes the answer out of its sentence', async () => {
    const verl = (truth: string, source: string, ability: string) =>
      verlRow('Text.', 'Q? (A) x (B) y', truth, { source, ability });
    expect(await familyOf(verl('Therefore, the answer is Paris.', 'musique_0_20000', 'doc-qa'))).toEqual([
      'given-text',
      'Paris',
    ]);
    expect(await familyOf(verl('Therefore, the answer is 980000.0', 'docmath_0_20000', 'doc-math'))).toEqual([
      'given-number',
      '980000.0',
    ]);
    expect(await familyOf(verl('The correct answer is (B)', 'long_toc_choices_0_20000', 'doc-mc'))).toEqual([
      'given-choice',
      'B',
    ]);
  });

  it('follows the answer where the row says nothing: years and counts stay exact', async () => {
    expect(await familyOf(plain('When?', '1837'))).toEqual(['given-text', '1837']);
    expect(await familyOf(plain('How much?', '$12.50'))).toEqual(['given-number', '$12.50']);
    expect(await familyOf(plain('Which? A. one B. two', 'B'))).toEqual(['given-choice', 'B']);
    expect(await familyOf(plain('Which?', 'two', { choices: ['one', 'two'] }))).toEqual([
      'given-choice',
      'B',
    ]);
  });

  it('gives a right answer 1 and a wrong one 0, in both modes', async () => {
    const rows = [plain('Where?', 'Bath'), plain('How much?', '12.5'), plain('Which? A. one B. two', 'B')];
    const wrong = ['Cork', '99.5', 'A'];
    const { questions } = await open(rows);
    for (const [i, { family, text, answers }] of questions.entries())
      for (const mode of ['strict', 'faithful'] as const) {
        const score = (answer: string) => {
          const marker = family === 'given-choice' ? 'The correct answer is' : 'Therefore, the answer is';
          const response = `It says so.</think>${marker} ${family === 'given-choice' ? `(${answer})` : answer}`;
          return scoreRule(
            { family: ruleFamilyOf(family), question: text, answers, response, responseLength: 9 },
            mode,
          ).rule.score;
        };
        expect([family, mode, score(answers[0]), score(wrong[i])]).toEqual([family, mode, 1, 0]);
      }
  });
});

describe('a data set', () => {
  it('is one document of its contexts, equal ones once, with every window on its own and the gold marked', async () => {
    const rows = plainRows(6);
    const again = { ...rows[1], id: 'again', question: 'Who moved to Cork?', answers: ['Ben'] };
    const { document, questions, leftOut } = await open([...rows, again]);
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
    const error = await refusal(open([...rows, {}, {}, {}]));
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
    const wide = (await refusal(open([{ ...many, [`x${'y'.repeat(500)}`]: 1 }]))) as ShapeError;
    expect(wide.preview.columns).toHaveLength(64);
    expect(wide.message.length).toBeLessThan(200);
  });

  it('that holds rows of another kind, or none, is refused', async () => {
    const error = await refusal(open([{ context: 'A text.', question: 'Who?', answer: '…' }]));
    expect([error.code, error.message]).toEqual([
      'document.rows',
      expect.stringContaining('Columns seen: context'),
    ]);
    expect((await refusal(openDocument('none.jsonl', new Uint8Array()))).code).toBe('document.rows');
    expect((await refusal(openDocument('big.jsonl', new Uint8Array(64e6 + 1)))).code).toBe('document.large');
  });

  it('gives a question ids of its own where rows share one', async () => {
    const [row] = plainRows(1);
    const { questions } = await open([
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
    const { document } = await open(plainRows(4));
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

/** A zstd frame of one block that is not packed (RFC 8878, 3.1.1): Node 20 has no zstd. */
function zstdFrame(bytes: Uint8Array, told = bytes.length): Uint8Array {
  const frame = Buffer.alloc(12 + bytes.length);
  frame.writeUInt32LE(0xfd2fb528, 0);
  // One segment, whose length stands in four bytes.
  frame[4] = 0b10100000;
  frame.writeUInt32LE(told, 5);
  // The last block, raw.
  frame.writeUIntLE((bytes.length << 3) | 1, 9, 3);
  frame.set(bytes, 12);
  return frame;
}

const packers = {
  GZIP: (bytes: Uint8Array) => gzipSync(bytes),
  BROTLI: (bytes: Uint8Array) => brotliCompressSync(bytes),
  ZSTD: (bytes: Uint8Array) => zstdFrame(bytes),
  LZ4: (bytes: Uint8Array) => bytes,
};

describe('a parquet file', () => {
  const column = (name: string, data: unknown[]) => ({ name, data });
  const write = (
    columnData: { name: string; data: unknown[] }[],
    codec: keyof typeof packers | 'SNAPPY' | 'UNCOMPRESSED' = 'SNAPPY',
    packer?: (bytes: Uint8Array) => Uint8Array,
  ) =>
    new Uint8Array(
      parquetWriteBuffer({
        columnData,
        codec,
        compressors: codec in packers ? { [codec]: packer ?? Reflect.get(packers, codec) } : undefined,
      }),
    );
  const rows = plainRows(5);
  const plain = ['id', 'context', 'question', 'answers'] as const;

  it.each(['SNAPPY', 'UNCOMPRESSED', 'GZIP', 'BROTLI', 'ZSTD'] as const)(
    'packed as %s gives the questions that JSONL gives',
    async (codec) => {
      const bytes = write(
        plain.map((name) =>
          column(
            name,
            rows.map((row) => row[name]),
          ),
        ),
        codec,
      );
      const parquet = await openDocument('mine.parquet', bytes);
      const lines = await openDocument('mine.parquet.jsonl', jsonl(rows));
      expect(parquet.dataset).toEqual(lines.dataset);
      expect(parquet.text).toBe(lines.text);
    },
  );

  it('of verl, with lists of messages, gives the questions that JSONL gives', async () => {
    const verl = rows.map(({ context, question, answers }, index) =>
      verlRow(context, question, `Therefore, the answer is ${answers[0]}`, { index }),
    );
    const names = ['data_source', 'prompt', 'ability', 'reward_model', 'extra_info'] as const;
    const bytes = write(
      names.map((name) =>
        column(
          name,
          verl.map((row) => row[name]),
        ),
      ),
    );
    const parquet = await openDocument('train.parquet', bytes);
    expect(parquet.dataset).toEqual((await openDocument('train.jsonl', jsonl(verl))).dataset);
    expect(parquet.dataset?.questions.map(({ answers }) => answers)).toEqual(
      rows.map(({ answers }) => answers),
    );
  });

  it.each(['docqa-rl.parquet', 'docqa-rl.zstd.parquet'])(
    '%s, by pyarrow in the shape of DocQA-RL, read from the disk, gives its three kinds of questions',
    async (name) => {
      const file = readFileSync(join(process.cwd(), 'test/fixtures', name));
      // Node reads small files into a part of a larger buffer.
      const part = Buffer.concat([Buffer.alloc(9), file, Buffer.alloc(9)]).subarray(9, 9 + file.length);
      const { text, dataset } = await openDocument('docqa-rl.parquet', part);
      expect(
        dataset?.questions.map(({ family, answers, text: question }) => [family, answers, question]),
      ).toEqual([
        ['given-text', ['Essen'], 'Where did the teacher of Anna live?'],
        ['given-number', ['46.5'], 'How much salt and wool together?'],
        ['given-choice', ['B'], 'When does the lease end? A. In April B. In May'],
      ]);
      expect(text.startsWith('Anna planned the harbour.\n\nBen, who taught')).toBe(true);
    },
  );

  it('without a column that is understood is refused by its columns', async () => {
    const error = await refusal(
      openDocument('x.parquet', write([column('q', ['a']), column('text', ['b'])])),
    );
    expect([error.code, error.message]).toEqual([
      'import.shape',
      '"x.parquet", line 1: no context. Found keys: q, text.',
    ]);
    expect((error as ShapeError).preview.rows).toEqual([{ line: 1, cells: ['a', 'b'] }]);
  });

  it('that is none, is cut, or is packed otherwise is refused', async () => {
    const bytes = write(
      plain.map((name) =>
        column(
          name,
          rows.map((row) => row[name]),
        ),
      ),
    );
    const text = [column('context', ['c'.repeat(999)])];
    const lz4 = write(text, 'LZ4');
    const broken = bytes.slice();
    broken.fill(0xff, 4, 400);
    for (const wrong of [
      new Uint8Array(3),
      new TextEncoder().encode('PAR1 no PAR1'),
      bytes.slice(0, -9),
      broken,
      lz4,
      // Packed pages that are none, are cut, or hold more than they tell.
      write(text, 'GZIP', (page) => page.slice(3)),
      write(text, 'ZSTD', (page) => zstdFrame(page).slice(0, -20)),
      write(text, 'ZSTD', (page) => zstdFrame(Buffer.concat([page, page]))),
      write(text, 'BROTLI', (page) => brotliCompressSync(page).subarray(0, 9)),
    ])
      expect((await refusal(openDocument('x.parquet', wrong))).code).toBe('document.parquet');
  });
});

describe('columns that a person maps', () => {
  const mapping = { context: 'text', question: 'Q', answer: 'a', choices: null };
  const rows = plainRows(4).map(({ id, context, question, answers }) => ({
    id,
    text: context,
    Q: question,
    a: answers[0],
    // Names that are understood, and mean something else here.
    context: 'page 1',
    prompt: 'Answer!',
    answer: 'yes',
  }));

  it('give the questions of the same rows under names that are understood, from JSONL and parquet', async () => {
    const known = (await open(plainRows(4))).document.dataset;
    const lines = await openDocument('mine.jsonl', jsonl(rows), mapping);
    expect(lines.dataset).toEqual({ ...known, columns: mapping });
    const columnData = (['id', 'text', 'Q', 'a', 'prompt'] as const).map((name) => ({
      name,
      data: rows.map((row) => row[name]),
    }));
    const parquet = await openDocument(
      'mine.parquet',
      new Uint8Array(parquetWriteBuffer({ columnData })),
      mapping,
    );
    expect(parquet.dataset).toEqual(lines.dataset);
    expect(parquet.text).toBe(lines.text);
  });

  it('may hold choices in a list, and a row without one of them is left out by its name', async () => {
    const asked = [
      { t: 'The lease ends in May.', q: 'When?', a: 'In May', o: ['In April', 'In May'] },
      { t: 'The lease ends in May.', q: 'When?', a: 'In May' },
      { t: 'The lease ends in May.', q: 'When?', a: 'In May', o: 'In April' },
      { q: 'When?', a: 'In May', o: [] },
    ];
    const { dataset } = await openDocument('mine.jsonl', jsonl(asked), {
      context: 't',
      question: 'q',
      answer: 'a',
      choices: 'o',
    });
    expect(dataset?.questions.map(({ family, answers }) => [family, answers])).toEqual([
      ['given-choice', ['B']],
    ]);
    expect(dataset?.reasons.map(({ reason }) => reason)).toEqual([
      'no "o"',
      '"o" is no list of choices',
      'no "t"',
    ]);
  });

  it('that no row has are told by name, and a text has none', async () => {
    const none = await refusal(openDocument('mine.jsonl', jsonl(rows), { ...mapping, context: '__proto__' }));
    expect([none.code, none.message]).toEqual([
      'document.rows',
      expect.stringContaining('row 1: no "__proto__"'),
    ]);
    expect((await refusal(openDocument('a.txt', jsonl(rows), mapping))).code).toBe('import.map');
  });

  it('stay with the data set in the run folder', async () => {
    const document = await openDocument('mine.jsonl', jsonl(rows), mapping);
    const folder = new RunFolder(new MemoryStore());
    await folder.recordDocument(1, document);
    expect(await folder.readDocument(1)).toEqual(document);
    expect((await folder.readDocument(1))?.dataset?.columns).toEqual(mapping);
  });

  it('are written as pairs or as JSON, whatever their names, and refused where they name no column each', () => {
    expect(parseMapping('context=text, question = Q,answer=a')).toEqual(mapping);
    expect(parseMapping('context=a=b,question=q,answer=a,choices=o')).toEqual({
      context: 'a=b',
      question: 'q',
      answer: 'a',
      choices: 'o',
    });
    const name = fc.string({ minLength: 1, maxLength: 120, unit: 'binary' });
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 3, maxLength: 3 }), ([context, question, answer]) => {
        const given = { context, question, answer, choices: null };
        expect(parseMapping(JSON.stringify(given))).toEqual(given);
      }),
    );
    for (const wrong of [
      '',
      'context=text',
      'context=t,question=t,answer=a',
      'context=t,question=q,answer=',
      'contexts=t,question=q,answer=a',
      '{"context":"t","question":"q","answer":1}',
      '{"context":',
      `context=${'t'.repeat(121)},question=q,answer=a`,
    ])
      expect(() => parseMapping(wrong), wrong).toThrow(expect.objectContaining({ code: 'import.map' }));
  });

  it('are proposed by their names, the longest cells as the context', () => {
    expect(guessMapping(['n', 'q', 'body_of_it', 'label'], [1, 9, 500, 3])).toEqual({
      context: 'body_of_it',
      question: 'q',
      answer: 'label',
      choices: null,
    });
    expect(guessMapping(['x', 'y', 'z'], [3, 90, 2]).context).toBe('y');
    expect(guessMapping(['text', 'options', 'a', 'query'], [0, 0, 0, 0])).toEqual({
      context: 'text',
      question: 'query',
      answer: 'a',
      choices: 'options',
    });
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
    const { document } = await open([...plainRows(3), ...bad]);
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
