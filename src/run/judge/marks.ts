/**
 * @file Two answers side by side: each word marked with what the other answer has of it. The marks say nothing of
 * meaning; they spare a small model the search (after the exact-match feature of Chen et al. 2017, "Reading Wikipedia to
 * Answer Open-Domain Questions").
 */
import type { JudgeWord } from './words';

/**
 * `same`: the other answer has the word; `initial`: it has the word that this letter begins, or the letter that begins
 * this word; `asked`: only the question has it; `new`: neither has.
 */
export type WordMark = 'same' | 'initial' | 'asked' | 'new';

export interface MarkedWord extends JudgeWord {
  mark: WordMark;
  /** Where its like stands in the gold answer, counted in words; −1 where there is none. */
  place: number;
}

/** Words that initials leave out. */
const skipped = new Set(['of', 'the', 'and', 'for', 'from', 'in', 'on', 'a', 'an']);

/** Both answers, marked. */
export function markAnswers(
  gold: readonly JudgeWord[],
  prediction: readonly JudgeWord[],
  question: readonly JudgeWord[],
): { gold: MarkedWord[]; prediction: MarkedWord[] } {
  const right = spelledOut(gold, prediction);
  const predicted = spelledOut(prediction, gold);
  const asked = keysOf(question);
  const marked = (words: readonly JudgeWord[], others: ReadonlySet<string>): MarkedWord[] =>
    words.map((word) => ({
      ...word,
      mark: others.has(word.key) ? 'same' : asked.has(word.key) ? 'asked' : 'new',
      place: -1,
    }));
  const sides = { gold: marked(right, keysOf(predicted)), prediction: marked(predicted, keysOf(right)) };
  const places = new Map<string, number>();
  for (const [place, { key, kind }] of sides.gold.entries())
    if (kind !== 'sign' && !places.has(key)) places.set(key, place);
  for (const word of [...sides.gold, ...sides.prediction])
    if (word.mark === 'same') word.place = places.get(word.key) ?? -1;
  markInitials(sides.gold, sides.prediction, sides.gold);
  markInitials(sides.prediction, sides.gold, sides.gold);
  return sides;
}

const keysOf = (words: readonly JudgeWord[]): ReadonlySet<string> =>
  new Set(words.filter(({ kind }) => kind !== 'sign').map(({ key }) => key));

/** Capitals that the other answer has not as a word are read letter by letter. */
function spelledOut(words: readonly JudgeWord[], other: readonly JudgeWord[]): JudgeWord[] {
  const others = keysOf(other);
  const heads = other.filter(isHead).map(initialOf);
  return words.flatMap((word) => {
    if (word.kind !== 'word' || others.has(word.key) || !/^\p{Lu}{2,6}$/u.test(word.text)) return [word];
    const letters = Array.from(
      word.text,
      (text): JudgeWord => ({ text, kind: 'letter', key: text.toLowerCase() }),
    );
    return letters.some(({ key }) => others.has(key) || heads.includes(key)) ? letters : [word];
  });
}

/** Whether initials begin with it; a number does where it is written in letters. */
const isHead = ({ text, key }: JudgeWord): boolean => /^\p{L}{2}/u.test(text) && !skipped.has(key);
const initialOf = ({ text }: JudgeWord): string => text.charAt(0).toLowerCase();

/** Joins letters with words that they begin, each word once, the next one first. */
function markInitials(letters: MarkedWord[], words: MarkedWord[], gold: readonly MarkedWord[]): void {
  let at = 0;
  const find = (letter: JudgeWord, from: number, to: number): number => {
    for (let i = from; i < to; i++)
      if (
        isHead(words[i]) &&
        words[i].mark !== 'same' &&
        words[i].mark !== 'initial' &&
        initialOf(words[i]) === letter.key
      )
        return i;
    return -1;
  };
  for (const [i, letter] of letters.entries()) {
    if (letter.kind !== 'letter' || letter.mark === 'same') continue;
    let found = find(letter, at, words.length);
    if (found < 0) found = find(letter, 0, at);
    if (found < 0) continue;
    at = found + 1;
    const place = words === gold ? found : i;
    Object.assign(letter, { mark: 'initial', place });
    Object.assign(words[found], { mark: 'initial', place });
  }
}
