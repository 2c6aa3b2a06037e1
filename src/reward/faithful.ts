/**
 * @file The common path of the released scorers (reference, section 4.1): cut the reasoning off, parse the answer,
 * parse the gold *with the same function*, compare, and ask the judge only where the rule gives less than 1.
 *
 * A gold is therefore a whole sentence, `Therefore, the answer is X`. A bare one raises AttributeError in docqa and
 * docmath, and scores 0 in multiple choice.
 */

import { compareTwoNumbers, normalizeDocmath, parseDocmathAnswer } from './docmath';
import { parseDocqaAnswer, substringMatch } from './docqa';
import { parseChoice } from './multichoice';
import { isPythonError, type PythonError, pythonError } from './python-error';
import { textAfterLastThink } from './text';
import type { RuleFamily, RuleResult } from './types';

/** A faithful rule result with what the judge would be shown. */
export interface FaithfulRuleResult extends RuleResult {
  /** The whole text after `</think>`: the original's `pred`. Null without the tag. */
  answerText: string | null;
  /** Parsed gold; null where the path ended before it. */
  parsedGold: string | null;
}

/** What `compute_score` returns. */
export interface ComputedScore {
  score: number;
  /** score == 1. */
  acc: boolean;
  pred: string | null;
}

/** Asks the original's judge; 0 or 1, or the exception that escapes. */
export type FaithfulJudge = (prediction: string, gold: string) => Promise<number | PythonError>;

/** Wraps a bare gold in the sentence that the faithful parsers expect; a gold that already parses stays. */
export function goldSentence(family: RuleFamily, gold: string): string {
  switch (family) {
    case 'docqa':
      return parseDocqaAnswer(gold) === null ? `Therefore, the answer is ${gold}` : gold;
    case 'docmath':
      return parseDocmathAnswer(gold) === null ? `Therefore, the answer is ${gold}` : gold;
    case 'multichoice':
      return parseChoice(gold) === null ? `The correct answer is (${gold})` : gold;
  }
  return family satisfies never;
}

function parseAnswer(family: RuleFamily, text: string): string | null {
  switch (family) {
    case 'docqa':
      return parseDocqaAnswer(text);
    case 'docmath':
      return parseDocmathAnswer(text);
    case 'multichoice':
      return parseChoice(text);
  }
  return family satisfies never;
}

function matches(family: RuleFamily, prediction: string, gold: string): boolean | PythonError {
  switch (family) {
    case 'docqa':
      return substringMatch(prediction, gold);
    case 'docmath': {
      const value = normalizeDocmath(gold);
      // Unreachable through the parser, whose output is a number or 0; the original would fail in abs().
      if (typeof value !== 'number') return pythonError('TypeError', 'bad operand type for abs()');
      return compareTwoNumbers(normalizeDocmath(prediction), value);
    }
    case 'multichoice':
      return prediction === gold;
  }
  return family satisfies never;
}

/**
 * The rule score of a response against a gold sentence, or the Python exception that would escape.
 * Reasons: `match`, `mismatch`, `no_think_close`, `empty_answer`, `no_answer`, `gold_not_parsed` (multiple choice).
 */
export function faithfulRule(
  family: RuleFamily,
  response: string,
  gold: string,
): FaithfulRuleResult | PythonError {
  const answerText = textAfterLastThink(response);
  const zero = { score: 0, parsed: null, parsedGold: null, answerText };
  if (answerText === null) return { ...zero, reason: 'no_think_close' };
  if (answerText === '') return { ...zero, reason: 'empty_answer' };
  const parsed = parseAnswer(family, answerText);
  if (parsed === null) return { ...zero, reason: 'no_answer' };
  if (parsed === '') return { ...zero, reason: 'empty_answer' };
  const parsedGold = parseAnswer(family, gold);
  if (parsedGold === null) {
    if (family === 'multichoice') return { ...zero, parsed, reason: 'gold_not_parsed' };
    const method = family === 'docqa' ? 'lower' : 'strip';
    return pythonError('AttributeError', `'NoneType' object has no attribute '${method}'`);
  }
  const matched = matches(family, parsed, parsedGold);
  if (isPythonError(matched)) return matched;
  return { score: matched ? 1 : 0, parsed, parsedGold, answerText, reason: matched ? 'match' : 'mismatch' };
}

/**
 * The original's `compute_score`: rule, or max(rule, judge) where a judge is given, the rule gives less than 1 and an
 * answer was parsed. Multiple choice never asks. Exceptions come back as values.
 */
export async function computeScore(
  family: RuleFamily,
  response: string,
  gold: string,
  judge: FaithfulJudge | null,
): Promise<ComputedScore | PythonError> {
  const rule = faithfulRule(family, response, gold);
  if (isPythonError(rule)) return rule;
  let { score } = rule;
  const mayAsk = judge !== null && family !== 'multichoice' && score < 1;
  if (mayAsk && rule.parsed !== null && rule.parsedGold !== null) {
    const verdict = await judge(rule.parsed, rule.parsedGold);
    if (isPythonError(verdict)) return verdict;
    score = Math.max(score, verdict);
  }
  return { score, acc: score === 1, pred: rule.answerText };
}
