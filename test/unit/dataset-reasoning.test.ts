import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { openDocument } from '../../src/run/dataset/open';
import { columnReasoning } from '../../src/run/dataset/reasoning';
import { jsonl, openRows, plainRows } from '../support/dataset';

describe('the reasoning of a row', () => {
  const [plain] = plainRows(1);
  const reasonings = async (rows: readonly object[]) =>
    (await openRows(rows)).questions.map((row) => row.reasoning);

  it('is read of a column of its own, by name, as one line; without one there is none', async () => {
    expect(
      await reasonings([
        { ...plain, id: '1', reasoning: '<think>It says\n so.</think>' },
        { ...plain, id: '2', Rationale: ['First this.', 'Then that.'], cot: 'Not read: another is there.' },
        { ...plain, id: '3', reasoning: ' ', solution: 'By boat.' },
        { ...plain, id: '4', chain_of_thought: 7 },
        plain,
      ]),
    ).toEqual(['It says so.', 'First this. Then that.', 'By boat.', undefined, undefined]);
  });

  it('is of bounded length, and read of own columns only', async () => {
    const [long] = await reasonings([{ ...plain, reasoning: 'a b '.repeat(20_000) }]);
    expect(long).toHaveLength(20_000);
    expect(columnReasoning(Object.create({ reasoning: 'inherited' }), null)).toBeNull();
    for (const value of [null, 'text', ['reasoning'], 3]) expect(columnReasoning(value, null)).toBeNull();
  });

  it('comes from JSONL and parquet alike, and a column that is mapped as the answer is none', async () => {
    const rows = plainRows(3).map((row, i) => ({ ...row, solution: `Step ${i}.` }));
    const columnData = (['id', 'context', 'question', 'answers', 'solution'] as const).map((name) => ({
      name,
      data: rows.map((row) => row[name]),
    }));
    const parquet = await openDocument('mine.parquet', new Uint8Array(parquetWriteBuffer({ columnData })));
    expect(parquet.dataset?.questions.map(({ reasoning }) => reasoning)).toEqual([
      'Step 0.',
      'Step 1.',
      'Step 2.',
    ]);
    const mapping = {
      context: 'context',
      question: 'question',
      answer: 'solution',
      choices: null,
      reasoning: null,
    };
    const mapped = await openDocument('mine.jsonl', jsonl(rows), mapping);
    expect(mapped.dataset?.questions[1]).toMatchObject({ answers: ['Step 1.'] });
    expect(mapped.dataset?.questions[1]).not.toHaveProperty('reasoning');
  });

  it('is of the column that a person names, whatever it is called, and a row may do without', async () => {
    const rows = plainRows(2).map((row, i) => ({ ...row, why: `Since ${i}.`, reasoning: 'Another.' }));
    const { context, question, answers } = plainRows(3)[2];
    const mapping = {
      context: 'context',
      question: 'question',
      answer: 'answers',
      choices: null,
      reasoning: 'why',
    };
    const { dataset } = await openDocument(
      'mine.jsonl',
      jsonl([...rows, { context, question, answers, reasoning: 'Another.' }]),
      mapping,
    );
    expect(dataset?.questions.map(({ reasoning }) => reasoning)).toEqual(['Since 0.', 'Since 1.', undefined]);
  });
});
