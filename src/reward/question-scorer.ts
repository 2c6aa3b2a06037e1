/** @file Scores answers to questions, Longview's own and given ones: maps question families onto rule scorers. */

import type { Family, Question } from '../tasks/types';
import { createScorer, type ScorerOptions } from './score';
import type { RuleFamily, Score } from './types';

/** The rule scorer that reads a family's answers: results of arithmetic are numbers, given choices letters, everything else is text. */
export function ruleFamilyOf(family: Family): RuleFamily {
  switch (family) {
    case 'cloze':
    case 'lookup':
    case 'two-hop':
    case 'frames':
    case '2wiki':
    case 'hotpot':
    case 'musique':
    case 'narrative':
    case 'qasper':
    case 'keychain':
    case 'given-text':
      return 'docqa';
    case 'sum':
    case 'docmath':
    case 'given-number':
      return 'docmath';
    case 'given-choice':
      return 'multichoice';
  }
  return family satisfies never;
}

export interface AnsweredQuestion {
  question: Question;
  /** Decoded response, reasoning included. */
  text: string;
  /** Response length in tokens. */
  length: number;
}

export interface QuestionScorer {
  /** One score an answer, in order. */
  score(answers: readonly AnsweredQuestion[]): Promise<Score[]>;
}

/** A scorer over questions; see `createScorer` for what it asks the judge and what it throws. */
export function createQuestionScorer(options: ScorerOptions): QuestionScorer {
  const scorer = createScorer(options);
  return {
    score: (answers) =>
      scorer.score(
        answers.map(({ question, text, length }) => ({
          family: ruleFamilyOf(question.family),
          question: question.text,
          answers: question.answers,
          rejected: question.rejected,
          response: text,
          responseLength: length,
        })),
      ),
  };
}
