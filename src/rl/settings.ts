/** @file The settings the training loop reads, in its own words; the run room maps its schema onto them. */

import type { SamplingOptions } from '../policy/types';
import type { Stage } from './curriculum';
import type { PoolSettings } from './retrospective';

export type LossAggMode =
  | 'token-mean'
  | 'seq-mean-token-mean'
  | 'seq-mean-token-sum'
  | 'seq-mean-token-sum-norm';

export interface TrainerSettings {
  seed: number;
  /** Stages of the curriculum in order; none leaves the lengths to the task source. */
  stages: readonly Stage[];
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
  klLossCoef: number;
  /** Measure log-probs of the weights the run began with: needed by a KL term, useful as a metric. */
  useReference: boolean;
  klLossType: 'k1' | 'k2' | 'k3';
  entropyCoeff: number;
  normAdvByStd: boolean;
  lossAggMode: LossAggMode;
  filterGroups: { enable: boolean; metric: 'acc' | 'score'; maxNumGenBatches: number };
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
