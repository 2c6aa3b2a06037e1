/**
 * @file Chunks: the pieces of one line between which a blank can be cut, words with their punctuation.
 *
 * Scripts that write no spaces are segmented by the platform's dictionary.
 */
import { FUNCTION_WORDS } from './lexicon';
import type { Span } from './types';

export type WordClass = 'name' | 'number' | 'term' | 'other';

export interface Chunk extends Span {
  /** The word without surrounding punctuation; null where the chunk does not open with one. */
  word: Span | null;
  wordClass: WordClass;
  /** Closes a sentence. */
  final: boolean;
  /** Part of a run without spaces. */
  glued: boolean;
}

const STOP_WORDS = new Set(FUNCTION_WORDS.map((word) => word.toLowerCase()));
const WORD = /^(?:\p{N}+(?:[.,:]\p{N}+)*|\p{L}[\p{L}\p{M}]*(?:['’-][\p{L}\p{M}]+)*)(?=[^\p{L}\p{N}]*$)/u;
/** A character of a script that writes no spaces. */
export const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u;
const FINAL = /[.!?…:。！？]["'”’)\]]*$/u;

function classify(word: string, opensSentence: boolean): WordClass {
  if (/^\p{N}/u.test(word)) return 'number';
  if (STOP_WORDS.has(word.toLowerCase()) || word.length < 2) return 'other';
  if (/^\p{Lu}/u.test(word) && !opensSentence) return 'name';
  return word.length >= 5 || UNSPACED.test(word) ? 'term' : 'other';
}

/** The chunks of the line [start, end) of a text. */
export function chunksOf(text: string, start: number, end: number): Chunk[] {
  const chunks: Chunk[] = [];
  let opensSentence = true;
  const add = (from: number, piece: string, glued: boolean) => {
    const word = WORD.exec(piece)?.[0];
    const wordClass = word === undefined ? 'other' : classify(word, opensSentence);
    opensSentence = FINAL.test(piece);
    chunks.push({
      start: from,
      end: from + piece.length,
      word: word === undefined ? null : { start: from, end: from + word.length },
      wordClass,
      final: opensSentence,
      glued,
    });
  };
  for (const match of text.slice(start, end).matchAll(/\S+/g)) {
    const from = start + match.index;
    if (!UNSPACED.test(match[0])) {
      add(from, match[0], false);
      continue;
    }
    for (const part of new Intl.Segmenter('zh', { granularity: 'word' }).segment(match[0])) {
      add(from + part.index, part.segment, true);
    }
  }
  return chunks;
}
