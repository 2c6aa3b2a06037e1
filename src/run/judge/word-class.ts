/** @file What an unknown word is by a list of common English, or else by its ending: enough to tell talk from an answer. */
import { ADVERBS, FUNCTION_WORDS, inflections, NOUNS, plural, VERBS } from '../../tasks/lexicon';

export type WordClass = 'particle' | 'verb' | 'adverb';

const classes: ReadonlyMap<string, WordClass> = (() => {
  const nouns = new Set(NOUNS.flatMap((noun) => [noun, plural(noun)]));
  const map = new Map<string, WordClass>();
  for (const verb of VERBS) for (const form of inflections(verb)) if (!nouns.has(form)) map.set(form, 'verb');
  for (const adverb of ADVERBS) map.set(adverb, 'adverb');
  for (const word of FUNCTION_WORDS) map.set(word, 'particle');
  return map;
})();

/** The class of a word in lower case; null for what may well be a name or a thing. */
export function classOfWord(word: string): WordClass | null {
  const known = classes.get(word);
  if (known !== undefined) return known;
  if (/\p{L}{2}ly$/u.test(word)) return 'adverb';
  return /\p{L}{2}(?:ed|ing)$/u.test(word) ? 'verb' : null;
}
