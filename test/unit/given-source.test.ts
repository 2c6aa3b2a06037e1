import { describe, expect, it } from 'vitest';
import { evaluatePolicy } from '../../src/evaluation/held-out';
import { notLoadedJudge } from '../../src/reward/judge';
import { createQuestionScorer } from '../../src/reward/question-scorer';
import { trainedSuites } from '../../src/run/ablation-plan';
import { makeConfig } from '../../src/run/config';
import { openDocument } from '../../src/run/dataset/open';
import { documentSuites } from '../../src/run/document-suites';
import { type DatasetDocument, givenCounts, givenSource, isDataset } from '../../src/run/given-source';
import { checkBrackets, configuredTasks, configuredWarmup } from '../../src/run/stage-tasks';
import type { Part } from '../../src/run/task-source';
import { drawingPolicy } from '../support/answering';
import { jsonl, plainRows } from '../support/dataset';
import { shippedTokenizer } from '../support/texts';

const tokenizer = shippedTokenizer();

async function opened(rows: readonly unknown[]): Promise<DatasetDocument> {
  const document = await openDocument('mine.jsonl', jsonl(rows));
  if (!isDataset(document)) throw new Error('no data set');
  return document;
}

const options = (part: Part, maxPromptTokens = 1000) => ({ seed: 9, part, maxPromptTokens });
const drawn = (
  document: DatasetDocument,
  part: Part,
  from: number,
  count: number,
  maxPromptTokens = 1000,
) => {
  const source = givenSource(document, tokenizer, options(part, maxPromptTokens));
  return Array.from({ length: count }, (_, i) => source.item(from + i));
};
const ids = (items: ReturnType<typeof drawn>) => items.map(({ question }) => question.id);

describe('the questions of a data set', () => {
  it('stand in the training or in the held-out part, about one in five held out, none in both', async () => {
    const document = await opened(plainRows(200));
    const { train, heldOut, tooLong, shared } = givenCounts(document, tokenizer, 1000);
    expect([train + heldOut, tooLong, shared]).toEqual([200, 0, false]);
    expect(heldOut).toBeGreaterThan(20);
    expect(heldOut).toBeLessThan(65);
    const [trained, held] = [
      ids(drawn(document, 'train', 0, train)),
      ids(drawn(document, 'held-out', 0, heldOut)),
    ];
    expect(new Set([...trained, ...held]).size).toBe(200);
  });

  it('are held out by their words, so that the same row in another file, under another id, is in the same part', async () => {
    const rows = plainRows(60);
    const [a, b] = await Promise.all([
      opened(rows),
      opened(rows.slice(20).map((row, i) => ({ ...row, id: `x${i}` }))),
    ]);
    const texts = (document: DatasetDocument) =>
      new Set(
        drawn(document, 'held-out', 0, givenCounts(document, tokenizer, 1000).heldOut).map(
          ({ question }) => question.text,
        ),
      );
    const later = new Set(rows.slice(20).map(({ question }) => question));
    expect(texts(b).size).toBeGreaterThan(3);
    expect(texts(b)).toEqual(new Set([...texts(a)].filter((text) => later.has(text))));
  });

  it('come once an epoch, in another order every epoch, and the same again for the same index', async () => {
    const document = await opened(plainRows(40));
    const { train } = givenCounts(document, tokenizer, 1000);
    const [first, second] = [drawn(document, 'train', 0, train), drawn(document, 'train', train, train)].map(
      ids,
    );
    expect(new Set(first).size).toBe(train);
    expect([...second].sort()).toEqual([...first].sort());
    expect(second).not.toEqual(first);
    // A run that goes on makes its source anew and asks from where it stood.
    expect(ids(drawn(document, 'train', 7, train))).toEqual([...first, ...second].slice(7, 7 + train));
    const other = givenSource(document, tokenizer, { ...options('train'), seed: 10 });
    expect(Array.from({ length: train }, (_, i) => other.item(i).question.id)).not.toEqual(first);
  });

  it('are put with their whole context, under the rule of their answer', async () => {
    const [row] = plainRows(1);
    const document = await opened([row]);
    const { question, tokens, text } = givenSource(document, tokenizer, options('train')).item(0);
    expect(tokens).toEqual(tokenizer.buildPrompt(row.context, row.question).ids);
    expect(text).toContain(row.context);
    expect(question).toMatchObject({ family: 'given-text', answers: row.answers, text: row.question });
    expect(question.evidence.map(({ start, end }) => document.text.slice(start, end))).toEqual(row.answers);
  });

  it('whose prompt is too long are left out and counted; the lengths are exact', async () => {
    const document = await opened([
      ...plainRows(40),
      { context: 'Far away. '.repeat(2000), question: 'q?', answer: 'far' },
    ]);
    const lengths = drawn(document, 'train', 0, 40, 1e6).map(({ tokens }) => tokens.length);
    const all = [...new Set(lengths)].sort((a, b) => a - b);
    const limit = all[Math.floor(all.length / 2)];
    const { questions, train, heldOut, tooLong } = givenCounts(document, tokenizer, limit);
    expect(questions).toBe(41);
    expect(train + heldOut + tooLong).toBe(41);
    expect(tooLong).toBeGreaterThan(1);
    const fitting = drawn(document, 'train', 0, train, limit).map(({ tokens }) => tokens.length);
    expect(Math.max(...fitting)).toBe(limit);
    expect(() => givenSource(document, tokenizer, options('train', 12)).item(0)).toThrow(
      expect.objectContaining({
        code: 'document.prompt_too_long',
        message: expect.stringMatching(
          /None of the 41 questions of "mine.jsonl" fits a prompt of 12 tokens: .* takes \d+\./,
        ),
      }),
    );
  });

  it('are never left out for a length that was only guessed', async () => {
    const rows = Array.from({ length: 24 }, (_, i) => ({
      context: (i % 2 === 0 ? 'Rain fell on the old road. ' : '====----  ').repeat(1 + i * 9),
      question: `What fell ${i}?`,
      answer: 'Rain',
    }));
    const document = await opened(rows);
    const lengths = rows.map(
      ({ context, question }) => tokenizer.buildPrompt(context.trim(), question).ids.length,
    );
    for (const limit of [16, 40, 90, 300, 90, 1500]) {
      const { tooLong } = givenCounts(document, tokenizer, limit);
      expect(tooLong, `limit ${limit}`).toBe(lengths.filter((length) => length > limit).length);
    }
  });

  it('keep to the bracket of a stage, and say so where it has none', async () => {
    const document = await opened(plainRows(60));
    const source = givenSource(document, tokenizer, options('train'));
    const lengths = Array.from({ length: 60 }, (_, i) => source.item(i).tokens.length);
    const middle = [...lengths].sort((a, b) => a - b)[30];
    for (const bracket of [
      { over: 0, max: middle - 1 },
      { over: middle - 1, max: 1000 },
    ]) {
      const within = Array.from({ length: 80 }, (_, i) => source.item(i, bracket));
      for (const { tokens } of within) {
        expect(tokens.length).toBeGreaterThan(bracket.over);
        expect(tokens.length).toBeLessThanOrEqual(bracket.max);
      }
      const different = new Set(ids(within)).size;
      expect(different).toBe(
        lengths.slice(0, source.distinct).filter((n) => n > bracket.over && n <= bracket.max).length,
      );
      expect(source.item(5, bracket)).toEqual(within[5]);
    }
    for (const bracket of [
      { over: 5000, max: 6000 },
      { over: 1200, max: 1300 },
    ])
      expect(() => source.item(0, bracket)).toThrow(
        expect.objectContaining({ code: 'curriculum.empty_bracket' }),
      );
  });

  it('are shared by both parts where one would be empty, and that is told', async () => {
    const document = await opened(plainRows(1));
    expect(givenCounts(document, tokenizer, 1000)).toEqual({
      questions: 1,
      train: 1,
      heldOut: 1,
      tooLong: 0,
      shared: true,
    });
    expect(ids(drawn(document, 'held-out', 0, 2))).toEqual(ids(drawn(document, 'train', 0, 2)));
  });
});

describe('a run on a data set', () => {
  const config = makeConfig('micro', { max_prompt_length: 512 });

  it('asks its questions in the place of those made from a text, beside families with documents of their own', async () => {
    const document = await opened(plainRows(30));
    const own = configuredTasks(document, tokenizer, config, 'train');
    expect(new Set(Array.from({ length: 8 }, (_, i) => own.item(i).question.family))).toEqual(
      new Set(['given-text']),
    );
    expect(own.distinct).toBe(givenCounts(document, tokenizer, 512).train);
    const mixed = configuredTasks(
      document,
      tokenizer,
      { ...config, 'task.families': ['cloze', 'hotpot'] },
      'train',
    );
    expect(Array.from({ length: 4 }, (_, i) => mixed.item(i).question.family)).toEqual([
      'given-text',
      'hotpot',
      'given-text',
      'hotpot',
    ]);
    expect(mixed.distinct).toBeUndefined();
  });

  it('is checked for every coming stage before it begins', async () => {
    const document = await opened(plainRows(30));
    const staged = { ...config, curriculum: '64x2,400x2' };
    const check = (settings: typeof config) =>
      checkBrackets(
        configuredTasks(document, tokenizer, settings, 'train'),
        configuredWarmup(document, tokenizer, settings).examples,
        settings,
      );
    check(staged);
    expect(() => check({ ...config, curriculum: '64x2,400x2,500' })).toThrow(
      expect.objectContaining({ code: 'curriculum.empty_bracket' }),
    );
  });

  it('is one suite of held-out questions, by length and by depth of the answer', async () => {
    const document = await opened(plainRows(120));
    const [suite, ...others] = documentSuites(document, tokenizer, 1);
    expect([suite.name, others.length]).toEqual(['given', 0]);
    const { heldOut } = givenCounts(document, tokenizer, 1000);
    const held = new Set(ids(drawn(document, 'held-out', 0, heldOut)));
    for (let i = 0; i < 12; i++) {
      const { question, tokens } = suite.item({ suite: 'given', bucket: 64, depth: null }, i);
      expect(held.has(question.id)).toBe(true);
      expect(tokens.length).toBeGreaterThan(32);
      expect(tokens.length).toBeLessThanOrEqual(64);
    }
    expect(suite.item({ suite: 'given', bucket: 64, depth: 0.9 }, 0).question.evidence).toHaveLength(1);
    for (const cell of [
      { bucket: 64, depth: 0 },
      { bucket: 4096, depth: null },
    ])
      expect(() => suite.item({ suite: 'given', ...cell }, 0)).toThrow(
        expect.objectContaining({ code: 'evaluation.no_item' }),
      );
    const names = (families: (typeof config)['task.families']) =>
      trainedSuites({ ...config, 'task.families': families }, document, tokenizer).map(({ name }) => name);
    expect(names(['cloze', 'hotpot'])).toEqual(['given', 'hotpot']);
    expect(names(['hotpot'])).toEqual(['hotpot']);
  });

  it('asks each held-out question once, where there are fewer than an evaluation wants', async () => {
    const document = await opened(plainRows(30));
    const scorer = createQuestionScorer({
      ruleMode: 'strict',
      rewardMode: 'rule',
      overlong: null,
      judge: notLoadedJudge(),
    });
    const tasks = configuredTasks(document, tokenizer, config, 'held-out');
    const result = await evaluatePolicy(
      { ...drawingPolicy(() => 1), decodeTokens: () => '</think> Therefore, the answer is Bath.' },
      scorer,
      tasks,
      {
        questions: 500,
        samples: 2,
        seed: 1,
        sampling: { temperature: 1, top_k: 0, top_p: 1, maxNewTokens: 4, greedy: false },
      },
    );
    expect(result.questions).toBe(tasks.distinct);
    expect(result.failed).toBe(0);
    const right = Array.from({ length: result.questions }, (_, i) => tasks.item(i)).filter(
      ({ question }) => question.answers[0] === 'Bath',
    );
    expect(result.greedyAccuracy).toBeCloseTo(right.length / result.questions, 9);
  });
});

describe('worked answers of a data set', () => {
  it('are what warm-up stages learn from, in place of made questions; rows without one are not', async () => {
    const rows = Array.from({ length: 12 }, (_, i) => ({
      prompt: `The box of row ${i} holds ${i + 20} coins.\n\nHow many coins are in box ${i}?`,
      completion: `It holds ${i + 20}. Therefore, the answer is ${i + 20} coins.`,
    }));
    const config = makeConfig('micro', { curriculum: 'sft:96x4,96', max_response_length: 60 });
    const document = await opened(rows);
    const { examples } = configuredWarmup(document, tokenizer, config);
    const texts = Array.from({ length: 6 }, (_, i) => {
      const { promptTokens, answers } = examples.example(i, { over: 0, max: 96 });
      return tokenizer.decode(promptTokens) + tokenizer.decode(answers[0].tokens);
    });
    for (const text of texts) {
      const row = Number(/in box (\d+)/.exec(text)?.[1]);
      expect(text).toContain(`It holds ${row + 20}.`);
      expect(text).toContain(`the answer is ${row + 20} coins.`);
    }
    expect(new Set(texts).size).toBeGreaterThan(3);
    const bare = await opened(plainRows(12));
    const made = configuredWarmup(bare, tokenizer, config).examples.example(0, { over: 0, max: 96 });
    expect(made.answers.length).toBeGreaterThan(0);
  });
});
