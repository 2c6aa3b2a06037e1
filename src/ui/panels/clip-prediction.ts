/** @file Clip fractions recomputed from stored log-probs under other bounds, by the same objective that training uses. */
import type { GroupView } from '../../../workers/protocol';
import { type ClipOptions, tokenObjective } from '../../rl/objective';

/** Tokens with known log-probs before and at their update: flat arrays of equal length. */
export interface StoredTokens {
  logprobs: Float64Array;
  oldLogprobs: Float64Array;
  advantages: Float64Array;
  /** Optimiser update of the step that used the token. */
  updates: Uint16Array;
}

export interface ClipShares {
  low: number;
  high: number;
  dual: number;
  tokens: number;
}

/** All learned-from tokens of one step. */
export function storedTokens(groups: readonly GroupView[], step: number): StoredTokens {
  const answers = groups
    .filter((group) => group.step === step && group.kept)
    .flatMap((group) => group.answers)
    .filter((answer) => answer.newLogprobs !== null && answer.oldLogprobs !== null);
  const count = answers.reduce((sum, { tokens }) => sum + tokens.length, 0);
  const stored: StoredTokens = {
    logprobs: new Float64Array(count),
    oldLogprobs: new Float64Array(count),
    advantages: new Float64Array(count),
    updates: new Uint16Array(count),
  };
  let at = 0;
  for (const { tokens, newLogprobs, oldLogprobs, advantage, update } of answers) {
    if (!newLogprobs || !oldLogprobs) continue;
    stored.logprobs.set(newLogprobs, at);
    stored.oldLogprobs.set(oldLogprobs, at);
    stored.advantages.fill(advantage, at, at + tokens.length);
    stored.updates.fill(update, at, at + tokens.length);
    at += tokens.length;
  }
  return stored;
}

/** Shares of the stored tokens whose gradient the bounds would stop. */
export function predictClip(stored: StoredTokens, bounds: ClipOptions): ClipShares {
  const tokens = stored.logprobs.length;
  let low = 0;
  let high = 0;
  let dual = 0;
  for (let i = 0; i < tokens; i++) {
    const term = tokenObjective(stored.logprobs[i], stored.oldLogprobs[i], stored.advantages[i], bounds);
    if (term.clippedLow) low++;
    if (term.clippedHigh) high++;
    if (term.clippedDual) dual++;
  }
  const share = (count: number) => (tokens > 0 ? count / tokens : Number.NaN);
  return { low: share(low), high: share(high), dual: share(dual), tokens };
}
