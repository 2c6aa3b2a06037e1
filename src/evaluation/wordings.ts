/**
 * @file What a judge is worth on questions that may be answered in other words: its verdicts beside the truth, which knows
 * every accepted wording as neither rule nor judge does.
 */
import { ruleFamilyOf } from '../reward/question-scorer';
import { scoreRule } from '../reward/score';
import type { Question } from '../tasks/types';
import type { AnswerRecord } from './records';

/** Shares of the answers. */
export interface WordingShares {
  /** Accepted by the rule: the gold wording. */
  rule: number;
  /** max(rule, judge). */
  hybrid: number;
  /** In one of the accepted wordings. */
  right: number;
  /** Accepted by rule or judge, and in none of them. */
  acceptedWrong: number;
  /** In one of them, and accepted by neither. */
  missedRight: number;
}

/** Whether an answer has one of the accepted wordings, by the strict rule. */
export function isRight(question: Question, response: string): boolean {
  const { rule } = scoreRule(
    {
      family: ruleFamilyOf(question.family),
      question: question.text,
      answers: [...question.answers, ...(question.paraphrases ?? [])],
      rejected: question.rejected,
      response,
      responseLength: 0,
    },
    'strict',
  );
  return rule.score === 1;
}

/** Shares over all answers, each question with its answers. */
export function wordingShares(
  asked: readonly {
    question: Question;
    answers: readonly Pick<AnswerRecord, 'output' | 'rule' | 'score'>[];
  }[],
): WordingShares {
  const all = asked.flatMap(({ question, answers }) =>
    answers.map(({ output, rule, score }) => ({
      byRule: rule === 1,
      accepted: score === 1,
      right: isRight(question, output),
    })),
  );
  const share = (of: (answer: (typeof all)[number]) => boolean) =>
    all.length === 0 ? 0 : all.filter(of).length / all.length;
  return {
    rule: share(({ byRule }) => byRule),
    hybrid: share(({ accepted }) => accepted),
    right: share(({ right }) => right),
    acceptedWrong: share(({ accepted, right }) => accepted && !right),
    missedRight: share(({ accepted, right }) => right && !accepted),
  };
}
