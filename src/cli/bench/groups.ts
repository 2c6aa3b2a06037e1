/** @file Random groups to learn from, and the operations on them that are timed. */

import type { Gpu } from '../../gpu';
import { GpuPolicy } from '../../policy/gpu-policy';
import { initialWeights } from '../../policy/initialise';
import type { BatchShape, MemoryPlan } from '../../policy/plan';
import type { ObjectiveOptions, OptimizerOptions, PolicyConfig, TrainGroup } from '../../policy/types';
import type { KernelChoice } from '../../run/kernel-choice';
import { Random } from '../../tasks/random';
import { defaultPolicy } from '../default-policy';
import type { GroupShape } from './cost';

/** Slices of the trainer on a software adapter. */
const slicing = { sliceMs: 100 };

/** Narrow, so that long prompts take minutes on a software adapter; how cost grows does not depend on the width. */
export const narrowPolicy: PolicyConfig = {
  ...defaultPolicy,
  hidden_size: 32,
  intermediate_size: 64,
  num_hidden_layers: 2,
  num_attention_heads: 1,
  num_key_value_heads: 1,
};

/** One prompt of random tokens with answers of one length; half of the advantages are negative. */
export function randomGroup(config: PolicyConfig, shape: GroupShape): TrainGroup {
  const { promptTokens, answers, answerTokens } = shape;
  const random = new Random(1, promptTokens);
  // Past the special tokens.
  const tokens = (count: number) =>
    Uint32Array.from({ length: count }, () => random.between(7, config.vocab_size - 1));
  return {
    promptTokens: tokens(promptTokens),
    answers: Array.from({ length: answers }, (_, i) => ({
      tokens: tokens(answerTokens),
      oldLogprobs: new Float32Array(answerTokens).fill(-Math.log(config.vocab_size)),
      advantage: i % 2 === 0 ? 1 : -1,
      weights: new Float32Array(answerTokens).fill(1 / (answers * answerTokens)),
    })),
  };
}

/** The same answers, each with a prompt of its own. */
export function apart(group: TrainGroup): TrainGroup[] {
  return group.answers.map((answer) => ({ ...group, answers: [answer] }));
}

export interface BenchPolicy {
  policy: GpuPolicy;
  plan: MemoryPlan;
  /** Most bytes that were allocated at a time, the reads of a checkpoint among them. */
  peakBytes(): Promise<number>;
}

/** An untrained policy with its memory reserved for groups of this shape. */
export async function openPolicy(
  gpu: Gpu,
  config: PolicyConfig,
  kernels: KernelChoice,
  shape: GroupShape,
  groups = 1,
): Promise<BenchPolicy> {
  const policy = await GpuPolicy.create(gpu, config, initialWeights(config, 1), {
    slicing,
    linear: kernels.linear,
  });
  const plan = policy.reserve(batchShapeOf(shape, groups));
  const peakBytes = async () => {
    await policy.readOptimizer();
    return policy.buffers.peakBytes + policy.queue.peakBytes;
  };
  return { policy, plan, peakBytes };
}

function batchShapeOf({ promptTokens, answers, answerTokens }: GroupShape, groups: number): BatchShape {
  return {
    promptTokens,
    responseTokens: answerTokens,
    groupSize: answers,
    mostAnswers: answers,
    rolloutPrompts: 1,
    trainPrompts: groups,
    miniBatch: groups,
    reference: false,
    packedWeights: false,
    reusePrefix: false,
    keepAttention: true,
  };
}

const objective: ObjectiveOptions = {
  kind: 'policy',
  temperature: 1,
  clipRatioLow: 0.2,
  clipRatioHigh: 0.28,
  clipRatioC: 0,
  klCoef: 0,
  klType: 'k3',
  entropyCoef: 0,
};

const optimizer: OptimizerOptions = {
  learningRate: 1e-5,
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  weightDecay: 0,
  maxGradNorm: 1,
};

/** One optimiser update, until the GPU is idle. */
export async function update(policy: GpuPolicy, groups: TrainGroup[]): Promise<void> {
  await policy.update(groups, objective, optimizer);
  await policy.idle();
}

/** `answers` sampled answers of `answerTokens` tokens to the group's prompt. */
export async function rollout(
  policy: GpuPolicy,
  { promptTokens }: TrainGroup,
  answers: number,
  answerTokens: number,
): Promise<void> {
  await policy.rollout([{ promptTokens, groupSize: answers, seed: 1, step: 1, promptIndex: 0 }], {
    temperature: 1,
    top_k: 0,
    top_p: 1,
    maxNewTokens: answerTokens,
    greedy: false,
  });
}
