/** @file The contract of a suite: what an evaluation asks for, and what answers it. */
import type { PromptItem } from '../rl/types';

export interface EvaluationCell {
  suite: string;
  /** Longest prompt, tokens; items are longer than half of it. */
  bucket: number;
  /** Where the evidence stands in the window, 0 at its start to 1 at its end; null = anywhere. */
  depth: number | null;
}

/** One kind of questions, of any length and depth. */
export interface EvaluationSuite {
  name: string;
  /** Question `index` of a cell, a pure function of both. What it throws makes the item a failed one. */
  item(cell: EvaluationCell, index: number): PromptItem;
}
