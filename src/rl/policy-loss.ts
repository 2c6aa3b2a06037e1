/**
 * @file The policy losses as a table, in float64: the reference that the GPU kernel is tested against, and what the clip
 * metrics are counted by (verl `core_algos.py`, names of `policy_loss.loss_mode`). Losses are to be minimised.
 *
 * With d = log π − log π_old, ρ = exp clamp(d, ±20), advantage A, means over the tokens of an answer:
 *   vanilla   max(−A ρ, −A clamp(ρ, 1 − low, 1 + high)), dual clip (objective.ts)
 *   gspo      max(−A s, −A clamp(s, 1 − low, 1 + high)), s = exp min(mean d, 10)                        (2507.18071)
 *   cispo     −sg(clamp(ρ, 1 − low, 1 + high)) A log π                                                   (2506.13585)
 *   sapo      −A σ(τ (ρ − 1)) 4 / τ, τ = tauPos for A > 0, else tauNeg                                   (2511.20347)
 *   geo_mean  −mean A · exp(mean h), h = sgn A · min(sgn A · d, sgn A · clamp(d, −low, high)): GMPO      (2507.20673)
 * gspo, sapo and geo_mean fix their aggregation: the mean over answers of the mean over tokens.
 */

import type { PolicyLossMode } from '../policy/types';
import type { LossAggregation } from './aggregation';
import { type ClipOptions, type TokenObjective, tokenObjective, VERL_LOG_RATIO_BOUND } from './objective';
import { MASKED_MEAN_EPSILON, maskedMean } from './statistics';

export type PolicyLossOptions = ClipOptions & {
  /** Default vanilla. */
  lossMode?: PolicyLossMode;
  /** SAPO's τ for A > 0 and for A ≤ 0; 1 and 1.05 by default. */
  tauPos?: number;
  tauNeg?: number;
};

export interface PolicyLossTerm extends TokenObjective {
  /** Counts in verl's `pg_clipfrac`, by the definition of the loss. */
  clipped: boolean;
  /** Counts in verl's `pg_clipfrac_lower`. */
  clippedLower: boolean;
}

/** One token and the means of its answer. */
interface TokenInput {
  logprob: number;
  oldLogprob: number;
  advantage: number;
  /** Mean of `summand` over the answer. */
  meanLogRatio: number;
  meanAdvantage: number;
}

export interface PolicyLoss {
  /** The aggregation the method fixes; null = as configured. */
  aggregation: LossAggregation | null;
  /** What an answer's tokens are averaged over; null where a token's loss needs only the token. */
  summand: ((difference: number, advantage: number, options: PolicyLossOptions) => number) | null;
  /** Whether `ppo_kl` sees the log-ratio clamped at ±20. */
  clampsLogRatio: boolean;
  term(token: TokenInput, options: PolicyLossOptions): PolicyLossTerm;
}

/** The dual clip and the log-ratio bound of `ClipOptions` act in `vanilla` only; the bound in `cispo` and `sapo` too. */
export const policyLosses: Readonly<Record<PolicyLossMode, PolicyLoss>> = {
  vanilla: {
    aggregation: null,
    summand: null,
    clampsLogRatio: true,
    term({ logprob, oldLogprob, advantage }, options) {
      // Named one by one: this runs for every token under a dragged handle, and a spread costs more than the formula.
      const { loss, gradient, ratio, clippedLow, clippedHigh, clippedDual } = tokenObjective(
        logprob,
        oldLogprob,
        advantage,
        options,
      );
      const clipped = clippedLow || clippedHigh;
      return {
        loss,
        gradient,
        ratio,
        clippedLow,
        clippedHigh,
        clippedDual,
        clipped,
        clippedLower: clippedDual,
      };
    },
  },
  gspo: {
    aggregation: 'seq-mean-token-mean',
    summand: (difference) => difference,
    clampsLogRatio: false,
    term({ advantage, meanLogRatio }, options) {
      // The clipped objective of the answer's own ratio; d loss / d log π is that of sg(s) · π / sg(π).
      const bounded = Math.min(meanLogRatio, gspoLogRatioBound);
      const token = tokenObjective(bounded, 0, advantage, {
        ...options,
        clipRatioC: 0,
        logRatioBound: Number.POSITIVE_INFINITY,
      });
      return {
        ...token,
        gradient: bounded === meanLogRatio ? token.gradient : 0,
        clipped: token.clippedLow || token.clippedHigh,
        clippedLower: false,
      };
    },
  },
  cispo: {
    aggregation: null,
    summand: null,
    clampsLogRatio: true,
    term({ logprob, oldLogprob, advantage }, options) {
      const { ratio } = ratioOf(logprob - oldLogprob, options);
      const bounded = clamp(ratio, 1 - options.clipRatioLow, 1 + options.clipRatioHigh);
      return {
        ...unclipped,
        loss: -advantage * bounded * logprob,
        gradient: -advantage * bounded,
        ratio,
        clippedLow: ratio < bounded,
        clippedHigh: ratio > bounded,
        clipped: ratio !== bounded,
      };
    },
  },
  sapo: {
    aggregation: 'seq-mean-token-mean',
    summand: null,
    clampsLogRatio: true,
    term({ logprob, oldLogprob, advantage }, options) {
      const { ratio, isFree } = ratioOf(logprob - oldLogprob, options);
      const tau = advantage > 0 ? (options.tauPos ?? 1) : (options.tauNeg ?? 1.05);
      const tail = Math.exp(-tau * (ratio - 1));
      const gate = 1 / (1 + tail);
      return {
        ...unclipped,
        loss: (-advantage * gate * 4) / tau,
        gradient: isFree ? -advantage * 4 * gate * (tail * gate) * ratio : 0,
        ratio,
      };
    },
  },
  geo_mean: {
    aggregation: 'seq-mean-token-mean',
    summand: boundedLogRatio,
    clampsLogRatio: false,
    term({ logprob, oldLogprob, advantage, meanLogRatio, meanAdvantage }, options) {
      const difference = logprob - oldLogprob;
      const ratio = Math.exp(meanLogRatio);
      const loss = -meanAdvantage * ratio;
      const isOutside = difference !== clamp(difference, -options.clipRatioLow, options.clipRatioHigh);
      const passes = advantage !== 0 && boundedLogRatio(difference, advantage, options) === difference;
      return {
        ...unclipped,
        loss,
        gradient: passes ? loss : 0,
        ratio,
        clippedLow: advantage < 0 && difference < -options.clipRatioLow,
        clippedHigh: advantage > 0 && difference > options.clipRatioHigh,
        clipped: isOutside && advantage > 0,
        clippedLower: isOutside && advantage < 0,
      };
    },
  },
};

const gspoLogRatioBound = 10;
const unclipped = {
  clippedLow: false,
  clippedHigh: false,
  clippedDual: false,
  clipped: false,
  clippedLower: false,
};

function ratioOf(difference: number, { logRatioBound = VERL_LOG_RATIO_BOUND }: PolicyLossOptions) {
  const bounded = clamp(difference, -logRatioBound, logRatioBound);
  return { ratio: Math.exp(bounded), isFree: bounded === difference };
}

/** The log-ratio, held at its bound on the side where the advantage would push it further. */
function boundedLogRatio(difference: number, advantage: number, options: PolicyLossOptions): number {
  const sign = Math.sign(advantage);
  const inside = clamp(difference, -options.clipRatioLow, options.clipRatioHigh);
  return sign * Math.min(sign * difference, sign * inside);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

/** The tokens of one answer: arrays of equal length, log-probs in nats. */
export interface AnswerTokens {
  logprobs: ArrayLike<number>;
  oldLogprobs: ArrayLike<number>;
  advantages: ArrayLike<number>;
  /** 1 for a response token; all 1 by default. */
  mask?: ArrayLike<number>;
}

/** The term of each token of one answer. `gradient` is d Σ w loss / d log π over w, for weights w = 1/(n · answers). */
export function answerTerms(answer: AnswerTokens, options: PolicyLossOptions): PolicyLossTerm[] {
  const { logprobs, oldLogprobs, advantages, mask } = answer;
  const { summand, term } = policyLosses[options.lossMode ?? 'vanilla'];
  let count = 0;
  let logRatio = 0;
  let advantage = 0;
  if (summand !== null) {
    for (let t = 0; t < logprobs.length; t++) {
      if (mask?.[t] === 0) continue;
      count++;
      logRatio += summand(logprobs[t] - oldLogprobs[t], advantages[t], options);
      advantage += advantages[t];
    }
  }
  const meanLogRatio = logRatio / Math.max(count, 1);
  const meanAdvantage = advantage / Math.max(count, 1);
  const terms: PolicyLossTerm[] = [];
  for (let t = 0; t < logprobs.length; t++) {
    const [logprob, oldLogprob] = [logprobs[t], oldLogprobs[t]];
    terms.push(term({ logprob, oldLogprob, advantage: advantages[t], meanLogRatio, meanAdvantage }, options));
  }
  return terms;
}

/** A flat batch of tokens: five arrays of equal length, answer after answer. */
export interface ObjectiveBatch extends Required<AnswerTokens> {
  /** Loss weight of each token, from `aggregation.ts`; 0 masks it. */
  weights: ArrayLike<number>;
  /** Tokens of each answer, masked ones included. */
  lengths: readonly number[];
}

export interface ObjectiveResult {
  /** Σ weight · token loss. */
  loss: number;
  /** d loss / d log π of each token. */
  gradient: Float64Array;
  /** verl's `pg_clipfrac`. */
  clipFraction: number;
  /** Share of tokens with `clippedLow`, and with `clippedHigh`. */
  clipFractionLow: number;
  clipFractionHigh: number;
  /** verl's `pg_clipfrac_lower`. */
  clipFractionLower: number;
  /** Mean of log π_old − log π, clamped where the loss clamps it: verl's `ppo_kl`. */
  ppoKl: number;
}

/**
 * The weighted objective of a batch with verl's metrics. `meanEpsilon` is added to the token count in the metrics:
 * 1e-8 in verl, 0 in the fork.
 */
export function policyObjective(
  batch: ObjectiveBatch,
  options: PolicyLossOptions,
  meanEpsilon: number = MASKED_MEAN_EPSILON,
): ObjectiveResult {
  const { logprobs, oldLogprobs, weights, mask } = batch;
  const terms: PolicyLossTerm[] = [];
  for (const length of batch.lengths) {
    const own = (values: ArrayLike<number>) =>
      Array.prototype.slice.call(values, terms.length, terms.length + length) as number[];
    terms.push(
      ...answerTerms(
        {
          logprobs: own(logprobs),
          oldLogprobs: own(oldLogprobs),
          advantages: own(batch.advantages),
          mask: own(mask),
        },
        options,
      ),
    );
  }
  // A masked token must not turn an infinite loss into NaN.
  const weighted = (i: number, value: number) => (weights[i] === 0 ? 0 : weights[i] * value);
  const share = (counts: (term: PolicyLossTerm) => boolean) =>
    maskedMean(
      terms.map((term) => Number(counts(term))),
      mask,
      meanEpsilon,
    );
  const { clampsLogRatio } = policyLosses[options.lossMode ?? 'vanilla'];
  const bound = clampsLogRatio ? (options.logRatioBound ?? VERL_LOG_RATIO_BOUND) : Number.POSITIVE_INFINITY;
  return {
    loss: terms.reduce((sum, term, i) => sum + weighted(i, term.loss), 0),
    gradient: Float64Array.from(terms, (term, i) => weighted(i, term.gradient)),
    clipFraction: share((term) => term.clipped),
    clipFractionLow: share((term) => term.clippedLow),
    clipFractionHigh: share((term) => term.clippedHigh),
    clipFractionLower: share((term) => term.clippedLower),
    ppoKl: maskedMean(
      terms.map((_, i) => clamp(oldLogprobs[i] - logprobs[i], -bound, bound)),
      mask,
      meanEpsilon,
    ),
  };
}
