import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ruleFamilyOf } from '../../src/reward/question-scorer';
import { scoreRule } from '../../src/reward/score';
import { BENCHMARK_FAMILIES, LEVEL_DIALS, makeFamilyItem, SUITE_FAMILIES } from '../../src/tasks/families';
import { UNANSWERABLE } from '../../src/tasks/families/chain';
import { CONTAINERS, DEEDS, HIDEOUTS, MISHAPS, THINGS } from '../../src/tasks/families/paraphrases';
import type { FamilyItem } from '../../src/tasks/families/types';
import type { Question, SuiteFamily } from '../../src/tasks/types';
import { answersFromText, worldFacts } from '../support/family-oracle';
import { shippedTokenizer } from '../support/texts';

const { countTokens } = shippedTokenizer();
/** Near the tokenizer's counts, and fast. */
const roughly = (text: string) => text.length / 3;

const make = (family: SuiteFamily, index: number, tokens = 320, depth?: number): FamilyItem =>
  makeFamilyItem(family, { seed: 11, index, tokens, depth, countTokens: roughly });
const many = (family: SuiteFamily, count: number, tokens?: number) =>
  Array.from({ length: count }, (_, index) => make(family, index, tokens));

const rule = (question: Question, answer: string, mode: 'strict' | 'faithful' = 'strict'): number =>
  scoreRule(
    {
      family: ruleFamilyOf(question.family),
      question: question.text,
      answers: question.answers,
      rejected: question.rejected,
      response: `So.</think> Therefore, the answer is ${answer}.`,
      responseLength: 9,
    },
    mode,
  ).rule.score;

const evidenceOf = ({ document, question }: FamilyItem): string[] =>
  question.evidence.map(({ start, end }) => document.text.slice(start, end));

describe('short passages', () => {
  const item = (short: boolean | undefined, tokens: number, index: number) =>
    makeFamilyItem('hotpot', { seed: 11, index, tokens, countTokens: roughly }, { short });
  /** Sentences in the two passages that hold evidence. */
  const sentences = (made: FamilyItem): number => {
    const passages = made.document.text
      .split('\n\n')
      .filter((passage) => evidenceOf(made).some((evidence) => passage.includes(evidence)));
    expect(passages).toHaveLength(2);
    return passages.join(' ').split('. ').length;
  };
  const all = Array.from({ length: 20 }, (_, index) => index);

  it('hold one sentence at every length', () => {
    for (const tokens of [320, 1500, 6000])
      expect(all.map((index) => sentences(item(true, tokens, index)))).toEqual(all.map(() => 2));
  });

  it('are the default of short documents alone', () => {
    for (const index of all) {
      expect(item(undefined, 320, index)).toEqual(item(true, 320, index));
      expect(item(undefined, 1500, index)).toEqual(item(false, 1500, index));
      expect(sentences(item(undefined, 1500, index))).toBeGreaterThan(2);
    }
  });

  it('are what every plain question has', () => {
    for (const family of SUITE_FAMILIES) expect(LEVEL_DIALS.plain[family]).toMatchObject({ short: true });
  });
});

describe('distinct names', () => {
  /** Everything that is named in two words or more. */
  const namesIn = (text: string) => [
    ...new Set(
      text.match(/[A-Z][a-z]+ (?:& )?[A-Z][a-z]+/g)?.filter((name) => !/^(The|In|From|Of) /.test(name)),
    ),
  ];
  const shared = (text: string): string[] => {
    // A company may have two founders of one name.
    const words = namesIn(text).flatMap((name) =>
      [...new Set(name.split(' '))].filter((word) => word !== '&'),
    );
    return words.filter((word, i) => words.indexOf(word) < i);
  };
  const families = ['frames', '2wiki', 'hotpot', 'musique', 'keychain'] as const;

  it.each(families)('of %s share no word, as plain questions have it; otherwise look-alikes do', (family) => {
    let alike = 0;
    for (let index = 0; index < 20; index++) {
      const options = { seed: 11, index, tokens: 640, countTokens: roughly };
      const { text } = makeFamilyItem(family, options, LEVEL_DIALS.plain[family]).document;
      expect(namesIn(text).length).toBeGreaterThan(8);
      expect(shared(text), text).toEqual([]);
      alike += shared(makeFamilyItem(family, options, { short: true }).document.text).length;
    }
    expect(alike).toBeGreaterThan(20);
  });

  it('come again where a long document has more people than there are names', () => {
    const { document } = makeFamilyItem(
      'hotpot',
      { seed: 11, tokens: 20_000, countTokens: roughly },
      { short: true, distinct: true },
    );
    expect(namesIn(document.text).length).toBeGreaterThan(300);
    expect(shared(document.text).length).toBeGreaterThan(0);
  });
});

describe.each(SUITE_FAMILIES)('%s', (family) => {
  it('gives one answer in the text, and it is the gold', () => {
    for (const tokens of [320, 1500, 6000]) {
      for (const item of many(family, tokens > 5000 ? 10 : 60, tokens)) {
        const { document, question } = item;
        const answers = answersFromText(family, document.text, question.text);
        expect(answers.length > 0 ? answers : [UNANSWERABLE], question.id).toEqual(question.answers);
      }
    }
  });

  it('depends on seed and index alone', () => {
    expect(make(family, 3)).toEqual(make(family, 3));
    expect(make(family, 3).document.text).not.toBe(make(family, 4).document.text);
    const other = makeFamilyItem(family, { seed: 12, index: 3, tokens: 320, countTokens: roughly });
    expect(other.document.text).not.toBe(make(family, 3).document.text);
  });

  it.each([
    [256, 16, 0.82],
    [1024, 4, 0.9],
    [8192, 1, 0.98],
  ])('fills %i tokens and no more', (tokens, count, share) => {
    for (let index = 0; index < count; index++) {
      const { document, question } = makeFamilyItem(family, { seed: 5, index, tokens, countTokens });
      const total = countTokens(document.text) + countTokens(question.text);
      expect(total).toBeLessThanOrEqual(tokens);
      expect(total).toBeGreaterThan(share * tokens);
    }
  });

  it('marks evidence that the reasoning repeats, inside the text', () => {
    for (const item of many(family, 60)) {
      const { document, question } = item;
      expect(question.window).toEqual({ start: 0, end: document.text.length });
      expect(question.text).not.toMatch(/[\n\r]/);
      const pieces = evidenceOf(item);
      expect(pieces.length).toBeGreaterThan(0);
      for (const piece of pieces) expect(piece.length).toBeGreaterThan(3);
      const isAnswerable = question.answers[0] !== UNANSWERABLE;
      if (isAnswerable) for (const piece of pieces) expect(question.reasoning).toContain(piece);
      expect(question.reasoning).toMatch(/^ First, /);
    }
  });

  it('puts all evidence at the depth it is told', () => {
    for (const depth of [0, 0.25, 0.5, 0.75, 1]) {
      for (let index = 0; index < 12; index++) {
        const { document, question } = make(family, index, 4000, depth);
        const opening = document.text.indexOf('\n\n');
        const starts = question.evidence.map((span) => span.start);
        const ends = question.evidence.map((span) => span.end);
        const from = (Math.min(...starts) - opening) / document.text.length;
        const to = Math.max(...ends) / document.text.length;
        // The block of evidence slides: at depth d, d of everything else stands before it.
        const before = depth * (1 - (to - from));
        expect(Math.abs(from - before), `${depth} ${question.id}`).toBeLessThan(0.06);
      }
    }
  });

  it('moves evidence by depth and changes nothing else', () => {
    const sentences = (depth?: number) => make(family, 2, 1000, depth).document.text.split('\n\n').sort();
    expect(make(family, 2, 1000, 0).question.text).toBe(make(family, 2, 1000, 1).question.text);
    const trimmed = (depth?: number) =>
      sentences(depth)
        .map((passage) => passage.trim())
        .sort();
    expect(trimmed(0)).toEqual(trimmed(1));
    expect(trimmed(0.5)).toEqual(trimmed());
  });

  it('spreads evidence over the document when no depth is given', () => {
    const places = many(family, 240, 1200).flatMap(({ document, question }) =>
      question.evidence.map(({ start }) => start / document.text.length),
    );
    for (const [low, high] of [
      [0, 1 / 3],
      [1 / 3, 2 / 3],
      [2 / 3, 1],
    ])
      expect(places.filter((p) => p >= low && p < high).length / places.length).toBeGreaterThan(0.2);
  });

  it('has a gold that the rule accepts in both modes, and rejects another item’s gold', () => {
    const items = many(family, 80);
    for (const [i, { question }] of items.entries()) {
      expect(rule(question, question.answers[0])).toBe(1);
      expect(rule(question, question.answers[0], 'faithful')).toBe(1);
      const other = items[(i + 1) % items.length].question.answers[0];
      const [word] = question.answers[0].split(' ');
      if (!other.includes(word)) expect(rule(question, other), `${question.answers} ${other}`).toBe(0);
    }
  });

  it('keeps every promise at any seed, length and depth', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 40 }),
        fc.integer({ min: 0, max: 10_000 }),
        fc.integer({ min: 400, max: 2000 }),
        fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
        (seed, index, tokens, depth) => {
          const { document, question } = makeFamilyItem(family, {
            seed,
            index,
            tokens,
            depth,
            countTokens: roughly,
          });
          const answers = answersFromText(family, document.text, question.text);
          expect(answers.length > 0 ? answers : [UNANSWERABLE]).toEqual(question.answers);
          expect(roughly(document.text) + roughly(question.text)).toBeLessThanOrEqual(tokens);
          for (const { start, end } of question.evidence)
            expect(start >= 0 && start < end && end <= document.text.length).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('near misses', () => {
  it.each(['hotpot', 'musique', '2wiki'] as const)(
    '%s: the relation that is asked for also stands about somebody else',
    (family) => {
      for (const { document, question } of many(family, 40)) {
        const facts = worldFacts(document.text);
        const [first] = question.evidence;
        const asked = [...worldFacts(document.text.slice(first.start, first.end)).keys()][0].split(' ')[0];
        const about = [...facts.keys()].filter((key) => key.startsWith(`${asked} `));
        if (question.answers[0] !== UNANSWERABLE) expect(about.length, question.text).toBeGreaterThan(1);
      }
    },
  );

  it('frames: for every constraint somebody meets all the others', () => {
    for (const { document, question } of many('frames', 40)) {
      const parts = question.text.replace(/^Who |\?$/g, '').split(/, | and /);
      for (let i = 0; i < parts.length; i++) {
        const fewer = `Who ${parts.filter((_, j) => j !== i).join(' and ')}?`;
        expect(answersFromText('frames', document.text, fewer).length).toBeGreaterThan(1);
      }
    }
  });

  it('keychain: every other chain leads to a question with an answer of its own', () => {
    for (const { document, question } of many('keychain', 40)) {
      const targets = new Set(
        [...document.text.matchAll(/leads to the key (\S+?)\./g)].map(([, key]) => key),
      );
      const starts = [...document.text.matchAll(/The key (\S+) leads/g)].flatMap(([, key]) =>
        targets.has(key) ? [] : [key],
      );
      expect(starts.length).toBeGreaterThan(1);
      for (const key of starts) {
        const other = question.text.replace(/key (\S+),/, `key ${key},`);
        const answers = answersFromText('keychain', document.text, other);
        expect(answers).toHaveLength(1);
        if (other !== question.text) expect(rule(question, answers[0])).toBe(0);
      }
    }
  });

  it('docmath and qasper: the same good, the same detail stands about others', () => {
    for (const { document, question } of many('docmath', 40)) {
      const [, good] = /(\S+) in \S+ in \d+/.exec(question.text) ?? [];
      const pieces = document.text.split('\n\n').filter((passage) => passage.includes(` ${good} `));
      expect(pieces.length).toBeGreaterThan(1);
    }
    for (const { document } of many('qasper', 40))
      expect(document.text.match(/^Related work: /gm)?.length).toBeGreaterThan(1);
  });
});

describe('forms', () => {
  it('of musique come in twins: one question, one statement apart', () => {
    for (let index = 0; index < 40; index++) {
      const twin = (answerable: boolean) =>
        makeFamilyItem('musique', { seed: 3, index, tokens: 900, countTokens: roughly }, { answerable });
      const [yes, no] = [twin(true), twin(false)];
      expect(no.question.text).toBe(yes.question.text);
      expect(no.question.answers).toEqual([UNANSWERABLE]);
      expect(yes.question.answers).not.toEqual([UNANSWERABLE]);
      const facts = { yes: worldFacts(yes.document.text), no: worldFacts(no.document.text) };
      const lost = [...facts.yes.keys()].filter((key) => !facts.no.has(key));
      const fromEvidence = lost.filter((key) =>
        evidenceOf(yes).some((piece) => piece.startsWith(key.slice(key.indexOf(' ') + 1))),
      );
      expect(fromEvidence.length).toBe(1);
    }
  });

  it('refuse an answer that names both candidates, or unanswerable beside a guess', () => {
    for (let index = 0; index < 60; index++) {
      const options = { seed: 3, index, tokens: 320, countTokens: roughly };
      const compared = makeFamilyItem('2wiki', options, { form: 'compare' }).question;
      const [other] = compared.rejected ?? [];
      expect(rule(compared, other)).toBe(0);
      expect(rule(compared, `${compared.answers[0]} or ${other}`)).toBe(0);
      expect(rule(compared, `${other} or ${compared.answers[0]}`)).toBe(0);
      for (const answerable of [true, false]) {
        const { question } = makeFamilyItem('musique', options, { answerable });
        expect(
          rule(question, answerable ? `${question.answers[0]}, unanswerable` : 'Dunmore, unanswerable'),
        ).toBe(0);
      }
    }
  });

  it('of narrative answer in words the story does not use', () => {
    for (const { document, question } of many('narrative', 100)) {
      expect(document.text).not.toContain(question.answers[0]);
      expect(question.paraphrases).toHaveLength(8);
      expect(document.text).toContain(question.paraphrases?.[0]);
    }
    for (const [first, second] of [
      [DEEDS, THINGS],
      [THINGS, MISHAPS],
      [CONTAINERS, HIDEOUTS],
    ]) {
      expect([first.length, second.length]).toEqual([16, 16]);
      for (const a of first)
        for (const b of second) {
          const question = { ...make('narrative', 0).question, answers: [`${a.gold} ${b.gold}`] };
          expect(rule(question, question.answers[0])).toBe(1);
          expect(rule(question, `${a.told} ${b.told}`), `${a.told} ${b.told}`).toBe(0);
        }
    }
  });

  it('of keychain follow their dials', () => {
    const { document, question } = makeFamilyItem(
      'keychain',
      { seed: 1, tokens: 4000, countTokens },
      { links: 6, chains: 3, hops: 1, keys: 'short' },
    );
    expect(document.text.match(/leads to/g)).toHaveLength(15);
    expect(document.text.match(/asks:/g)).toHaveLength(3);
    expect(question.evidence).toHaveLength(7);
    expect(question.text).toMatch(/key [0-9a-f]{4}-[0-9a-f]{4},/);
  });

  it('reach 64K tokens', () => {
    const tokens = 65_536;
    const { document, question } = makeFamilyItem('keychain', { seed: 1, tokens, countTokens });
    const total = countTokens(document.text) + countTokens(question.text);
    expect(total).toBeLessThanOrEqual(tokens);
    expect(total).toBeGreaterThan(tokens - 100);
    for (const family of BENCHMARK_FAMILIES) {
      const item = makeFamilyItem(family, { seed: 1, tokens, countTokens: roughly }, { answerable: true });
      expect(roughly(item.document.text)).toBeGreaterThan(tokens - 400);
      expect(answersFromText(family, item.document.text, item.question.text)).toEqual(item.question.answers);
    }
  });
});

describe('impossible wishes', () => {
  it('are refused with a code and a way on', () => {
    const base = { seed: 1, tokens: 512, countTokens: roughly };
    const code = (make: () => unknown) => {
      try {
        make();
      } catch (error) {
        return (error as { code: string }).code;
      }
      return 'none';
    };
    expect(code(() => makeFamilyItem('hotpot', { ...base, tokens: 10 }))).toBe('family.invalid_options');
    expect(code(() => makeFamilyItem('hotpot', { ...base, tokens: 1e9 }))).toBe('family.invalid_options');
    expect(code(() => makeFamilyItem('hotpot', { ...base, depth: 1.5 }))).toBe('family.invalid_options');
    expect(code(() => makeFamilyItem('hotpot', { ...base, depth: Number.NaN }))).toBe(
      'family.invalid_options',
    );
    expect(code(() => makeFamilyItem('musique', base, { hops: 7 }))).toBe('family.invalid_options');
    expect(code(() => makeFamilyItem('frames', base, { constraints: 1 }))).toBe('family.invalid_options');
    expect(code(() => makeFamilyItem('docmath', base, { numbers: 2.5 }))).toBe('family.invalid_options');
    expect(code(() => makeFamilyItem('keychain', base, { links: 30, chains: 30 }))).toBe(
      'family.too_few_tokens',
    );
  });
});
