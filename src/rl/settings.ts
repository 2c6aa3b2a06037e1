/** @file The settings the training loop reads, in its own words; the run room maps its schema onto them. */

import type { PolicyLossMode, SamplingOptions } from '../policy/types';
import type { LossAggregation, TokenMeanScope } from './aggregation';
import type { Stage } from './curriculum';
import type { BoundChoice, FilterMetric } from './dynamic-sampling';
import type { AepoOptions, NegativeClipOptions } from './negative-gradients';
import type { PoolSettings } from './retrospective';

/** `sequence` averages each sequence first (Eq. 11), `token` all supervised tokens of the batch alike. */
export type SupervisedMean = 'sequence' | 'token';

export interface SupervisedSettings {
  /** Examples an update. */
  documents: number;
  /** Examples of the data set, seen again epoch by epoch; 0 = new ones without end. */
  examples: number;
  lr: number;
  lrWarmupSteps: number;
  /** 0 = constant. */
  lrDecaySteps: number;
  mean: SupervisedMean;
  /** Steps between probes; 0 = only the last step of a stage is probed. */
  probeEvery: number;
  probeQuestions: number;
}

export interface TrainerSettings {
  seed: number;
  /** Stages of the curriculum in order; none leaves the lengths to the task source. */
  stages: readonly Stage[];
  /** Supervised warm-up, in stages of that kind. */
  sft: SupervisedSettings;
  /** Retrospective sampling. */
  pool: PoolSettings;
  groupSize: number;
  /** Prompts an update batch should hold. */
  trainBatchSize: number;
  /** Prompts drawn a generation round. */
  genBatchSize: number;
  /** Prompts an optimiser update. */
  miniBatchSize: number;
  ppoEpochs: number;
  temperature: number;
  /** 0 = off. */
  topK: number;
  topP: number;
  /** Tokens. */
  maxResponseLength: number;
  clipRatioLow: number;
  clipRatioHigh: number;
  /** 0 = off. */
  clipRatioC: number;
  /** The policy loss: which function of the ratio, over tokens or whole answers. */
  lossMode: PolicyLossMode;
  /** SAPO's τ for positive advantages, and for the others. */
  tauPos: number;
  tauNeg: number;
  klLossCoef: number;
  /** Measure log-probs of the weights the run began with: needed by a KL term, useful as a metric. */
  useReference: boolean;
  klLossType: 'k1' | 'k2' | 'k3';
  entropyCoeff: number;
  normAdvByStd: boolean;
  /** Whose deviation the advantage is divided by, where it is. */
  normAdvStdOver: 'group' | 'task' | 'batch';
  /** Added to that deviation. */
  advEpsilon: number;
  negativeClip: NegativeClipOptions;
  aepo: AepoOptions;
  /** Old log-probs of the full softmax, of the truncated support that was sampled from, or as the rollout saw them. */
  oldLogProb: 'released' | 'exact' | 'sampled';
  lossAggMode: LossAggregation;
  tokenMeanOver: TokenMeanScope;
  /** Answers a micro-batch of the token mean. */
  microBatchSize: number;
  filterGroups: { enable: boolean; metric: FilterMetric; maxNumGenBatches: number; onBound: BoundChoice };
  lr: number;
  lrWarmupSteps: number;
  /** 0 = constant. */
  lrDecaySteps: number;
  beta1: number;
  beta2: number;
  adamEpsilon: number;
  weightDecay: number;
  /** Global gradient norm; 0 = off. */
  gradClip: number;
}

/** How training samples its answers. */
export function samplingOf(settings: TrainerSettings): SamplingOptions {
  return {
    temperature: settings.temperature,
    top_k: settings.topK,
    top_p: settings.topP,
    maxNewTokens: settings.maxResponseLength,
    greedy: false,
  };
}
