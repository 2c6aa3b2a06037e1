/** @file The truth beside rule and judge: accepted wordings, wrongly accepted ones, missed ones. */
import { describe, expect, it } from 'vitest';
import { isRight, wordingShares } from '../../src/evaluation/wordings';
import { makeFamilyItem } from '../../src/tasks/families';

const said = (answer: string) => ` He did.</think> Therefore, the answer is ${answer}.`;
const questions = Array.from(
  { length: 40 },
  (_, index) =>
    makeFamilyItem('narrative', { seed: 3, index, tokens: 512, countTokens: (text) => text.length / 4 })
      .question,
);

describe('isRight', () => {
  it('takes every accepted wording of a story, and no other story’s', () => {
    for (const [i, question] of questions.entries()) {
      for (const answer of [...question.answers, ...(question.paraphrases ?? [])])
        expect(isRight(question, said(answer))).toBe(true);
      const other = questions.find(({ answers }, j) => j !== i && answers[0] !== question.answers[0]);
      expect(isRight(question, said(other?.answers[0] ?? ''))).toBe(false);
    }
  });

  it('takes no half of an answer and nothing without an answer', () => {
    const [question] = questions;
    expect(isRight(question, said(question.answers[0].split(' ')[0]))).toBe(false);
    expect(isRight(question, ` ${question.answers[0]}`)).toBe(false);
  });
});

describe('wordingShares', () => {
  it('tells what was accepted and wrong, and what was right and missed', () => {
    const [question] = questions;
    const [gold] = question.answers;
    const [told] = question.paraphrases ?? [];
    const shares = wordingShares([
      {
        question,
        answers: [
          { output: said(gold), rule: 1, score: 1 },
          { output: said(told), rule: 0, score: 1 },
          { output: said(told), rule: 0, score: 0 },
          { output: said('the moon'), rule: 0, score: 1 },
          { output: said('the moon'), rule: 0, score: 0 },
        ],
      },
    ]);
    expect(shares).toEqual({ rule: 0.2, hybrid: 0.6, right: 0.6, acceptedWrong: 0.2, missedRight: 0.2 });
  });

  it('is 0 of nothing', () => {
    expect(wordingShares([]).right).toBe(0);
  });
});
