/**
 * @file Facts and the relations they instantiate.
 *
 * A *fact* is a typed triple (subject, relation, object) together with the exact place where a document states it.
 * A *core* is the part of a sentence that states the fact, such as `{s} lives in {o}`; reasoning repeats cores word
 * for word, so that answering is finding and copying.
 */
import type { Random } from './random';
import type { LongDocument, Span } from './types';

/** What kind of thing a relation's object is; objects of one class are distractors of each other. */
export type ObjectClass = 'person' | 'thing' | 'number';

export interface Relation {
  name: string;
  object: ObjectClass;
  /** Statements with `{s}` and `{o}`, both preceded by a space or at the start. */
  cores: readonly string[];
  /** Questions with `{s}`. */
  questions: readonly string[];
  /** For persons: how a question names the object without its name, as in `the master of {s}`. */
  description?: string;
  /** For numbers: a question for the sum over `{a}` and `{b}`. */
  sums?: readonly string[];
  /** Draws an object that is not a person. */
  draw?: (random: Random) => string;
}

/** One kind of document: its people's relations and the words around the facts. */
export interface DocumentKind {
  name: string;
  title: (random: Random) => string;
  heading: (random: Random, index: number) => string;
  /** Opens a paragraph; keeps names away from the line start, where tokens differ. */
  openers: readonly string[];
  /** Optional lead before a core, ends with a comma. */
  leads: readonly string[];
  /** Optional tail after a core, begins with a comma or a space. */
  tails: readonly string[];
  /** Whole sentences without facts. */
  fillers: readonly string[];
  relations: readonly Relation[];
}

export interface Fact {
  subject: string;
  relation: Relation;
  object: string;
  /** The core, as a range into the text. */
  core: Span;
  /** The object inside the core. */
  objectSpan: Span;
}

/** A generated document with its facts in text order. */
export interface FactDocument extends LongDocument {
  kind: string;
  facts: readonly Fact[];
}

export const hasFacts = (document: LongDocument): document is FactDocument => 'facts' in document;

/** Numbers whose pairwise sums stay below one hundred, where numbers are single tokens. */
export const smallNumber = (random: Random): string => String(random.between(2, 49));
