/** @file What the reward breakdown lines up: the strings that the rule compares, and where they differ. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparedAnswer, differingWords } from '../../src/run/compared-answer';
import { rewardFormula } from '../../src/ui/panels/RewardBreakdown';
import { makeScore } from '../support/scored';

const word = fc.stringMatching(/^[a-d]$/);
const line = fc.array(word, { maxLength: 12 }).map((words) => words.join(' '));

describe('the words two strings differ in', () => {
  it('give each side back, and a word that both have at the same place is never marked', () => {
    fc.assert(
      fc.property(line, line, (answer, gold) => {
        const pieces = differingWords(answer, gold);
        const side = (other: 'answer' | 'gold') =>
          pieces
            .filter((piece) => piece.side !== other)
            .map(({ text }) => text)
            .join(' ');
        expect(side('gold')).toBe(answer);
        expect(side('answer')).toBe(gold);
        if (answer === gold) expect(pieces.every((piece) => piece.side === 'both')).toBe(true);
      }),
    );
  });
});

describe('an answer and its gold', () => {
  it('are compared as the strict rule folds them: case, articles and punctuation are no difference', () => {
    expect(comparedAnswer('lookup', 'strict', 'The Old  Mill!', ['old mill'])?.pieces).toEqual([
      { text: 'old mill', side: 'both' },
    ]);
    expect(comparedAnswer('lookup', 'strict', 'the old barn', ['old mill'])?.pieces).toEqual([
      { text: 'old', side: 'both' },
      { text: 'barn', side: 'answer' },
      { text: 'mill', side: 'gold' },
    ]);
  });

  it('are compared by the faithful rule’s own normal form, in which a hyphen vanishes', () => {
    expect(comparedAnswer('lookup', 'faithful', 'Co-operate', ['cooperate'])?.answer).toBe('cooperate');
    expect(comparedAnswer('lookup', 'strict', 'Co-operate', ['cooperate'])?.answer).toBe('co operate');
  });

  it('are numbers where the rule reads numbers', () => {
    const compared = comparedAnswer('sum', 'strict', '6000000', ['$ 6 million']);
    expect(compared).toMatchObject({ answer: '6000000', gold: '6000000' });
    expect(comparedAnswer('sum', 'faithful', '1,200', ['1200'])?.pieces).toEqual([
      { text: '1200', side: 'both' },
    ]);
  });

  it('take the accepted answer that is nearest, and need a parsed one', () => {
    expect(comparedAnswer('lookup', 'strict', 'Ada Byron', ['Lovelace', 'Ada King'])?.gold).toBe('ada king');
    expect(comparedAnswer('lookup', 'strict', null, ['Ada'])).toBeNull();
    expect(comparedAnswer('given-choice', 'strict', 'B', ['(C)'])?.pieces).toEqual([
      { text: 'B', side: 'answer' },
      { text: 'C', side: 'gold' },
    ]);
  });
});

describe('the formula of a reward', () => {
  const asked = { asked: true, verdict: 1, probability: 0.9, reply: 'yes', ms: 1 } as const;
  const score = { ...makeScore(0), judge: asked, base: 1, overlong: -0.42, total: 0.58 };

  it('is the maximum of rule and judge plus the overlong term, by the mode of the run', () => {
    expect(rewardFormula(score, 'max')).toBe('max(rule 0.0, judge 1) + overlong −0.42 = 0.58');
    expect(rewardFormula(score, 'judge')).toBe('judge 1 + overlong −0.42 = 0.58');
    expect(rewardFormula({ ...score, base: 0, total: -0.42 }, 'rule')).toBe(
      'rule 0.0 + overlong −0.42 = −0.42',
    );
  });

  it('says that a judge was not asked', () => {
    const silent = { ...score, judge: { asked: false, reason: 'judge not loaded' } as const, base: 0 };
    expect(rewardFormula(silent, 'max')).toContain('max(rule 0.0, judge –)');
    expect(rewardFormula(silent, 'judge')).toContain('judge – → rule 0.0');
  });
});
