/** @file Nobody answers without the document: strategies that see only the question score at the stated chance. */
import { beforeAll, describe, expect, it } from 'vitest';
import { ruleFamilyOf } from '../../src/reward/question-scorer';
import { scoreRule } from '../../src/reward/score';
import { makeFamilyItem, SUITE_FAMILIES } from '../../src/tasks/families';
import { CHANCE } from '../../src/tasks/families/chance';
import type { Question, SuiteFamily } from '../../src/tasks/types';

const ITEMS = 400;
/** Standard errors that a deviation may have; about a hundred comparisons are made. */
const Z = 3.5;
/** Each length has defaults of its own. */
const LENGTHS = [300, 500, 800];

const questions = (family: SuiteFamily, seed: number): Question[] =>
  Array.from(
    { length: ITEMS },
    (_, index) =>
      makeFamilyItem(family, {
        seed,
        index,
        tokens: LENGTHS[index % LENGTHS.length],
        countTokens: (text) => Math.ceil(text.length / 3),
      }).question,
  );

const score = (question: Question, answer: string): number =>
  scoreRule(
    {
      family: ruleFamilyOf(question.family),
      question: question.text,
      answers: question.answers,
      rejected: question.rejected,
      response: `</think>Therefore, the answer is ${answer}.`,
      responseLength: 1,
    },
    'strict',
  ).rule.score;

/** What stands most often in a list, the most frequent first. */
function ranked(list: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const entry of list) counts.set(entry, (counts.get(entry) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]).map(([entry]) => entry);
}

/** The question with everything particular taken out. */
const template = (text: string): string =>
  text.replace(/[A-Z]\w+(?: (?:& )?[A-Z]\w+)*/g, 'X').replace(/\d+/g, '0');

const names = (text: string): string[] => text.match(/(?<=\s)(?:The )?[A-Z]\w+(?: (?:& )?[A-Z]\w+)*/g) ?? [];
const numbers = (text: string): number[] => (text.match(/\d+/g) ?? []).map(Number);

type Strategy = (text: string) => string;

/** Runs of `length` words in an answer, articles left out as the rule leaves them out. */
const runs = (answer: string, length: number): string[] => {
  const words = answer.split(' ').filter((word) => !/^(?:the|a|an)$/i.test(word));
  return words
    .map((_, i) => words.slice(i, i + length).join(' '))
    .slice(0, Math.max(1, words.length - length + 1));
};

/** The most frequent of what `parts` makes of the answers to seen questions that share a key with this one. */
function byKey(
  seen: readonly Question[],
  key: (text: string) => string,
  parts: (answer: string) => string[] = (answer) => [answer],
): Strategy {
  const groups = new Map<string, string[]>();
  for (const { text, answers } of seen)
    groups.set(key(text), [...(groups.get(key(text)) ?? []), ...parts(answers[0])]);
  const best = new Map([...groups].map(([name, list]) => [name, ranked(list)[0]]));
  return (text) => best.get(key(text)) ?? '';
}

/** Answers to the seen questions are known; of a new one, only its text. */
function strategies(seen: readonly Question[]): Record<string, Strategy> {
  const frequent = ranked(seen.map((question) => question.answers[0]));
  const keys: Record<string, (text: string) => string> = {
    'any question': () => '',
    'this template': template,
    'this first word': (text) => text.split(' ')[0],
    'this last word': (text) => text.split(' ').at(-1) ?? '',
    'this length': (text) => String(text.length),
  };
  const learnt = Object.entries(keys).flatMap(([name, key]): [string, Strategy][] => [
    [`most frequent answer to ${name}`, byKey(seen, key)],
    ...[1, 2, 3].map((length): [string, Strategy] => [
      `most frequent run of ${length} words for ${name}`,
      byKey(seen, key, (answer) => runs(answer, length)),
    ]),
  ]);
  return {
    ...Object.fromEntries(learnt),
    'a list of the most frequent answers': () => frequent.slice(0, 8).join(' '),
    'a list of the most frequent names': () =>
      frequent
        .filter((answer) => /^[A-Z]\S+$/.test(answer))
        .slice(0, 8)
        .join(' '),
    yes: () => 'yes',
    no: () => 'no',
    unanswerable: () => 'unanswerable',
    'yes or no': () => 'yes or no',
    'the first name in the question': (text) => names(text)[0] ?? '',
    'the last name in the question': (text) => names(text).at(-1) ?? '',
    'all names in the question': (text) => names(text).join(' or '),
    'the name first in the alphabet': (text) => [...names(text)].sort()[0] ?? '',
    'the shortest name': (text) => [...names(text)].sort((a, b) => a.length - b.length)[0] ?? '',
    'the question itself': (text) => text.replace('?', ''),
    'the first number in the question': (text) => String(numbers(text)[0] ?? 0),
    'the number beside it': (text) => String((numbers(text).at(-1) ?? 0) - 1),
    'how many numbers the question has': (text) => String(numbers(text).length),
  };
}

/** For every template the strategy that did best on questions of its own, by which it was not learnt. */
function bestByTemplate(all: Record<string, Strategy>, tried: readonly Question[]): Strategy {
  const groups = new Map<string, Question[]>();
  for (const question of tried)
    groups.set(template(question.text), [...(groups.get(template(question.text)) ?? []), question]);
  const chosen = new Map<string, Strategy>();
  for (const [form, group] of groups) {
    const rates = Object.values(all).map((strategy) => ({
      strategy,
      value: group.reduce((sum, question) => sum + score(question, strategy(question.text)), 0),
    }));
    chosen.set(form, rates.reduce((best, next) => (next.value > best.value ? next : best)).strategy);
  }
  return (text) => chosen.get(template(text))?.(text) ?? '';
}

describe.each(SUITE_FAMILIES)('%s without its document', (family) => {
  let rates: { name: string; rate: number }[] = [];
  const chance = CHANCE[family];
  const error = Math.sqrt((chance * (1 - chance)) / ITEMS);

  beforeAll(() => {
    const fixed = strategies(questions(family, 100));
    const all = {
      ...fixed,
      'the best of these for the template': bestByTemplate(fixed, questions(family, 300)),
    };
    const fresh = questions(family, 200);
    rates = Object.entries(all).map(([name, answer]) => ({
      name,
      rate: fresh.reduce((sum, question) => sum + score(question, answer(question.text)), 0) / ITEMS,
    }));
  });

  it('scores at chance, whatever the strategy', () => {
    for (const { name, rate } of rates) expect(rate, name).toBeLessThanOrEqual(chance + Z * error);
  });

  it('states no more than what the best strategy reaches', () => {
    const best = Math.max(...rates.map(({ rate }) => rate));
    expect(best).toBeGreaterThan(chance - Z * error);
  });
});

describe('shares', () => {
  const share = (list: readonly Question[], answer: string) =>
    list.filter(({ answers }) => answers[0] === answer).length / list.length;

  it('of yes and no are equal, and those of the first and the second candidate', () => {
    const options = { seed: 7, tokens: 320, countTokens: (text: string) => Math.ceil(text.length / 3) };
    const many = (form: 'same' | 'compare' | 'bridge-compare') =>
      Array.from({ length: ITEMS }, (_, index) =>
        makeFamilyItem('2wiki', { ...options, index, tokens: 600 }, { form }),
      );
    const tolerance = Z * Math.sqrt(0.25 / ITEMS);
    expect(
      Math.abs(
        share(
          many('same').map((item) => item.question),
          'yes',
        ) - 0.5,
      ),
    ).toBeLessThan(tolerance);
    for (const form of ['compare', 'bridge-compare'] as const) {
      const items = many(form);
      const firstNamed = items.filter(
        ({ question: { text, answers, rejected = [] } }) =>
          text.indexOf(answers[0]) < text.indexOf(rejected[0]),
      );
      const firstInText = items.filter(
        ({ document: { text }, question: { answers, rejected = [] } }) =>
          text.indexOf(answers[0]) < text.indexOf(rejected[0]),
      );
      expect(Math.abs(firstNamed.length / ITEMS - 0.5)).toBeLessThan(tolerance);
      expect(Math.abs(firstInText.length / ITEMS - 0.5)).toBeLessThan(tolerance);
    }
  });

  it('of qasper’s yes, no and unanswerable are a third each', () => {
    const items = Array.from(
      { length: ITEMS },
      (_, index) =>
        makeFamilyItem(
          'qasper',
          { seed: 8, index, tokens: 300, countTokens: (text) => Math.ceil(text.length / 3) },
          { form: 'yes-no' },
        ).question,
    );
    const tolerance = Z * Math.sqrt(2 / 9 / ITEMS);
    for (const answer of ['yes', 'no', 'unanswerable'])
      expect(Math.abs(share(items, answer) - 1 / 3)).toBeLessThan(tolerance);
  });
});
