/**
 * @file Strict rule scorer of numeric answers (reference, section 4.3, right column).
 *
 * The answer clause must hold exactly one well-formed number. A unit word stated beside it (`%`, thousand, million, …)
 * is a factor; nothing else rescales a number. Signs count. The tolerance is 0.15 % of the gold.
 */

import { answerClauses, isDenied, type StrictRuleResult, strictGoldText } from './docqa';
import { strictTokens } from './text';

export type StrictNumber =
  | { found: true; value: number }
  | { found: false; reason: 'not_a_number' | 'malformed_number' | 'several_values' };

/** A run of digits, points and commas that starts with a digit or a point. */
const RUN = /\.?\d[\d.,]*/gu;
/** Thousands in groups of three or no commas at all; no leading zeros; at most one point. */
const WELL_FORMED = /^(?:[1-9]\d{0,2}(?:,\d{3})+|0+|[1-9]\d*|(?=\.))(?:\.\d*)?$/u;
/** Exponent of scientific notation right after the digits: `e4`, or `× 10^4` and its spellings. */
const EXPONENT = /^(?:[eE]([+-]?\d{1,4})(?![\d.]))|^\s?[x×·]\s?10\s?\^\s?[({]?([+-]?\d{1,4})[)}]?(?![\d.])/u;
const CURRENCY = '(?:\\p{Sc}|(?:US|USD|EUR|GBP|RMB|CNY|JPY)\\s?\\p{Sc}?)';
/** What may stand before a number: a sign before or after a currency, itself after a non-word character. */
const PREFIX = new RegExp(`(?<![\\p{L}\\p{N}_.,])([-+]?)\\s?(?:${CURRENCY})?\\s?([-+]?)\\s?$`, 'u');

const FACTORS: readonly (readonly [RegExp, number])[] = [
  [/^\s?(?:%|percent\b)/iu, 0.01],
  [/^\s?(?:thousand|k)\b/iu, 1e3],
  [/^\s?(?:million|m)\b/iu, 1e6],
  [/^\s?(?:billion|bn)\b/iu, 1e9],
];

/** Reads one run of digits with what stands before and after it; null if it is malformed. */
function readRun(before: string, run: string, after: string): { value: number; length: number } | null {
  if (!WELL_FORMED.test(run)) return null;
  const digits = run.replaceAll(',', '');
  let rest = after;
  let power = '';
  const exponent = EXPONENT.exec(rest);
  if (exponent !== null) {
    power = `e${exponent[1] ?? exponent[2]}`;
    rest = rest.slice(exponent[0].length);
  }
  const signs = PREFIX.exec(before);
  if (signs !== null && signs[1] !== '' && signs[2] !== '') return null;
  const isNegative = signs !== null && (signs[1] === '-' || signs[2] === '-');
  // `0x10`, `1_000` and `3D4`: digits grown together with a word are no number.
  if (/^\p{L}*[\d_]|^_/u.test(rest)) return null;
  const factor = FACTORS.find(([unit]) => unit.test(rest))?.[1] ?? 1;
  const value = Number(digits + power) * factor * (isNegative ? -1 : 1);
  return Number.isFinite(value) ? { value, length: exponent === null ? 0 : exponent[0].length } : null;
}

/** Whether the digits at the end of `before` are part of a word, such as `Q4` or `CO2`; a currency code is not. */
function isInsideWord(before: string): boolean {
  return /[\p{L}_]$/u.test(before) && !/(?<!\p{L})(?:US|USD|EUR|GBP|RMB|CNY|JPY)$/u.test(before);
}

/**
 * The one number in an answer clause, with its stated unit folded in: `$ 6 million` is 6e6, `(12.5%)` is 0.125.
 * U+2212 and full-width characters read as their ASCII forms.
 */
export function parseStrictNumber(clause: string): StrictNumber {
  const text = clause.normalize('NFKC').replace(/[\u2212\u2010-\u2012]/gu, '-');
  const values: number[] = [];
  let malformed = false;
  let consumedUntil = 0;
  for (const match of text.matchAll(RUN)) {
    // A sign and a currency fit into these characters; a longer look back would cost quadratic time.
    const before = text.slice(Math.max(0, match.index - 24), match.index);
    if (match.index < consumedUntil || isInsideWord(before)) continue;
    const run = match[0].replace(/[.,]+$/u, '');
    const end = match.index + run.length;
    const read = readRun(before, run, text.slice(end));
    if (read === null) malformed = true;
    else {
      values.push(read.value);
      consumedUntil = end + read.length;
    }
  }
  if (malformed) return { found: false, reason: 'malformed_number' };
  if (values.length === 0) return { found: false, reason: 'not_a_number' };
  return values.length > 1 ? { found: false, reason: 'several_values' } : { found: true, value: values[0] };
}

/** |p − g| ≤ 0.15 % of |g|; so 0 equals only 0 and a sign never flips. */
export function numbersMatch(prediction: number, gold: number): boolean {
  return Math.abs(prediction - gold) <= 0.0015 * Math.abs(gold);
}

/**
 * Strict numeric rule on an answer text. The last marker wins; a number that is denied (`not 8`) matches nothing.
 * Reasons: `match`, `mismatch`, `no_answer`, `not_a_number`, `malformed_number` (nothing is parsed),
 * `several_values` (scores 0 but a judge may still be asked), `gold_not_a_number`. Never throws.
 */
export function scoreDocmathStrict(text: string, golds: readonly string[]): StrictRuleResult {
  const none = { score: 0, parsed: null, clause: null };
  const clause = answerClauses(text).pop();
  if (clause === undefined) return { ...none, reason: 'no_answer' };
  const prediction = parseStrictNumber(clause);
  if (!prediction.found) {
    if (prediction.reason !== 'several_values') return { ...none, reason: prediction.reason };
    return { score: 0, parsed: clause, clause, reason: prediction.reason };
  }
  const goldValues = golds.map((gold) => parseStrictNumber(strictGoldText(gold)));
  const usable = goldValues.filter((gold) => gold.found);
  const parsed = String(prediction.value);
  if (usable.length === 0) return { score: 0, parsed, clause, reason: 'gold_not_a_number' };
  const denied = isDenied(strictTokens(clause.slice(0, clause.search(/\p{N}/u))));
  const matched = !denied && usable.some((gold) => numbersMatch(prediction.value, gold.value));
  return { score: matched ? 1 : 0, parsed, clause, reason: matched ? 'match' : 'mismatch' };
}
