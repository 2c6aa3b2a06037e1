/**
 * @file Rule scorer of multiple-choice answers: letter equality, and no judge in either mode (reference, section 4.4).
 * Faithful: `long.py` of QwenLong-L1.
 */

import type { RuleResult } from './types';

export const DEFAULT_LETTERS: readonly string[] = ['A', 'B', 'C', 'D'];

/**
 * The faithful letter: the first parenthesised one after the exact marker, else the first bare one. Case-sensitive and
 * without a word end, so `The correct answer is Apples` reads as A. Null if none. `long.py:parse_model_answer`.
 */
export function parseChoice(text: string): string | null {
  const plain = text.replaceAll('*', '');
  const found =
    /The correct answer is \(([A-D])\)/.exec(plain) ?? /The correct answer is ([A-D])/.exec(plain);
  return found?.[1] ?? null;
}

/** A letter in parentheses in any case, or a bare capital; a lower-case bare `a` would be the article. */
const CHOICE = /^(?:\(\s*([A-Za-z])\s*\)|([A-Z])(?![\p{L}\p{N}_'’]))/u;

/** Every letter that a text asserts as the answer, upper case, in order. */
export function assertedLetters(text: string): string[] {
  const letters: string[] = [];
  const plain = text.replaceAll('*', '');
  for (const marker of plain.matchAll(/\bthe\s+(?:correct\s+)?answer\s+is\b[\s:]*/giu)) {
    const found = CHOICE.exec(plain.slice(marker.index + marker[0].length));
    const letter = found?.[1] ?? found?.[2];
    if (letter !== undefined) letters.push(letter.toUpperCase());
  }
  return letters;
}

/** The letter of a gold: a bare `B` or `(B)`, or a sentence that asserts one letter. Null if unusable. */
export function goldLetter(gold: string, letters: readonly string[]): string | null {
  const bare = /^\s*\(?([A-Za-z])\)?\.?\s*$/u.exec(gold)?.[1].toUpperCase();
  const asserted = bare === undefined ? [...new Set(assertedLetters(gold))] : [bare];
  return asserted.length === 1 && letters.includes(asserted[0]) ? asserted[0] : null;
}

/**
 * Strict rule on an answer text. Reasons: `match`, `mismatch`, `no_answer`, `unknown_letter` (not offered by the item),
 * `several_answers` (two different letters, score 0), `gold_not_a_letter`. Never throws.
 */
export function scoreChoiceStrict(
  text: string,
  golds: readonly string[],
  letters: readonly string[] = DEFAULT_LETTERS,
): RuleResult {
  const asserted = [...new Set(assertedLetters(text))];
  if (asserted.length === 0) return { score: 0, parsed: null, reason: 'no_answer' };
  if (asserted.length > 1) return { score: 0, parsed: asserted.join(' '), reason: 'several_answers' };
  const [letter] = asserted;
  if (!letters.includes(letter)) return { score: 0, parsed: letter, reason: 'unknown_letter' };
  const goldLetters = golds.map((gold) => goldLetter(gold, letters)).filter((gold) => gold !== null);
  if (goldLetters.length === 0) return { score: 0, parsed: letter, reason: 'gold_not_a_letter' };
  const matched = goldLetters.includes(letter);
  return { score: matched ? 1 : 0, parsed: letter, reason: matched ? 'match' : 'mismatch' };
}
