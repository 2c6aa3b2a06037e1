import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ruleFamilyOf } from '../../src/reward/question-scorer';
import { scoreRule } from '../../src/reward/score';
import { RunFolder } from '../../src/run/folder';
import { MemoryStore } from '../../src/run/memory-store';
import { readRow } from '../../src/tasks/dataset/row';
import { openRows, verlRow } from '../support/dataset';

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
    const { document, questions } = await openRows([{ prompt: asks, completion: worked }]);
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
    const [question] = (await openRows([row])).questions;
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
    const { questions } = await openRows(rows);
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
