/** @file The contract of the pairs that a judge learns from: a question with its gold answer, and answers to judge. */
import type { Random } from '../random';

/** Parts share no name, no noun and no template. The threshold is chosen on `validation`. */
export type PairPart = 'train' | 'validation' | 'held-out';

/** What an answer is tested for; the figures are told by kind. */
export type PairKind =
  | 'entity'
  | 'number'
  | 'quantity'
  | 'scale'
  | 'date'
  | 'person'
  | 'acronym'
  | 'alias'
  | 'list'
  | 'order'
  | 'synonym'
  | 'yes-no'
  | 'trap';

/** Answers that mean the same as the gold one, and such that look alike and do not. */
export interface PairDraft {
  kind: PairKind;
  question: string;
  gold: string;
  same: string[];
  different: string[];
}

/** Draws from the words of one part. */
export interface PairDraw {
  random: Random;
  part: PairPart;
}

export interface JudgePair {
  prediction: string;
  /** Whether the answers mean the same. */
  same: boolean;
  kind: PairKind;
}

/** Pairs that share a question and a gold answer. */
export interface PairGroup {
  question: string;
  gold: string;
  pairs: JudgePair[];
}
