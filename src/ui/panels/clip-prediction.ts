/** @file Clip fractions recomputed from stored log-probs under other bounds, by the same objective that training uses. */
import type { AnswerView, GroupView } from '../../../workers/protocol';
import type { PolicyLossOptions } from '../../rl/policy-loss';
import { termsOf } from './answer-terms';

/** The learned-from answers of one step that the page still has. */
export interface StoredTokens {
  answers: readonly AnswerView[];
  /** Tokens of these answers. */
  tokens: number;
  /** Tokens of all such answers, more than `tokens` where they would cost too much at every movement of a handle. */
  total: number;
}

export interface ClipShares {
  low: number;
  high: number;
  dual: number;
  tokens: number;
}

/** A prediction within a frame: about 5 ms on a slow core. */
const maxTokens = 50_000;

/** The learned-from answers of a step, those of the shown group first, up to a bound of tokens. */
export function storedTokens(
  groups: readonly GroupView[],
  step: number,
  shownUid: string | null = null,
): StoredTokens {
  const ofStep = groups.filter((group) => group.step === step && group.kept);
  const all = [...ofStep]
    .sort((a, b) => Number(b.uid === shownUid) - Number(a.uid === shownUid))
    .flatMap((group) => group.answers)
    .filter((answer) => answer.newLogprobs !== null && answer.oldLogprobs !== null);
  const total = all.reduce((sum, { tokens }) => sum + tokens.length, 0);
  let tokens = 0;
  const answers = all.filter((answer) => {
    if (tokens > 0 && tokens + answer.tokens.length > maxTokens) return false;
    tokens += answer.tokens.length;
    return true;
  });
  return { answers, tokens, total };
}

/** Shares of the stored tokens that the bounds would hold. */
export function predictClip(stored: StoredTokens, options: PolicyLossOptions): ClipShares {
  let low = 0;
  let high = 0;
  let dual = 0;
  for (const answer of stored.answers) {
    for (const term of termsOf(answer, options) ?? []) {
      if (term.clippedLow) low++;
      if (term.clippedHigh) high++;
      if (term.clippedDual) dual++;
    }
  }
  const share = (count: number) => (stored.tokens > 0 ? count / stored.tokens : Number.NaN);
  return { low: share(low), high: share(high), dual: share(dual), tokens: stored.tokens };
}
