/**
 * @file Text helpers of the reward room, in two vocabularies.
 *
 * The *Python* helpers behave like the `str` methods that the released scorers call: their white space contains
 * U+001C–U+001F and U+0085 and not U+FEFF, which is where JavaScript's `trim` and `\s` differ.
 * The *strict* helpers fold what a reader would call the same text: case, width, accents written in two ways,
 * typographic quotes and dashes.
 */

/** Characters for which Python's `str.isspace` holds, as the inside of a character class. */
const PYTHON_SPACE = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const PYTHON_SPACES = new RegExp(`[${PYTHON_SPACE}]+`, 'u');
const PYTHON_SPACE_ONE = new RegExp(`^[${PYTHON_SPACE}]$`, 'u');

/** The 32 characters of Python's `string.punctuation`. */
const ASCII_PUNCTUATION = /[!-/:-@[-`{-~]/g;

/** Python's `\b(a|an|the)\b`: its word characters are Unicode letters, numbers and the underscore. */
const PYTHON_ARTICLES = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu;

export const THINK_CLOSE = '</think>';

/** Tokens of the R1-Distill chat template that the docqa parser deletes. */
export const CHAT_TOKENS = ['<｜Assistant｜>', '<｜end▁of▁sentence｜>'];

function stripEnds(
  text: string,
  drops: (character: string) => boolean,
  left: boolean,
  right: boolean,
): string {
  let start = 0;
  let end = text.length;
  if (left) while (start < end && drops(text[start])) start++;
  if (right) while (end > start && drops(text[end - 1])) end--;
  return text.slice(start, end);
}

/** Python `text.strip()`, or `text.strip(characters)` for a set of single UTF-16 characters. */
export function pythonStrip(text: string, characters?: string): string {
  const drops =
    characters === undefined
      ? (c: string) => PYTHON_SPACE_ONE.test(c)
      : (c: string) => characters.includes(c);
  return stripEnds(text, drops, true, true);
}

/** Python `text.rstrip(characters)`. */
export function pythonRstrip(text: string, characters: string): string {
  return stripEnds(text, (c) => characters.includes(c), false, true);
}

/** Python `text.split()`: the runs between white space, none of them empty. */
export function pythonSplit(text: string): string[] {
  return text.split(PYTHON_SPACES).filter((part) => part !== '');
}

/**
 * The SQuAD normalisation of `docqa.py:normalize_answer`: lower case, drop ASCII punctuation (it vanishes, so
 * `co-operate` becomes `cooperate`), replace the words a, an, the by a space, collapse white space.
 * Accents and typographic quotes stay.
 */
export function normalizeAnswer(text: string): string {
  const words = text.toLowerCase().replace(ASCII_PUNCTUATION, '').replace(PYTHON_ARTICLES, ' ');
  return pythonSplit(words).join(' ');
}

/**
 * Answer text of a response as the released code cuts it (`extract_solution`): what follows the last `</think>`,
 * stripped; null where the tag is missing.
 */
export function textAfterLastThink(response: string): string | null {
  const at = response.lastIndexOf(THINK_CLOSE);
  return at < 0 ? null : pythonStrip(response.slice(at + THINK_CLOSE.length));
}

export type StrictAnswerText =
  | { found: true; text: string }
  | { found: false; reason: 'no_think_close' | 'several_think_close' | 'empty_answer' };

/** Strict answer text: exactly one `</think>`, chat tokens and `*` removed, not empty. */
export function strictAnswerText(response: string): StrictAnswerText {
  const parts = response.split(THINK_CLOSE);
  if (parts.length === 1) return { found: false, reason: 'no_think_close' };
  if (parts.length > 2) return { found: false, reason: 'several_think_close' };
  const text = withoutMarkup(parts[1]);
  return text === '' ? { found: false, reason: 'empty_answer' } : { found: true, text };
}

/** Deletes `*` and chat tokens, then strips. */
export function withoutMarkup(text: string): string {
  let plain = text.replaceAll('*', '');
  for (const token of CHAT_TOKENS) plain = plain.replaceAll(token, '');
  return pythonStrip(plain);
}

/** Words after which a full stop usually does not end the sentence. */
const ABBREVIATIONS = new Set(
  'mr mrs ms dr prof st sr jr rev hon gen col sgt capt lt no vs mt ft inc ltd co corp dept approx etc eg ie'.split(
    ' ',
  ),
);

/**
 * The first sentence of an answer: up to the first line break, or the first `.`, `!`, `?` (or their full-width forms)
 * that white space or the end follows. A stop after an initial (`J.`) or a common abbreviation (`St.`) does not end it.
 * The terminator itself is left out.
 */
export function firstSentence(text: string): string {
  const line = pythonStrip(text).split(/[\r\n\v\f\x85\u2028\u2029]/u, 1)[0];
  for (const match of line.matchAll(/[.!?](?=[\s"'”’)\]]|$)|[。！？]/gu)) {
    const before = line.slice(0, match.index);
    if (match[0] === '.') {
      const word = /[\p{L}\p{N}]+$/u.exec(before.slice(-12))?.[0] ?? '';
      const isInitial = /^\p{Lu}$/u.test(word) && match.index < line.length - 1;
      if (isInitial || (ABBREVIATIONS.has(word.toLowerCase()) && match.index < line.length - 1)) continue;
    }
    return pythonStrip(before);
  }
  return pythonStrip(line);
}

/**
 * The tokens that strict docqa compares. NFKC and case folding; punctuation of any script vanishes, dashes become
 * spaces; the articles a, an, the are dropped. A point between digits and a minus before a number stay, because
 * `3.5` is not `35` and `-5` is not `5`.
 */
export function strictTokens(text: string): string[] {
  const folded = text
    .replace(/\\(?:boxed|text|mathrm|textbf)\s*\{([^{}]*)\}/gu, ' $1 ')
    .normalize('NFKC')
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .replaceAll('ς', 'σ')
    .normalize('NFKC');
  const plain = folded
    .replace(/(?<=\d)\.(?=\d)/gu, '\u0001')
    .replace(/(?<=^|[\s(\p{Sc}])[-\u2010-\u2012\u2212](?=\p{Sc}?\d)/gu, '\u0002')
    .replace(/[\p{Pd}\u2212\u00ad]/gu, ' ')
    .replace(/[\p{P}$+<=>^`|~]/gu, '')
    .replaceAll('\u0001', '.')
    .replaceAll('\u0002', '-');
  return pythonSplit(plain.replaceAll('\ufeff', ' ')).filter(
    (token) => !['', 'a', 'an', 'the'].includes(token),
  );
}
