/** @file The strict rules close the holes that the tables of the reference list, and keep what was right. */
import { describe, expect, it } from 'vitest';
import { parseStrictNumber } from '../../src/reward/docmath-strict';
import { goldProblem, type ScoreRequest, scoreRule } from '../../src/reward/score';
import { firstSentence, strictTokens } from '../../src/reward/text';
import type { RuleFamily } from '../../src/reward/types';

function request(family: RuleFamily, answer: string, gold: string | string[]): ScoreRequest {
  const response = answer.includes('</think>') ? answer : `<think>x</think>${answer}`;
  return { family, question: 'q', answers: [gold].flat(), response, responseLength: 1 };
}

/** [answer text, gold, strict score, strict reason, faithful score] */
type Row = [string, string | string[], number, string, number];

function check(family: RuleFamily, rows: Row[]) {
  it.each(rows)('%j against %j scores %d, %s', (answer, gold, score, reason, faithful) => {
    expect(scoreRule(request(family, answer, gold), 'strict').rule).toMatchObject({ score, reason });
    expect(scoreRule(request(family, answer, gold), 'faithful').rule.score).toBe(faithful);
  });
}

describe('strict docqa', () => {
  check('docqa', [
    ['Therefore, the answer is Paris.', 'Paris', 1, 'match', 1],
    ['Therefore, the answer is Paris.', 'Therefore, the answer is Paris', 1, 'match', 1],
    [
      'no tag: the answer is Paris</think>the answer is Paris</think>the answer is Paris',
      'Paris',
      0,
      'several_think_close',
      1,
    ],
    ['the answer is the', 'Paris', 0, 'empty_answer', 1],
    ['the answer is …', 'Paris', 0, 'empty_answer', 0],
    ['the answer is us', 'Russia', 0, 'mismatch', 1],
    ['the answer is 2', '1923', 0, 'mismatch', 1],
    ['the answer is Oba', 'Barack Obama', 0, 'mismatch', 1],
    ['the answer is Obama', 'Barack Obama', 1, 'match', 1],
    ['the answer is the', 'the University of the West', 0, 'empty_answer', 1],
    ['the answer is University', 'University of West Bohemia in Pilsen', 0, 'mismatch', 1],
    ['the answer is the city of Paris in France', 'Paris', 1, 'match', 1],
    ['the answer is Paris or London or Rome or Oslo or Bern', 'Rome', 0, 'mismatch', 1],
    ['the answer is Paris. It is not London', 'London', 0, 'mismatch', 1],
    ['the answer is not Paris', 'Paris', 0, 'mismatch', 1],
    ['the answer is that it wasn’t Paris', 'Paris', 0, 'mismatch', 1],
    ['the answer is anything but Paris', 'Paris', 0, 'mismatch', 1],
    ['the answer is Paris or London', 'Paris', 0, 'mismatch', 1],
    ['the answer is either London or Paris', 'Paris', 0, 'mismatch', 1],
    ['the answer is Paris, not London', 'Paris', 1, 'match', 1],
    ['the answer is Do or Die', 'do or die', 1, 'match', 1],
    ['the answer is the film Not Without You', 'Not Without You', 1, 'match', 1],
    ['the answer is Paris\nLondon', 'London', 0, 'mismatch', 1],
    ['the answer is London. No, the answer is Paris', 'Paris', 1, 'several_answers', 1],
    ['the answer is Paris. Yes, the answer is **paris**', 'Paris', 1, 'match', 1],
    ['The answer is Paris', 'Paris', 1, 'match', 0],
    ['The Answer Is: Paris', 'Paris', 1, 'match', 0],
    ['the answer is O’Brien–Smith', "o'brien-smith", 1, 'match', 0],
    ['the answer is Cafe\u0301', 'Café', 1, 'match', 0],
    ['the answer is ＰＡＲＩＳ', 'Paris', 1, 'match', 0],
    ['the answer is Straße', 'STRASSE', 1, 'match', 0],
    ['the answer is no, not yes', 'yes', 0, 'mismatch', 1],
    ['the answer is yes', 'Yes', 1, 'match', 1],
    ['the answer is 35', '3.5', 0, 'mismatch', 1],
    ['the answer is 5', '-5', 0, 'mismatch', 1],
    ['the answer is 1,923', '1923', 1, 'match', 1],
    ['the answer is $\\boxed{Paris}$', 'Paris', 1, 'match', 1],
    ['the answer is J. K. Rowling. She wrote it.', 'J. K. Rowling', 1, 'match', 1],
    ['the answer is Mt. Everest.', 'Mt Everest', 1, 'match', 1],
    ['I do not know', 'Paris', 0, 'no_answer', 0],
    ['the answer is City of Light', ['Paris', 'City of Light'], 1, 'match', 1],
    ['', 'Paris', 0, 'empty_answer', 0],
  ]);

  it('takes unanswerable alone, not beside a guess', () => {
    const scored = (answer: string) =>
      scoreRule(request('docqa', `the answer is ${answer}`, 'unanswerable'), 'strict').rule;
    expect(scored('Unanswerable')).toMatchObject({ score: 1, reason: 'match' });
    expect(scored('Paris, unanswerable')).toMatchObject({ score: 0, reason: 'mismatch' });
  });

  it('refuses an answer that names a rejected candidate, and shows it to no judge', () => {
    const scored = (answer: string) =>
      scoreRule(
        { ...request('docqa', `the answer is ${answer}`, 'Anna Holt'), rejected: ['Tom Ash'] },
        'strict',
      );
    expect(scored('Anna Holt').rule).toMatchObject({ score: 1, reason: 'match' });
    expect(scored('Anna Holt, born in Ash').rule.score).toBe(1);
    for (const answer of ['Anna Holt or Tom Ash', 'Tom Ash or Anna Holt', 'Tom Ash']) {
      expect(scored(answer)).toMatchObject({
        rule: { score: 0, reason: 'rejected_candidate' },
        judgePair: null,
      });
    }
  });

  it('cuts an answer at the sentence, not at an initial', () => {
    expect(firstSentence('J. K. Rowling. She wrote')).toBe('J. K. Rowling');
    expect(firstSentence('3.5 km. Then')).toBe('3.5 km');
    expect(firstSentence('Really? No')).toBe('Really');
    expect(firstSentence('plan B.')).toBe('plan B');
  });

  it('turns dashes into spaces and keeps signs and decimal points of numbers', () => {
    expect(strictTokens('co-operate at −3.5 — a “day”')).toEqual(['co', 'operate', 'at', '-3.5', 'day']);
  });
});

describe('strict docmath', () => {
  check('docmath', [
    ['the answer is 5', '5', 1, 'match', 1],
    ['the answer is 500', '5', 0, 'mismatch', 1],
    ['the answer is -5', '5', 0, 'mismatch', 1],
    ['the answer is 0.00005', '5', 0, 'mismatch', 1],
    ['the answer is 1234', '1.2345', 0, 'mismatch', 1],
    ['the answer is 0.0001', '0.0009', 0, 'mismatch', 1],
    ['the answer is 0.0004', '0', 0, 'mismatch', 0],
    ['the answer is 12.5.3', '0', 0, 'malformed_number', 1],
    ['the answer is 08', '0', 0, 'malformed_number', 1],
    ['the answer is .25', '25', 0, 'mismatch', 1],
    ['the answer is .25', '0.25', 1, 'match', 1],
    ['the answer is 100.14', '100', 1, 'match', 1],
    ['the answer is 100.16', '100', 0, 'mismatch', 0],
    ['the answer is 6 million', '6', 0, 'mismatch', 1],
    ['the answer is $6 million', '6,000,000', 1, 'match', 1],
    ['the answer is 6M', '6000000', 1, 'match', 1],
    ['the answer is 6 bn', '6 billion', 1, 'match', 1],
    ['the answer is 12.5%', '0.125', 1, 'match', 1],
    ['the answer is 12.5%', '12.5', 0, 'mismatch', 1],
    ['the answer is  5', '5', 1, 'match', 0],
    ['the answer is: 5', '5', 1, 'match', 0],
    ['the answer is (5)', '5', 1, 'match', 0],
    ['the answer is +5', '5', 1, 'match', 0],
    ['the answer is −5', '-5', 1, 'match', 0],
    ['the answer is -$5', '-5', 1, 'match', 0],
    ['the answer is $-5', '-5', 1, 'match', 1],
    ['the answer is $ 5', '5', 1, 'match', 0],
    ['the answer is 2e4', '20000', 1, 'match', 1],
    ['the answer is 2 × 10^4', '20000', 1, 'match', 1],
    ['the answer is approximately 5', '5', 1, 'match', 0],
    ['the answer is 3. Wait, the answer is 4.', '4', 1, 'match', 0],
    ['the answer is 8-9', '8', 0, 'several_values', 1],
    ['the answer is 8 or 9', '8', 0, 'several_values', 1],
    ['the answer is not 8', '8', 0, 'mismatch', 0],
    ['the answer is 8, not more', '8', 1, 'match', 1],
    ['the answer is 1/2', '1', 0, 'several_values', 1],
    ['the answer is five', '5', 0, 'not_a_number', 0],
    ['the answer is 0x10', '0', 0, 'malformed_number', 1],
    ['the answer is 1_000', '1000', 0, 'malformed_number', 1],
    ['the answer is 12,34', '1234', 0, 'malformed_number', 1],
    ['the answer is USD 7 in Q4', '7', 1, 'match', 0],
    ['5', '5', 0, 'no_answer', 0],
  ]);

  it('keeps several values for a judge and nothing unparsable', () => {
    expect(scoreRule(request('docmath', 'the answer is 8 or 9', '8'), 'strict').judgePair).toEqual({
      prediction: '8 or 9',
      gold: '8',
    });
    expect(scoreRule(request('docmath', 'the answer is five', '5'), 'strict').judgePair).toBeNull();
  });

  it('shows a judge the whole answer, unit included', () => {
    const { judgePair } = scoreRule(request('docmath', 'the answer is 6 million.', '6'), 'strict');
    expect(judgePair?.prediction).toBe('6 million');
  });

  it('reads one number or says why not', () => {
    expect(parseStrictNumber('¥７')).toEqual({ found: true, value: 7 });
    expect(parseStrictNumber('-+3')).toEqual({ found: false, reason: 'malformed_number' });
    expect(parseStrictNumber('CO2')).toEqual({ found: false, reason: 'not_a_number' });
    expect(parseStrictNumber('1e999')).toMatchObject({ found: false });
  });
});

describe('strict multiple choice', () => {
  check('multichoice', [
    ['The correct answer is (B)', 'B', 1, 'match', 1],
    ['the correct answer is (b).', 'B', 1, 'match', 0],
    ['Therefore, the answer is (B)', 'The correct answer is (B)', 1, 'match', 0],
    ['The correct answer is Apples', 'A', 0, 'no_answer', 1],
    ['The correct answer is C. The correct answer is (B)', 'B', 0, 'several_answers', 1],
    ['The correct answer is B. So the answer is (B).', 'B', 1, 'match', 1],
    ['The correct answer is (E)', 'A', 0, 'unknown_letter', 0],
    ['the answer is a hard one', 'A', 0, 'no_answer', 0],
    ['The correct answer is (C)', 'B', 0, 'mismatch', 0],
  ]);

  it('accepts the letters that the item really has', () => {
    const wide = { ...request('multichoice', 'the answer is (E)', 'E'), letters: ['A', 'B', 'C', 'D', 'E'] };
    expect(scoreRule(wide, 'strict').rule.score).toBe(1);
  });
});

describe('golds are checked once, at import', () => {
  it.each<[RuleFamily, string, boolean, boolean]>([
    ['docqa', 'Paris', true, true],
    ['docqa', 'the', false, true],
    ['docqa', '?!', false, true],
    ['docqa', '', false, false],
    ['docmath', '12.5', true, true],
    ['docmath', 'twelve', false, false],
    ['docmath', '8 or 9', false, true],
    ['multichoice', 'B', true, true],
    ['multichoice', 'E', false, false],
  ])('%s gold %j: strict %s, faithful %s', (family, gold, strict, faithful) => {
    expect(goldProblem(family, gold, 'strict') === null).toBe(strict);
    expect(goldProblem(family, gold, 'faithful') === null).toBe(faithful);
  });
});
