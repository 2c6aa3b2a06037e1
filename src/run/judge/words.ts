/**
 * @file A text as the embedded judge reads it: words, numbers, initials and signs in one spelling each. What is written
 * differently and means the same by a rule of writing is made equal here: accents, case, numbers in words, large numbers
 * with their scale, ordinals, dates by hyphens, times of day, contractions, abbreviated months and units.
 */
import { isNumeral, readNumber } from './numerals';

export interface JudgeWord {
  /** As written, without accents. */
  text: string;
  kind: 'word' | 'number' | 'letter' | 'sign';
  /** Words with one key are the same word. */
  key: string;
}

/** Characters of a text that are read. */
const maxCharacters = 600;

const MONTHS =
  'january jan|february feb|march mar|april apr|may|june jun|july jul|august aug|september sep sept|october oct|november nov|december dec';

/** Spellings of one word; the first is its key. */
const SPELLINGS =
  `${MONTHS}|kilometre km kilometres kilometer kilometers|metre m metres meter meters|centimetre cm centimetres centimeter centimeters|` +
  'millimetre mm millimetres millimeter millimeters|mile mi miles|foot ft feet|inch inches|kilogram kg kilograms kilo kilos|' +
  'gram g grams|pound lb lbs pounds|ton t tons tonne tonnes|hour h hours hr hrs|minute min minutes mins|second s seconds sec secs|' +
  'day days|week weeks|month months|year years yr yrs|litre l litres liter liters|millilitre ml millilitres milliliter milliliters|' +
  'dollar $ dollars usd|euro € euros eur|sterling £ gbp|yen ¥|percent %|degree ° degrees|and &|not cannot';

const spelling: ReadonlyMap<string, string> = new Map(
  SPELLINGS.split('|').flatMap((line) => {
    const forms = line.split(' ');
    return forms.map((form) => [form, forms[0]] as const);
  }),
);
const monthNames = MONTHS.split('|').map((line) => line.split(' ')[0]);

/** Initials with points, a possessive, a word, a number with its points and commas, or one sign. */
const pieces =
  /((?:\p{L}\.){2,}\p{L}?(?!\p{L})|\p{Lu}\.(?!\p{L}))|('s(?!\p{L}))|(\p{L}+)|(\p{N}+(?:[.,:]\p{N}+)*)(?:st|nd|rd|th)?|([^\s\p{L}\p{N}])/gu;

/** Signs that say something of an answer; others are not read. */
const signs = new Set(',;:/?()-+');

/** The words of a text, numbers joined. */
export function judgeWords(text: string): JudgeWord[] {
  const plain = text
    .slice(0, maxCharacters)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[‘’]/gu, "'")
    .replace(/[\p{Pd}−]/gu, '-')
    .replace(/\b(\d{4})-(\d\d)-(\d\d)\b/g, (date, year, month, day) =>
      monthNames[month - 1] === undefined ? date : `${day} ${monthNames[month - 1]} ${year}`,
    )
    .replace(/\b(\d{1,2})(?:[:.](\d\d))?\s*([ap])\.?\s?m\b\.?/giu, (_, hour, minute = '00', half) => {
      const hours = (hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
      return `${hours}:${minute}`;
    })
    .replace(/\b(ca|wo)?n't\b|n't\b/giu, ' not');
  const words: JudgeWord[] = [];
  for (const [piece, initials, possessive, word, number] of plain.matchAll(pieces)) {
    if (initials !== undefined) {
      const letters = initials.replaceAll('.', '');
      words.push(asWord(letters, letters.length === 1 ? 'letter' : 'word'));
    } else if (possessive !== undefined) words.push({ text: piece, kind: 'sign', key: piece });
    else if (number !== undefined) words.push({ text: piece, kind: 'number', key: numberKey(number) });
    else if (word !== undefined) words.push(asWord(piece, /^[B-HJ-Z]$/.test(piece) ? 'letter' : 'word'));
    else if (spelling.has(piece)) words.push(asWord(piece, 'word'));
    else if (signs.has(piece)) words.push({ text: piece, kind: 'sign', key: piece });
  }
  return joinNumbers(words);
}

/** Units of one letter are read as such behind a number only. */
function asWord(text: string, kind: 'word' | 'letter'): JudgeWord {
  const lower = text.toLowerCase();
  const key = kind === 'letter' || /^\p{L}$/u.test(text) ? lower : (spelling.get(lower) ?? lower);
  return { text, kind, key };
}

function numberKey(written: string): string {
  const value = Number(written.replaceAll(',', ''));
  return Number.isFinite(value) ? String(value) : written;
}

/** Numbers of several words become one; a letter behind a number becomes its unit. */
function joinNumbers(words: readonly JudgeWord[]): JudgeWord[] {
  const joined: JudgeWord[] = [];
  for (let at = 0; at < words.length; ) {
    const number = isNumeral(words[at]) ? readNumber(words, at) : null;
    if (number) {
      joined.push({ text: words[at].text, kind: 'number', key: String(number.value) });
      at = number.end;
    } else {
      const word = words[at++];
      const unit = joined.at(-1)?.kind === 'number' && /^\p{Ll}$/u.test(word.text) && spelling.get(word.text);
      joined.push(unit ? { ...word, key: unit } : word);
    }
  }
  return joined;
}
