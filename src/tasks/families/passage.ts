/** @file Writing a passage: text that remembers which of its parts are evidence. */
import { ADJECTIVES, NOUNS } from '../lexicon';
import type { Random } from '../random';
import type { Span } from '../types';
import type { Passage } from './types';

export class PassageWriter implements Passage {
  text = '';
  readonly evidence: Span[] = [];

  add(text: string): this {
    this.text += text;
    return this;
  }

  /** Adds a text that is evidence. */
  mark(text: string): this {
    this.evidence.push({ start: this.text.length, end: this.text.length + text.length });
    this.text += text;
    return this;
  }
}

/** One sentence among the others of a passage. */
export interface Sentence {
  /** Without the full stop. */
  text: string;
  isEvidence?: boolean;
}

/** `Opener: sentence. Sentence.` An opener keeps names away from the line start, where their tokens differ. */
export function paragraph(opener: string, sentences: readonly Sentence[]): Passage {
  const writer = new PassageWriter().add(`${opener}:`);
  for (const { text, isEvidence } of sentences) {
    writer.add(' ');
    if (isEvidence) writer.mark(text);
    else writer.add(text);
    writer.add('.');
  }
  return writer;
}

/** What sentences without facts are about: things, so that no name, number or relation comes in. */
const IDLE: readonly ((random: Random) => string)[] = [
  (r) => `The ${r.pick(ADJECTIVES)} ${r.pick(NOUNS)} was not mentioned again`,
  (r) => `Nobody asked about the ${r.pick(NOUNS)} or the ${r.pick(NOUNS)}`,
  (r) => `There was some talk of the ${r.pick(ADJECTIVES)} ${r.pick(NOUNS)}`,
  (r) => `The ${r.pick(NOUNS)} seemed more ${r.pick(ADJECTIVES)} than before`,
  (r) => `All this had little to do with the ${r.pick(NOUNS)}`,
  (r) => `Some thought the ${r.pick(NOUNS)} ${r.pick(ADJECTIVES)}, some did not`,
  (r) => `The note on the ${r.pick(ADJECTIVES)} ${r.pick(NOUNS)} has been lost`,
  (r) => `The ${r.pick(NOUNS)} stood beside the ${r.pick(NOUNS)}`,
  (r) => `In the end the ${r.pick(NOUNS)} came first and the ${r.pick(NOUNS)} second`,
  (r) => `Much has been said about the ${r.pick(NOUNS)}, most of it ${r.pick(ADJECTIVES)}`,
];

/** A sentence that states nothing a question could ask for. */
export const idleSentence = (random: Random): Sentence => ({ text: random.pick(IDLE)(random) });

/** A passage of one to four idle sentences. */
export const idleParagraph = (random: Random, opener: string): Passage =>
  paragraph(
    opener,
    Array.from({ length: random.between(1, 4) }, () => idleSentence(random)),
  );
