/** @file Numbers written in words, in digits with a scale, or in both: `two hundred and ninety`, `1.5 million`, `twenty-first`. */
import type { JudgeWord } from './words';

const words = (list: string, first: number, step: number): [string, number][] =>
  list.split(' ').map((word, i) => [word, first + i * step]);

/** Numbers below twenty, then tens. */
const SMALL: ReadonlyMap<string, number> = new Map([
  ...words(
    'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen',
    0,
    1,
  ),
  ...words('twenty thirty forty fifty sixty seventy eighty ninety', 20, 10),
]);

const ORDINALS: ReadonlyMap<string, number> = new Map([
  ...words(
    'first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth',
    1,
    1,
  ),
  ...words('twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth', 20, 10),
]);

const SCALES: ReadonlyMap<string, number> = new Map([
  ['thousand', 1e3],
  ['million', 1e6],
  ['billion', 1e9],
  ['trillion', 1e12],
]);
/** Behind digits only. */
const SHORT_SCALES: ReadonlyMap<string, number> = new Map([
  ['k', 1e3],
  ['mn', 1e6],
  ['bn', 1e9],
]);

const small = ({ text }: JudgeWord): number | undefined => SMALL.get(text.toLowerCase());
const ordinal = ({ text }: JudgeWord): number | undefined => ORDINALS.get(text.toLowerCase());

/** Whether a number may begin with this word. */
export const isNumeral = (word: JudgeWord): boolean =>
  (word.kind === 'number' && Number.isFinite(Number(word.key))) ||
  (word.kind === 'word' && (small(word) ?? ordinal(word)) !== undefined) ||
  /^an?$/i.test(word.text);

/**
 * The longest number that begins at a word: its value and the word after it. Null where there is none (an article before
 * no scale).
 */
export function readNumber(all: readonly JudgeWord[], start: number): { value: number; end: number } | null {
  const digits = all[start].kind === 'number';
  let total = 0;
  let group: number | null = digits ? Number(all[start].key) : null;
  let lastScale = Number.POSITIVE_INFINITY;
  let at = start;
  let end = start;
  if (digits) end = ++at;
  else if (/^an?$/i.test(all[start].text)) {
    group = 1;
    at++;
    const next = all[at]?.key ?? '';
    if (next !== 'hundred' && !SCALES.has(next)) return null;
  }
  while (at < all.length) {
    const word = all[at];
    const key = word.text.toLowerCase();
    const value = digits && end === start + 1 ? undefined : (small(word) ?? ordinal(word));
    const scale = SCALES.get(key) ?? (digits && end === start + 1 ? SHORT_SCALES.get(key) : undefined);
    if (value !== undefined && fits(value, group)) {
      group = (group ?? 0) + value;
      end = ++at;
      if (ordinal(word) !== undefined) break;
    } else if (key === 'hundred' && group !== null && group > 0 && group < 100) {
      group *= 100;
      end = ++at;
    } else if (scale !== undefined && scale < lastScale && group !== null) {
      total += group * scale;
      group = null;
      lastScale = scale;
      end = ++at;
    } else if (isJoint(all, at, end)) at++;
    else break;
  }
  const value = total + (group ?? 0);
  return end === start ? null : { value: Number(value.toPrecision(15)), end };
}

/** Ones follow tens or hundreds, tens follow hundreds. */
function fits(value: number, group: number | null): boolean {
  if (group === null) return true;
  const last = group % 100;
  return last === 0 ? group > 0 && value > 0 : last >= 20 && last % 10 === 0 && value > 0 && value < 10;
}

/** A hyphen between tens and ones, an `and` behind hundreds and thousands. */
function isJoint(all: readonly JudgeWord[], at: number, end: number): boolean {
  const next = all[at + 1];
  if (at !== end || at === 0 || next === undefined || (small(next) ?? ordinal(next)) === undefined)
    return false;
  const before = all[at - 1].text.toLowerCase();
  if (all[at].text === '-') return /ty$/.test(before) || before === 'hundred';
  return all[at].key === 'and' && (before === 'hundred' || SCALES.has(before));
}
