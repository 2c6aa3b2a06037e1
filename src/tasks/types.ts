/**
 * @file What the task room hands out: documents and questions.
 *
 * A *document* is plain text. A *question* asks for something that stands in one *window* of a document
 * (a contiguous character range short enough for the policy); its *evidence* spans say where.
 */

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
}

/** Question families; the name decides which rule scorer reads the answer. */
export type Family = 'cloze' | 'lookup' | 'two-hop' | 'sum';

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
  /** Where the answer stands, as ranges into `LongDocument.text`, inside `window`. */
  evidence: Span[];
  /** Reasoning that leads to the answer, without tags: the target of warm-up, never shown in RL. */
  reasoning: string;
}
