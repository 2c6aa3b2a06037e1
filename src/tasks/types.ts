/**
 * @file What the task room hands out: documents and questions.
 *
 * A *document* is plain text. A *question* asks for something that stands in one *window* of a document
 * (a contiguous character range short enough for the policy); its *evidence* spans say where.
 */
import type { ColumnMapping } from './dataset/columns';

/** Half-open character range [start, end) into a text. */
export interface Span {
  start: number;
  end: number;
}

export interface LongDocument {
  id: string;
  title: string;
  text: string;
  source: 'generated' | 'imported';
  /** Questions that came with the text; it is then a data set, whose text is the rows' contexts one after the other. */
  dataset?: Dataset;
}

/** A question that a person brought along, with its own answers. */
export interface GivenQuestion {
  /** The row's id, or its line; unique in the data set. */
  id: string;
  family: GivenFamily;
  /** One line. */
  text: string;
  /** Accepted answers, first one canonical. */
  answers: string[];
  /** Its context, as a range into `LongDocument.text`. */
  window: Span;
  /** Where an answer stands word for word in the context; may be empty. */
  evidence: Span[];
  /** How the row gets to its answer, for warm-up; absent where it has the answer alone. */
  reasoning?: string;
  /** Line of a JSONL file, row of a parquet file; from 1. */
  line: number;
}

export interface Dataset {
  /** At least one. */
  questions: GivenQuestion[];
  /** Rows of the file, empty lines not counted. */
  rows: number;
  /** Rows that gave no question. */
  leftOut: number;
  /** Why, of the first of them. */
  reasons: { line: number; reason: string }[];
  /** What a person said its columns are; absent where they are understood by their names. */
  columns?: ColumnMapping;
}

/** Families asked of a document that is already there. */
export type DocumentFamily = 'cloze' | 'lookup' | 'two-hop' | 'sum';

/** Families whose document is made for its question; each but KeyChain has the shape of one benchmark of the paper. */
export type SuiteFamily =
  | 'docmath'
  | 'frames'
  | '2wiki'
  | 'hotpot'
  | 'musique'
  | 'narrative'
  | 'qasper'
  | 'keychain';

/** Families of questions that a person brings along, by the rule that reads the answer: text, number, letter. */
export type GivenFamily = 'given-text' | 'given-number' | 'given-choice';

/** Question families; the name decides which rule scorer reads the answer. */
export type Family = DocumentFamily | SuiteFamily | GivenFamily;

export interface Question {
  /** Stable: the same document, seed and index give the same id. */
  id: string;
  documentId: string;
  family: Family;
  /** The question as put to the policy, one line, no trailing newline. */
  text: string;
  /** Accepted answers, first one canonical. */
  answers: string[];
  /** The part of the document the policy reads, as a range into `LongDocument.text`. */
  window: Span;
  /** Where the answer stands, as ranges into `LongDocument.text`, inside `window`; empty where a given answer does not. */
  evidence: Span[];
  /** Reasoning that leads to the answer, without tags: the target of warm-up, never shown in RL. */
  reasoning: string;
  /** Wrong answers within reach of everybody, such as the other one of two: an answer that names one is wrong. */
  rejected?: string[];
  /** Right answers in other words, unknown to the rule: what a judge is there for. */
  paraphrases?: string[];
}

/** A question on a document that was there before it. */
export type DocumentQuestion = Question & { family: DocumentFamily };
