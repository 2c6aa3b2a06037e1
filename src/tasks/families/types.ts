/**
 * @file What a task family makes, and out of what.
 *
 * A family makes a document *for* a question. A *passage* is a paragraph of it; passages that hold evidence are placed
 * at a depth, *near misses* look like evidence and are not, *fillers* bring the document to its length.
 */
import type { Random } from '../random';
import type { LongDocument, Question, Span } from '../types';
import type { CountTokens } from '../windows';

export interface FamilyOptions {
  seed: number;
  /** Which item of the seed's endless sequence; default 0. */
  index?: number;
  /** Document and question together have at most this many tokens, and little less (|x| + |c| of paper Eq. 9). */
  tokens: number;
  /** Where all evidence stands: 0 the beginning, 1 the end. Drawn for each passage when omitted. */
  depth?: number;
  countTokens: CountTokens;
}

export interface FamilyItem {
  document: LongDocument;
  /** Its window is the whole document. */
  question: Question;
}

/** A paragraph without its line end. */
export interface Passage {
  text: string;
  /** The evidence in it, as ranges into `text`. */
  evidence: Span[];
}

/** An item before it has a length and an order. */
export interface FamilyDraft {
  title: string;
  question: Pick<Question, 'text' | 'answers' | 'reasoning' | 'rejected' | 'paraphrases'>;
  /** Passages with evidence. */
  evidence: Passage[];
  /** Passages that a careless reader takes for evidence; the first `requiredNearMisses` always come in. */
  nearMisses: Passage[];
  requiredNearMisses: number;
  /** One more passage that does not bear on the question; short ones where `maxTokens` is small. */
  filler: () => Passage;
}

/** What a family's draft is drawn from. */
export interface DraftOptions {
  random: Random;
  /** Budget of the item in tokens, for defaults that depend on it. */
  tokens: number;
  /** Whether passages hold only what is needed. */
  short: boolean;
  /** Whether no two names share a word. */
  distinct: boolean;
}
