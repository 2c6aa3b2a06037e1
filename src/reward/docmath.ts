/**
 * @file Faithful rule scorer of numeric answers: `docmath.py` of QwenLong-L1, quirks included (reference, section 4.3).
 * The comparison ignores signs and most powers of ten; `docmath-strict.ts` does not.
 */

import { type Literal, parseLiteral } from './literal';
import { pythonRstrip, pythonStrip } from './text';

/** Which copy of the original code: the training reward, or the evaluation script, whose comparison differs. */
export type DocmathVersion = 'training' | 'evaluation';

/**
 * First `the answer is` with at most one of each sign, in this order, and digits, dots and commas.
 * Python ignores case over İ, ı and ſ too, JavaScript does not: hence the written-out classes.
 */
const ANSWER = /the an[sſ]wer [iİı][sſ] (=?≈?`?%?\$?°?£?€?¥?-?[0-9.,]+)/i;

/** Numbers as the unit-dropping steps see them: `[\d,]*\.*\d+`, written so that it cannot backtrack quadratically. */
const DIGITS = '(?:[\\p{Nd},]*\\.+\\p{Nd}+|[\\p{Nd},]*\\p{Nd})';
const NUMBER_SPACE_UNIT = new RegExp(`^([-+]?${DIGITS}) [^0-9 ]+$`, 'u');
const UNIT_SPACE_NUMBER = new RegExp(`^[^0-9 ]+ ([-+]?${DIGITS})$`, 'u');
const NUMBER_SHORT_UNIT = new RegExp(`^([-+]?${DIGITS})\\P{Nd}{1,2}$`, 'u');
const SHORT_UNIT_NUMBER = new RegExp(`^[^-+\\p{Nd}]{1,2}(${DIGITS})$`, 'u');
const PLAIN_NUMBER = /^[-+]?(?:\p{Nd}{1,3}(?:,\p{Nd}{3})*|\p{Nd}+)(?:\.\p{Nd}+)?$/u;

/**
 * The number text in an answer text, without commas and trailing dots; null if none parses. May be empty or end in
 * signs only. `docmath.py:parse_model_answer`; the evaluation copy deletes parentheses first.
 */
export function parseDocmathAnswer(text: string, version: DocmathVersion = 'training'): string | null {
  let plain = text.replaceAll('*', '');
  if (version === 'evaluation') plain = plain.replaceAll('(', '').replaceAll(')', '');
  const found = ANSWER.exec(plain)?.[1];
  return found === undefined ? null : pythonRstrip(found.replaceAll(',', ''), '.');
}

function afterLast(text: string, symbol: string): string {
  return text.includes(symbol) ? pythonStrip(text.slice(text.lastIndexOf(symbol) + symbol.length)) : text;
}

/**
 * The value of a number text: units, signs and keywords are peeled off in the original order, then the rest is read as
 * a literal. Text that is no literal becomes **0**, and dropping a leading unit eats leading dots (`.25` becomes 25):
 * both are the original's behaviour. `docmath.py:normalize`.
 */
export function normalizeDocmath(prediction: string): Literal {
  let text = pythonRstrip(pythonStrip(prediction), '.');
  for (const unit of ['£', '€', '¥', 'million', 'billion', 'thousand', 'US', 'USD', 'RMB']) {
    text = text.replaceAll(unit, '');
  }
  text = afterLast(afterLast(text, '='), '≈').replace(/[`%$°]/gu, '');
  if (text === 'true' || text === 'yes') text = 'True';
  if (text === 'false' || text === 'no') text = 'False';
  if (text.includes('True')) text = 'True';
  else if (text.includes('False')) text = 'False';
  if (text.includes('approximately')) text = pythonStrip(text.replaceAll('approximately', ''));
  text = text.split(' or ')[0];
  for (const unit of [NUMBER_SPACE_UNIT, UNIT_SPACE_NUMBER, NUMBER_SHORT_UNIT, SHORT_UNIT_NUMBER]) {
    text = unit.exec(text)?.[1] ?? text;
  }
  text = text
    .replace(/10\^(-?\p{Nd}+)/gu, 'math.pow(10, $1)')
    .replaceAll(' x ', '*')
    .replaceAll(' × ', '*');
  if (PLAIN_NUMBER.test(text)) text = text.replaceAll(',', '');
  const option = /\([a-d]\)/.exec(text)?.[0];
  if (option !== undefined) text = `"${option}"`;
  return parseLiteral(text) ?? 0;
}

function withinTolerance(prediction: number, gold: number): boolean {
  const tolerance = Math.abs(gold) * 0.0015;
  return prediction >= gold - tolerance && prediction <= gold + tolerance;
}

/** The power-of-ten test: both non-zero and the difference of logarithms an exact integer in float64. */
export function isPowerOfTenApart(
  larger: number,
  smaller: number,
  version: DocmathVersion = 'training',
): boolean {
  if (larger === 0 || smaller === 0) return false;
  const difference =
    version === 'training' ? Math.log10(larger) - Math.log10(smaller) : Math.log10(larger / smaller);
  return Number.isInteger(difference);
}

/**
 * The faithful comparison of a prediction with a gold number. True if any holds for v1 = max(|g|, |p|), v2 = min:
 * a power of ten apart; 100, 1000 or 100000 times v2 within 0.15 % of v1; equal when rounded up to 3 decimals
 * (2 in the evaluation copy); |p − g| ≤ 0.15 % of |g|. Lists, strings and overflow are false; a bool counts as 0 or 1.
 * `docmath.py:compare_two_numbers`.
 */
export function compareTwoNumbers(
  prediction: Literal,
  gold: number,
  version: DocmathVersion = 'training',
): boolean {
  if (typeof prediction !== 'number' && typeof prediction !== 'boolean') return false;
  const p = Number(prediction);
  const v1 = Math.max(Math.abs(gold), Math.abs(p));
  const v2 = Math.min(Math.abs(gold), Math.abs(p));
  if (!Number.isFinite(v1)) return false;
  if (isPowerOfTenApart(v1, v2, version)) return true;
  if (v2 <= v1 / 50 && withinTolerance(v2 * 100, v1)) return true;
  if (v2 <= v1 / 500 && withinTolerance(v2 * 1000, v1)) return true;
  if (v2 <= v1 / 50000 && withinTolerance(v2 * 100000, v1)) return true;
  const scale = version === 'training' ? 1000 : 100;
  // Rounding up an infinite product raises OverflowError in Python, which the training copy turns into false.
  if (!Number.isFinite(v1 * scale)) return false;
  if (Math.ceil(v1 * scale) / scale === Math.ceil(v2 * scale) / scale) return true;
  return withinTolerance(p, gold);
}
