import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { guessMapping } from '../../src/run/dataset/guess';
import { openDocument } from '../../src/run/dataset/open';
import { RunFolder } from '../../src/run/folder';
import { MemoryStore } from '../../src/run/memory-store';
import { parseMapping } from '../../src/tasks/dataset/columns';
import { jsonl, openRows, plainRows, refusal } from '../support/dataset';

describe('columns that a person maps', () => {
  const mapping = { context: 'text', question: 'Q', answer: 'a', choices: null, reasoning: null };
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
    const known = (await openRows(plainRows(4))).document.dataset;
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
      reasoning: null,
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
    expect(parseMapping('context=a=b,question=q,answer=a,choices=o,reasoning=r')).toEqual({
      context: 'a=b',
      question: 'q',
      answer: 'a',
      choices: 'o',
      reasoning: 'r',
    });
    const name = fc.string({ minLength: 1, maxLength: 120, unit: 'binary' });
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 3, maxLength: 3 }), ([context, question, answer]) => {
        const given = { context, question, answer, choices: null, reasoning: null };
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
      reasoning: null,
    });
    expect(guessMapping(['x', 'y', 'z'], [3, 90, 2]).context).toBe('y');
    expect(guessMapping(['text', 'options', 'a', 'query', 'answer_reasoning'], [0, 0, 0, 0, 0])).toEqual({
      context: 'text',
      question: 'query',
      answer: 'a',
      choices: 'options',
      reasoning: 'answer_reasoning',
    });
  });
});
