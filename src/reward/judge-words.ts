/**
 * @file Two answers as a judge reads them: words, each marked with where else it stands. The marks say nothing of
 * meaning; they spare a small model the search for equal words (after the exact-match feature of Chen et al. 2017,
 * "Reading Wikipedia to Answer Open-Domain Questions").
 */

/** `same`: the other answer has the word; `asked`: only the question has it; `new`: neither has. */
export type WordMark = 'same' | 'asked' | 'new';

export interface JudgeWord {
  /** As written, without accents. */
  text: string;
  kind: 'word' | 'number' | 'sign';
}

export interface MarkedWord extends JudgeWord {
  mark: WordMark;
  /** Where the gold answer has it first, counted in words; −1 where it has not. */
  place: number;
}

/** Characters of a text that are read. */
const maxCharacters = 600;

const plainSigns: Readonly<Record<string, string>> = { '‘': "'", '’': "'", '“': '"', '”': '"', '„': '"' };

/** A word with its possessive, a number with its points and commas, or one sign. */
const pieces = /(\p{L}+(?:'\p{L}{1,2}(?!\p{L}))?)|(\p{N}+(?:[.,:]\p{N}+)*)|([^\s\p{L}\p{N}])/gu;

/** The words of a text. Accents, typographic quotes and dashes are made plain; the case stays. */
export function judgeWords(text: string): JudgeWord[] {
  const plain = text
    .slice(0, maxCharacters)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[‘’“”„]/gu, (sign) => plainSigns[sign])
    .replace(/[\p{Pd}−]/gu, '-');
  return Array.from(plain.matchAll(pieces), ([piece, word, number]) => ({
    text: piece,
    kind: word !== undefined ? 'word' : number !== undefined ? 'number' : 'sign',
  }));
}

/** Words with one key are the same word: case, a possessive and commas between thousands do not count. */
function wordKey({ text, kind }: JudgeWord): string {
  return kind === 'number'
    ? text.replace(/,(?=\p{N}{3}(?!\p{N}))/gu, '')
    : text.toLowerCase().replace(/'s$/u, '');
}

/** Marks the words of an answer by the other answer and the question, and finds them in the gold answer. */
export function markWords(
  words: readonly JudgeWord[],
  other: readonly JudgeWord[],
  question: readonly JudgeWord[],
  gold: readonly JudgeWord[],
): MarkedWord[] {
  const others = new Set(other.map(wordKey));
  const asked = new Set(question.map(wordKey));
  const places = gold.filter(({ kind }) => kind !== 'sign').map(wordKey);
  return words.map((word) => {
    const key = wordKey(word);
    const mark = others.has(key) ? 'same' : asked.has(key) ? 'asked' : 'new';
    return { ...word, mark, place: places.indexOf(key) };
  });
}
