/** @file Runs on families that bring documents of their own: drawing, mixing, warm-up, and names that are not known. */
import { describe, expect, it } from 'vitest';
import { bracketOf } from '../../src/rl/curriculum';
import { makeConfig, settings } from '../../src/run/config';
import { familyMix, slotOf } from '../../src/run/family-mix';
import type { RunConfig } from '../../src/run/settings';
import { checkBrackets, configuredTasks, configuredWarmup } from '../../src/run/stage-tasks';
import { parseStages } from '../../src/run/stages-text';
import { taskSource } from '../../src/run/task-source';
import { determinedByOpening } from '../../src/run/warmup-examples';
import { openingDocument } from '../../src/tasks/documents';
import { SUITE_FAMILIES } from '../../src/tasks/families';
import { sentencesIn } from '../../src/tasks/warmup';
import { shippedTokenizer } from '../support/texts';

const tokenizer = shippedTokenizer();
const document = openingDocument();
const all = ['cloze', 'lookup', ...SUITE_FAMILIES];
const config = makeConfig('micro', {
  'task.families': all.join(),
  max_prompt_length: 512,
  window_tokens: 320,
  max_response_length: 192,
  curriculum: 'sft:320x2,320x2,512x2',
});
const stages = parseStages(config.curriculum);
const [, short, long] = stages.map((_, i) => bracketOf(stages, i));

describe('task.families', () => {
  it('takes every family that there is', () => {
    const setting = settings.find(({ key }) => key === 'task.families');
    expect(setting).toMatchObject({ options: expect.arrayContaining([...SUITE_FAMILIES]) });
    expect(config['task.families']).toEqual(all);
  });

  it.each([
    ['musiqe', 'musique'],
    ['cloze,hotpott', 'hotpot'],
    ['2wikis', '2wiki'],
  ])('%s is answered with the nearest known name', (names, nearest) => {
    expect(() => makeConfig('micro', { 'task.families': names })).toThrow(
      expect.objectContaining({
        code: 'config.range',
        advice: expect.stringContaining(`Did you mean "${nearest}"?`),
      }),
    );
  });

  it('gives the document one place in each turn, and every other family one', () => {
    const mix = familyMix(config['task.families']);
    expect(mix).toMatchObject({ document: ['cloze', 'lookup'], suites: SUITE_FAMILIES, places: 9 });
    const turn = Array.from({ length: 18 }, (_, i) => slotOf(mix, i));
    expect(turn.map(({ kind, index }) => `${kind} ${index}`)).toEqual([
      ...['document 0', ...Array.from({ length: 8 }, (_, i) => `family ${i}`)],
      ...['document 1', ...Array.from({ length: 8 }, (_, i) => `family ${8 + i}`)],
    ]);
    expect(slotOf(familyMix(['cloze', 'sum']), 7)).toEqual({ kind: 'document', index: 7 });
    expect(slotOf(familyMix(['qasper']), 7)).toEqual({ kind: 'family', index: 7 });
  });
});

describe('questions of a run on all families', () => {
  const tasks = configuredTasks(document, tokenizer, config, 'train');

  it('are of every family in each turn, with prompts of the stage’s lengths', () => {
    for (const lengths of [short, long]) {
      const turn = Array.from({ length: 9 }, (_, i) => tasks.item(i, lengths));
      for (const { tokens } of turn) {
        expect(tokens.length).toBeGreaterThan(lengths.over);
        expect(tokens.length).toBeLessThanOrEqual(lengths.max);
      }
      expect(['cloze', 'lookup']).toContain(turn[0].question.family);
      expect(turn.slice(1).map(({ question }) => question.family)).toEqual(SUITE_FAMILIES);
    }
    expect(tasks.item(4, long)).toEqual(tasks.item(4, long));
    const free = Array.from({ length: 9 }, (_, i) => tasks.item(i).tokens.length);
    expect(Math.max(...free)).toBeLessThanOrEqual(512);
  });

  it('are those of the document alone where only its families are chosen', () => {
    const own = { ...config, 'task.families': ['cloze', 'lookup'] as const };
    const same = taskSource(document, tokenizer, {
      windowTokens: 320,
      families: ['cloze', 'lookup'],
      seed: config.seed,
      part: 'train',
      maxPromptTokens: 512,
    });
    const plain = configuredTasks(document, tokenizer, own, 'train');
    for (let i = 0; i < 4; i++) expect(plain.item(i, long)).toEqual(same.item(i, long));
  });

  it('share no document with held-out ones or with warm-up', () => {
    const held = configuredTasks(document, tokenizer, config, 'held-out');
    const { examples } = configuredWarmup(document, tokenizer, config);
    const text = (ids: ArrayLike<number>) => tokenizer.decode(ids);
    const made = (item: (i: number) => ArrayLike<number>) =>
      new Set([1, 2, 3, 4, 5, 6, 7, 8].map((i) => text(item(i))));
    const train = made((i) => tasks.item(i, short).tokens);
    for (const other of [
      made((i) => held.item(i, short).tokens),
      made((i) => examples.example(i, bracketOf(stages, 0)).promptTokens),
    ])
      for (const prompt of other) expect(train.has(prompt)).toBe(false);
  });

  it('are refused before the run begins where a stage is too short for a family', () => {
    for (const curriculum of ['128x2,320x2', 'sft:128x2,320x2']) {
      const narrow = makeConfig('micro', { 'task.families': 'lookup,keychain', curriculum });
      const source = configuredTasks(document, tokenizer, narrow, 'train');
      const { examples } = configuredWarmup(document, tokenizer, narrow);
      expect(() => checkBrackets(source, examples, narrow), curriculum).toThrow(
        expect.objectContaining({
          code: 'curriculum.empty_bracket',
          message: expect.stringContaining('keychain'),
        }),
      );
    }
  });
});

describe('warm-up examples of a run', () => {
  const { examples } = configuredWarmup(document, tokenizer, config);
  const lengths = bracketOf(stages, 0);
  const room = 512 + 8 * 191;

  it('end in the answer sentence, fit the stage and what memory is planned for, and repeat', () => {
    for (let index = 0; index < 18; index++) {
      const { promptTokens, answers } = examples.example(index, lengths);
      expect(answers.length).toBeGreaterThan(0);
      let rows = promptTokens.length;
      for (const { tokens, weights } of answers) {
        const head = weights.findIndex((weight) => weight > 0);
        const said = tokenizer.decode(tokens.slice(head));
        rows += tokens.length;
        if (tokenizer.decode(tokens).startsWith('\nRepeat.')) continue;
        expect(promptTokens.length + head).toBeLessThanOrEqual(lengths.max);
        expect(said).toMatch(/<\/think> Therefore, the answer is .+\.$/);
        expect(tokens.length - head).toBeLessThanOrEqual(192);
        expect(weights.slice(head).every((weight) => weight === 1)).toBe(true);
      }
      expect(rows).toBeLessThanOrEqual(room);
    }
    expect(examples.example(3, lengths)).toEqual(examples.example(3, lengths));
    expect(examples.example(3, lengths)).not.toEqual(examples.example(12, lengths));
  });

  it('restate the window only where that is asked for', () => {
    const first = (changes: object) =>
      configuredWarmup(document, tokenizer, { ...config, ...changes })
        .examples.example(0, lengths)
        .answers.map(({ tokens }) => tokenizer.decode(tokens).startsWith('\nRepeat.'));
    expect(first({})).toContain(true);
    expect(first({ 'sft.restate': false })).not.toContain(true);
  });

  it('restate a family’s document sentence by sentence, and count what its opening determines', () => {
    const own = makeConfig('scaled', { 'task.families': 'hotpot' });
    const { promptTokens, answers } = configuredWarmup(document, tokenizer, own).examples.example(0, {
      over: 128,
      max: 256,
    });
    const text = tokenizer.decode(promptTokens);
    expect(answers.length).toBeGreaterThan(2);
    const said = answers.slice(1).flatMap(({ tokens }) =>
      tokenizer
        .decode(tokens)
        .split('<think>')[1]
        .split(/(?<=\.) /)
        .map((sentence) => sentence.trim()),
    );
    // Each of them once, in sequences no longer than an answer's.
    expect([...said].sort()).toEqual(
      sentencesIn(text)
        .map((sentence) => sentence.trim())
        .sort(),
    );
    for (const { tokens, weights } of answers) {
      expect(promptTokens.length + tokens.length).toBeLessThanOrEqual(256 + own.max_response_length);
      const counted = Array.from(tokens).filter((_, i) => weights[i] > 0).length;
      expect(counted).toBeGreaterThan(2);
      expect(counted).toBeLessThan(tokens.length);
    }
  });

  it('a token is determined where all sentences that open alike go on alike', () => {
    const pieces = [
      [1, 2, 3, 4, 9],
      [1, 2, 3, 5, 9],
      [1, 6, 3, 7, 9],
    ];
    const isDetermined = determinedByOpening(pieces);
    expect(pieces.map((piece) => piece.map((_, i) => Number(isDetermined(piece, i))))).toEqual([
      [0, 0, 1, 0, 1],
      [0, 0, 1, 0, 1],
      [0, 0, 1, 1, 1],
    ]);
  });

  it('say the evidence again, and in any accepted wording, where that is asked for', () => {
    const short: RunConfig = {
      ...config,
      'task.families': ['narrative'],
      'sft.reasoning': 'evidence',
      'sft.wording': 'any',
      'sft.restate': false,
    };
    const narrative = configuredWarmup(document, tokenizer, short).examples;
    const wordings = new Set<string>();
    for (let index = 0; index < 24; index++) {
      const { promptTokens, answers } = narrative.example(index, lengths);
      expect(answers).toHaveLength(1);
      const [, reasoning, said] = tokenizer.decode(answers[0].tokens).split(/<\/?think>/);
      // The statement stands in the text, word for word.
      expect(tokenizer.decode(promptTokens)).toContain(reasoning.trim().replace(/\.$/, ''));
      expect(said).toMatch(/^ Therefore, the answer is .+\.$/);
      const text = said.replace(/^ Therefore, the answer is |\.$/g, '');
      wordings.add(reasoning.includes(text) ? 'told' : 'other');
    }
    expect([...wordings].sort()).toEqual(['other', 'told']);
    expect(narrative.example(5, lengths)).toEqual(narrative.example(5, lengths));
    const gold = configuredWarmup(document, tokenizer, { ...short, 'sft.wording': 'gold' }).examples;
    for (let index = 0; index < 8; index++) {
      const [reasoning, said] = tokenizer
        .decode(gold.example(index, lengths).answers[0].tokens)
        .split('</think>');
      expect(reasoning).not.toContain(said.replace(/^ Therefore, the answer is |\.$/g, ''));
    }
  });

  it('are refused before the run begins where answers may not be as long as their reasoning', () => {
    const terse = { ...config, max_response_length: 4 };
    const source = configuredTasks(document, tokenizer, terse, 'train');
    expect(() => checkBrackets(source, configuredWarmup(document, tokenizer, terse).examples, terse)).toThrow(
      expect.objectContaining({ code: 'sft.no_example' }),
    );
  });
});

describe('task.level', () => {
  const source = (level: string, part: 'train' | 'held-out') =>
    configuredTasks(
      document,
      tokenizer,
      makeConfig('micro', { 'task.families': 'docmath,musique,qasper', 'task.level': level }),
      part,
    );
  const lengths = { over: 0, max: 280 };
  const answers = (level: string) =>
    Array.from({ length: 60 }, (_, i) => source(level, 'held-out').item(i, lengths).question.answers[0]);

  it('full asks what cannot be answered too, plain never does', () => {
    expect(answers('full')).toContain('unanswerable');
    expect(answers('plain')).not.toContain('unanswerable');
  });

  it('holds for warm-up examples as for questions', () => {
    const plain = makeConfig('scaled', { 'task.families': 'docmath' });
    const { examples } = configuredWarmup(document, tokenizer, plain);
    for (let i = 0; i < 12; i++) {
      const [answer] = examples.example(i, { over: 128, max: 280 }).answers;
      expect(tokenizer.decode(answer.tokens)).not.toMatch(/Next, find|Then/);
    }
  });

  it('warm-up of preset scaled has an example of every one of its families, each within its answers', () => {
    const config = makeConfig('scaled');
    const { examples } = configuredWarmup(document, tokenizer, config);
    const { places } = familyMix(config['task.families']);
    for (let i = 0; i < 4 * places; i++) {
      // Questions come first; behind those of a window stand pieces of it to be said again.
      const [{ weights }] = examples.example(i, { over: 128, max: 256 }).answers;
      const answer = weights.length - weights.findIndex((weight) => weight > 0);
      expect(answer).toBeLessThanOrEqual(config.max_response_length);
    }
  });
});
