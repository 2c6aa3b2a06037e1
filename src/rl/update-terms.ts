/** @file From settings to the terms of one optimiser update: the ratio's denominator, the token weights, the objective. */

import type { ObjectiveOptions, Rollout } from '../policy/types';
import { miniBatchWeights } from './aggregation';
import { policyLosses } from './policy-loss';
import type { TrainerSettings } from './settings';
import type { ScoredGroup } from './types';

/**
 * Old log-probs of an answer from those the training forward measured: as released those of the full softmax; exact
 * those of what was sampled from, log π − log S with S the mass of the truncated support.
 */
export function ratioDenominator(
  { logprobs, samplerLogprobs }: Rollout,
  measured: Float32Array,
  { oldLogProb }: TrainerSettings,
): Float32Array {
  if (oldLogProb === 'exact') return measured.map((value, t) => value + (samplerLogprobs[t] - logprobs[t]));
  return measured;
}

/** Loss weights of a mini-batch, answer by answer. A policy loss that fixes its aggregation overrules the setting. */
export function lossWeights(groups: readonly ScoredGroup[], settings: TrainerSettings): Float32Array[] {
  return miniBatchWeights(
    groups.map((group) => group.answers.map((answer) => answer.rollout.tokens.length)),
    {
      mode: policyLosses[settings.lossMode].aggregation ?? settings.lossAggMode,
      tokenMeanOver: settings.tokenMeanOver,
      microBatchSize: settings.microBatchSize,
      lossScaleFactor: settings.maxResponseLength,
    },
  );
}

export function objectiveOptions(settings: TrainerSettings): ObjectiveOptions {
  return {
    kind: 'policy',
    temperature: settings.temperature,
    lossMode: settings.lossMode,
    clipRatioLow: settings.clipRatioLow,
    clipRatioHigh: settings.clipRatioHigh,
    clipRatioC: settings.clipRatioC,
    tauPos: settings.tauPos,
    tauNeg: settings.tauNeg,
    klCoef: settings.klLossCoef,
    klType: settings.klLossType,
    entropyCoef: settings.entropyCoeff,
  };
}
