/**
 * @file Words of one meaning made one: where gold answer and prediction have different entries of one group of the
 * thesaurus, both become the same word, which is then marked like any word that both answers have.
 */
import { MEANINGS } from '../../tasks/judge-pairs/thesaurus';
import { type JudgeWord, judgeWords } from './words';

/** An entry of the thesaurus as the judge reads it, without the article before it. */
interface Entry {
  meaning: number;
  words: readonly JudgeWord[];
}

/** Where an entry stands in an answer. */
interface Found extends Entry {
  start: number;
}

const articles = new Set(['the', 'a', 'an']);

/** Entries by their first word's key. */
const entries: ReadonlyMap<string, readonly Entry[]> = (() => {
  const map = new Map<string, Entry[]>();
  for (const [meaning, group] of MEANINGS.entries())
    for (const text of group) {
      const read = judgeWords(text);
      const words = read.slice(articles.has(read[0].key) ? 1 : 0);
      // A full stop behind an abbreviation may stand or not; a hyphen inside a word stands.
      while (words[words.length - 1].kind === 'sign') words.pop();
      map.set(words[0].key, [...(map.get(words[0].key) ?? []), { meaning, words }]);
    }
  return map;
})();

/**
 * Both answers with their shared meanings joined: longer entries first, each word in one entry at most. Entries that are
 * written alike on both sides are left to be joined word by word.
 */
export function joinMeanings(
  gold: readonly JudgeWord[],
  prediction: readonly JudgeWord[],
): { gold: JudgeWord[]; prediction: JudgeWord[] } {
  const sides = { gold: [...gold], prediction: [...prediction] };
  const right = find(gold);
  const predicted = find(prediction);
  const pairs = right
    .flatMap((a) => predicted.filter((b) => b.meaning === a.meaning).map((b) => ({ a, b })))
    .sort((x, y) => length(y) - length(x));
  const taken = { gold: new Set<number>(), prediction: new Set<number>() };
  const joined: { a: Found; b: Found }[] = [];
  for (const { a, b } of pairs) {
    if (places(a).some((i) => taken.gold.has(i)) || places(b).some((i) => taken.prediction.has(i))) continue;
    for (const i of places(a)) taken.gold.add(i);
    for (const i of places(b)) taken.prediction.add(i);
    if (spelled(a) !== spelled(b)) joined.push({ a, b });
  }
  // From the end, so that earlier places stay what they are.
  for (const { a } of joined.toSorted((x, y) => y.a.start - x.a.start)) replace(sides.gold, a);
  for (const { b } of joined.toSorted((x, y) => y.b.start - x.b.start)) replace(sides.prediction, b);
  return sides;
}

const length = ({ a, b }: { a: Entry; b: Entry }): number => a.words.length + b.words.length;
const spelled = ({ words }: Entry): string => words.map(({ key }) => key).join(' ');
const places = ({ start, words }: Found): number[] => words.map((_, i) => start + i);

function find(answer: readonly JudgeWord[]): Found[] {
  return answer.flatMap(({ key }, start) =>
    (entries.get(key) ?? [])
      .filter(({ words }) => words.every((word, i) => isWord(word, answer[start + i])))
      .map((entry) => ({ ...entry, start })),
  );
}

/** Entries in capitals are met in capitals only: `US` is no `us`. */
function isWord(entry: JudgeWord, word: JudgeWord | undefined): boolean {
  if (word === undefined || word.key !== entry.key || word.kind !== entry.kind) return false;
  return !/^\p{Lu}{2,}$/u.test(entry.text) || word.text === entry.text;
}

/** No word of a text has such a key, nor does the vocabulary. */
function replace(words: JudgeWord[], { start, meaning, words: { length } }: Found): void {
  const text = words
    .slice(start, start + length)
    .map((word) => word.text)
    .join(' ');
  words.splice(start, length, { text, kind: 'word', key: `≈${meaning}` });
}
