/** @file The objective of a step's stored tokens, update by update. Pure. */
import { type ClipOptions, tokenObjective } from '../../rl/objective';
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
  /** Mean of min(ρA, clip(ρ)A) over its tokens. */
  objective: number;
}

/** One row an update that used any of the tokens, in order. */
export function updateTerms(stored: StoredTokens, bounds: ClipOptions): UpdateTerms[] {
  const rows = new Map<number, UpdateTerms>();
  for (let i = 0; i < stored.logprobs.length; i++) {
    const update = stored.updates[i];
    const row = rows.get(update) ?? {
      update,
      tokens: 0,
      meanRatio: 0,
      maxRatio: 0,
      clippedLow: 0,
      clippedHigh: 0,
      objective: 0,
    };
    const term = tokenObjective(stored.logprobs[i], stored.oldLogprobs[i], stored.advantages[i], bounds);
    row.tokens++;
    row.meanRatio += term.ratio;
    row.maxRatio = Math.max(row.maxRatio, term.ratio);
    row.clippedLow += Number(term.clippedLow);
    row.clippedHigh += Number(term.clippedHigh);
    row.objective -= term.loss;
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
