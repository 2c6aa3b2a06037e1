/**
 * @file Rule scorer of free-text answers (MuSiQue, MultiHopRAG and Longview's text families).
 *
 * Words: the *marker* is `the answer is`; the *answer* is what follows it; *gold* is the accepted answer.
 * Faithful: `docqa.py` of QwenLong-L1. Strict: the same idea on whole tokens (reference, section 4.2).
 */

import { CHAT_TOKENS, firstSentence, normalizeAnswer, pythonSplit, pythonStrip, strictTokens } from './text';
import type { RuleResult } from './types';

const MARKER = 'the answer is';

/**
 * The answer in a faithful answer text: after the last lower-case marker, without `*`, chat tokens and outer dots.
 * Null without a marker; may be empty. `docqa.py:parse_model_answer`.
 */
export function parseDocqaAnswer(text: string): string | null {
  const plain = text.replaceAll('*', '');
  const at = plain.lastIndexOf(MARKER);
  if (at < 0) return null;
  let answer = pythonStrip(plain.slice(at + MARKER.length));
  for (const token of CHAT_TOKENS) answer = answer.replaceAll(token, '');
  return pythonStrip(pythonStrip(pythonStrip(answer), '.'));
}

/** Substring match in either direction after normalisation: the faithful rule. Empty text is contained in any. */
export function substringMatch(prediction: string, gold: string): boolean {
  const p = normalizeAnswer(prediction);
  const g = normalizeAnswer(gold);
  return p.includes(g) || g.includes(p);
}

export interface TokenF1 {
  f1: number;
  precision: number;
  recall: number;
}

/** SQuAD token F1; a yes, no or noanswer that differs from the other side gives 0. A metric, not part of the reward. */
export function tokenF1(prediction: string, gold: string): TokenF1 {
  const zero = { f1: 0, precision: 0, recall: 0 };
  const p = normalizeAnswer(prediction);
  const g = normalizeAnswer(gold);
  const closed = ['yes', 'no', 'noanswer'];
  if (p !== g && (closed.includes(p) || closed.includes(g))) return zero;
  const predicted = pythonSplit(p);
  const expected = pythonSplit(g);
  const remaining = new Map<string, number>();
  for (const token of expected) remaining.set(token, (remaining.get(token) ?? 0) + 1);
  let common = 0;
  for (const token of predicted) {
    const left = remaining.get(token) ?? 0;
    if (left > 0) common++;
    remaining.set(token, left - 1);
  }
  if (common === 0) return zero;
  const precision = common / predicted.length;
  const recall = common / expected.length;
  return { f1: (2 * precision * recall) / (precision + recall), precision, recall };
}

/** Strict outcome: the rule result and the answer clause a judge is shown (null: nothing to judge). */
export interface StrictRuleResult extends RuleResult {
  clause: string | null;
}

/** The answer clauses of a text, one for each marker: marker in any case, colon optional, up to the sentence end. */
export function answerClauses(text: string): string[] {
  const markers = [...text.matchAll(/\bthe\s+answer\s+is\b[\s:]*/giu)];
  return markers.map((marker, index) =>
    firstSentence(text.slice(marker.index + marker[0].length, markers[index + 1]?.index)),
  );
}

/** The gold answer in a bare answer (kept whole) or in a sentence with a marker (its last clause). */
export function strictGoldText(gold: string): string {
  const clauses = answerClauses(gold.replaceAll('*', ''));
  return clauses.length > 0 ? clauses[clauses.length - 1] : pythonStrip(gold);
}

/** Where a run first stands in a list; −1 where it does not. */
function runAt(whole: readonly string[], part: readonly string[]): number {
  for (let start = 0; start + part.length <= whole.length; start++) {
    if (part.every((token, index) => whole[start + index] === token)) return start;
  }
  return -1;
}

const containsRun = (whole: readonly string[], part: readonly string[]): boolean => runAt(whole, part) >= 0;

/** Words that deny what follows them, and such that offer it beside something else. */
const DENIALS = new Set(
  'not no never neither nor cannot isnt wasnt arent werent doesnt didnt except but without instead than'.split(
    ' ',
  ),
);
const OFFERS = new Set(['or', 'nor', 'either']);

/** Whether these tokens deny what follows them. */
export const isDenied = (before: readonly string[]): boolean => before.some((token) => DENIALS.has(token));

/** Whether a prediction says gold and nothing that takes it back: no denial before it, no choice around it. */
function asserts(prediction: readonly string[], gold: readonly string[]): boolean {
  const start = runAt(prediction, gold);
  if (start < 0) return false;
  const before = prediction.slice(0, start);
  const around = [...before, ...prediction.slice(start + gold.length)];
  return !isDenied(before) && !around.some((token) => OFFERS.has(token));
}

/** Golds beside which nothing else may be said, or every answer would add them. */
const CLOSED_GOLDS = new Set(['yes', 'no', 'unanswerable']);

/**
 * Strict match of two token lists. True if equal; if gold is a run inside a prediction of at most 3·|gold| + 5 tokens
 * that neither denies it (`not GOLD`) nor offers another beside it (`GOLD or X`); or if the prediction is a run inside gold
 * that covers at least half of it. Closed and pure-number golds need equality. An empty side never matches.
 */
export function tokensMatch(prediction: readonly string[], gold: readonly string[]): boolean {
  if (prediction.length === 0 || gold.length === 0) return false;
  if (prediction.length === gold.length && containsRun(prediction, gold)) return true;
  const isClosed = gold.length === 1 && CLOSED_GOLDS.has(gold[0]);
  if (isClosed || gold.every((token) => /^-?\d+(?:\.\d+)*$/u.test(token))) return false;
  if (prediction.length <= 3 * gold.length + 5 && asserts(prediction, gold)) return true;
  return 2 * prediction.length >= gold.length && containsRun(gold, prediction);
}

/**
 * Strict rule on an answer text (already cut after its only `</think>`).
 * @param rejected wrong candidates within reach: `A or B` is no answer to `Which is older, A or B?`.
 * Reasons: `match`, `mismatch`, `several_answers` (markers disagree; the last one was scored), `rejected_candidate`
 * (names one of them; not judged either), `no_answer`, `empty_answer`, `empty_gold`. Never throws.
 */
export function scoreDocqaStrict(
  text: string,
  golds: readonly string[],
  rejected: readonly string[] = [],
): StrictRuleResult {
  const clauses = answerClauses(text);
  const none = { score: 0, parsed: null, clause: null };
  if (clauses.length === 0) return { ...none, reason: 'no_answer' };
  const tokenLists = clauses.map(strictTokens);
  const clause = clauses[clauses.length - 1];
  const tokens = tokenLists[tokenLists.length - 1];
  if (tokens.length === 0) return { ...none, reason: 'empty_answer' };
  const goldTokens = golds
    .map((gold) => strictTokens(strictGoldText(gold)))
    .filter((gold) => gold.length > 0);
  if (goldTokens.length === 0) return { ...none, reason: 'empty_gold' };
  const rejectedTokens = rejected.map(strictTokens).filter((candidate) => candidate.length > 0);
  if (rejectedTokens.some((candidate) => containsRun(tokens, candidate)))
    return { ...none, parsed: clause, reason: 'rejected_candidate' };
  const matched = goldTokens.some((gold) => tokensMatch(tokens, gold));
  const agrees = tokenLists.every((other) => other.join(' ') === tokens.join(' '));
  const reason = agrees ? (matched ? 'match' : 'mismatch') : 'several_answers';
  return { score: matched ? 1 : 0, parsed: clause, clause, reason };
}
