/**
 * @file The clipped token objective of GRPO and DAPO in float64: the policy loss `vanilla` of policy-loss.ts, and what the
 * page marks clipped tokens by.
 *
 * With d = clamp(log π − log π_old, ±c), ρ = exp d and advantage A:
 *   loss = max(−A ρ, −A clamp(ρ, 1 − low, 1 + high)), and for A < 0 with a dual clip C > 1: min(that, −A C).
 * (paper Eq. 4 and 6; verl `compute_policy_loss_vanilla`.) The loss is to be minimised.
 */

import type { ObjectiveOptions } from '../policy/types';

export type ClipOptions = Pick<ObjectiveOptions, 'clipRatioLow' | 'clipRatioHigh' | 'clipRatioC'> & {
  /** Bound of |log π − log π_old|; 20 by default as in verl, Infinity = none. */
  logRatioBound?: number;
};

/** verl clamps the log-ratio at ±20. */
export const VERL_LOG_RATIO_BOUND = 20;

/** The released QwenLong-L1 fork: 0.2 on both sides, no dual clip, no clamp. */
export const FORK_CLIP: ClipOptions = {
  clipRatioLow: 0.2,
  clipRatioHigh: 0.2,
  clipRatioC: 0,
  logRatioBound: Number.POSITIVE_INFINITY,
};

export interface TokenObjective {
  loss: number;
  /** d loss / d log π. 0 where a clip or the log-ratio clamp holds. */
  gradient: number;
  /** ρ after the clamp. */
  ratio: number;
  /** ρ < 1 − low and A < 0: the push away from a bad token stops. */
  clippedLow: boolean;
  /** ρ > 1 + high and A > 0: the push towards a good token stops. */
  clippedHigh: boolean;
  /** The dual clip bounds the loss: A < 0 and ρ > C. */
  clippedDual: boolean;
}

/** Objective of one token. Log-probs in nats; see the file header for the formula. */
export function tokenObjective(
  logprob: number,
  oldLogprob: number,
  advantage: number,
  options: ClipOptions,
): TokenObjective {
  const { clipRatioLow, clipRatioHigh, clipRatioC, logRatioBound = VERL_LOG_RATIO_BOUND } = options;
  const difference = logprob - oldLogprob;
  const clamped = Math.min(Math.max(difference, -logRatioBound), logRatioBound);
  const ratio = Math.exp(clamped);
  const clippedLow = advantage < 0 && ratio < 1 - clipRatioLow;
  const clippedHigh = advantage > 0 && ratio > 1 + clipRatioHigh;
  const bounded = Math.min(Math.max(ratio, 1 - clipRatioLow), 1 + clipRatioHigh);
  const clippedLoss = Math.max(-advantage * ratio, -advantage * bounded);
  const clippedDual = clipRatioC > 0 && advantage < 0 && clippedLoss > -advantage * clipRatioC;
  const loss = clippedDual ? -advantage * clipRatioC : clippedLoss;
  const isFlat = clippedLow || clippedHigh || clippedDual || difference !== clamped;
  return { loss, gradient: isFlat ? 0 : -advantage * ratio, ratio, clippedLow, clippedHigh, clippedDual };
}
