/** @file The objective of a step's stored tokens, update by update. Pure. */
import { type ShownObjective, termsOf } from '../panels/answer-terms';
import type { StoredTokens } from '../panels/clip-prediction';

export interface UpdateTerms {
  /** From 1. */
  update: number;
  tokens: number;
  meanRatio: number;
  maxRatio: number;
  /** Shares of its tokens. */
  clippedLow: number;
  clippedHigh: number;
  /** Mean of what its tokens contribute, such as min(ρA, clip(ρ)A). */
  objective: number;
}

/** One row an update that used any of the tokens, in order. */
export function updateTerms(stored: StoredTokens, options: ShownObjective): UpdateTerms[] {
  const rows = new Map<number, UpdateTerms>();
  for (const answer of stored.answers) {
    const { update } = answer;
    if (update === 0) continue;
    const row = rows.get(update) ?? {
      update,
      tokens: 0,
      meanRatio: 0,
      maxRatio: 0,
      clippedLow: 0,
      clippedHigh: 0,
      objective: 0,
    };
    for (const term of termsOf(answer, options) ?? []) {
      row.tokens++;
      row.meanRatio += term.ratio;
      row.maxRatio = Math.max(row.maxRatio, term.ratio);
      row.clippedLow += Number(term.clippedLow);
      row.clippedHigh += Number(term.clippedHigh);
      row.objective -= term.loss;
    }
    rows.set(update, row);
  }
  return [...rows.values()]
    .map((row) => ({
      ...row,
      meanRatio: row.meanRatio / row.tokens,
      clippedLow: row.clippedLow / row.tokens,
      clippedHigh: row.clippedHigh / row.tokens,
      objective: row.objective / row.tokens,
    }))
    .sort((a, b) => a.update - b.update);
}
