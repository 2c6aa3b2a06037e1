/**
 * @file What the tokenizer learns from: generated documents, questions and answers on them, and common English words
 * at frequencies that fall with rank (Zipf), so that ordinary English is covered as well as our own documents.
 */
import { DOCUMENT_KINDS, generateDocument } from '../../src/tasks/documents';
import {
  ADJECTIVES,
  ADVERBS,
  FUNCTION_WORDS,
  inflections,
  NOUNS,
  plural,
  VERBS,
} from '../../src/tasks/lexicon';
import { GIVEN_NAMES } from '../../src/tasks/names';
import { makeQuestions } from '../../src/tasks/questions';
import { PROSE } from './prose';

type Add = (text: string, weight: number) => void;

/** Feeds every weighted text of the corpus to `add`. */
export function feedCorpus(add: Add): void {
  addDocuments(add);
  addEnglish(add);
  add(PROSE, 10);
}

function addDocuments(add: Add): void {
  const roughTokens = (text: string) => Math.ceil(text.length / 3.5);
  for (const kind of DOCUMENT_KINDS) {
    for (const seed of [1, 2]) {
      const document = generateDocument({ seed, kind: kind.name, characters: 24_000 });
      add(document.text, 1);
      for (const question of makeQuestions(document, {
        windowTokens: 128,
        count: 60,
        seed,
        countTokens: roughTokens,
      })) {
        add(`\n${question.text}\n`, 1);
        add(question.reasoning, 1);
        add(` Therefore, the answer is ${question.answers[0]}.`, 1);
      }
    }
  }
  for (const name of GIVEN_NAMES) add(` ${name}`, 60);
}

/** Weight of a word at a rank, scaled so that the rarest words still outweigh accidental letter pairs. */
const zipf = (rank: number, scale: number): number => Math.ceil(scale / (rank + 12));

function addEnglish(add: Add): void {
  const addWord = (word: string, weight: number) => {
    add(` ${word}`, weight);
    add(` ${word.charAt(0).toUpperCase()}${word.slice(1)}`, Math.ceil(weight / 14));
    // At the start of a hard-wrapped line a word stands without its space.
    add(word, Math.ceil(weight / 20));
  };
  for (const [rank, word] of FUNCTION_WORDS.entries()) addWord(word, zipf(rank, 60_000));
  for (const [rank, noun] of NOUNS.entries()) {
    addWord(noun, zipf(rank / 2, 12_000));
    addWord(plural(noun), zipf(rank / 3, 900));
  }
  for (const [rank, verb] of VERBS.entries()) {
    for (const form of inflections(verb)) addWord(form, zipf(rank / 2, form === verb ? 6_000 : 1_200));
  }
  for (const [rank, word] of ADJECTIVES.entries()) addWord(word, zipf(rank / 2, 6_000));
  for (const [rank, word] of ADVERBS.entries()) addWord(word, zipf(rank, 2_500));
}
