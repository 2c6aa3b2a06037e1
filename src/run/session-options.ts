/** @file What a session is opened with, and the policy that comes of it. */
import type { BehaviourPatterns } from '../evaluation/behaviour-patterns';
import type { Gpu } from '../gpu';
import { defaultPacked } from '../kernels/linear/packed';
import { GpuPolicy } from '../policy/gpu-policy';
import type { BatchShape, SpareMemory } from '../policy/plan';
import type { Judge } from '../reward/types';
import type { TrainerHooks } from '../rl/trainer';
import type { LongDocument } from '../tasks/types';
import { type Checkpoint, weightsOf } from './checkpoint';
import { rewardKernels } from './gpu-rewards';
import { defaultKernels, type KernelChoice } from './kernel-choice';
import type { Recovery } from './recovery';
import { decodesPacked } from './rollout-weights';
import type { RunConfig } from './settings';

export interface SessionOptions {
  config: RunConfig;
  document: LongDocument;
  /** The checkpoint to start from. */
  checkpoint: Checkpoint;
  gpu: Gpu;
  /** Go on from the checkpoint's step and moments instead of starting at step 0. */
  resume?: boolean;
  /** Asked where `reward.mode` says so; without one the rule alone decides. Stays the caller's to close. */
  judge?: Judge;
  /** Control of the learning proof: exchanges the rewards inside each group. */
  shuffleRewards?: boolean;
  /** Phrases counted as reasoning behaviours, where not the default list. */
  behaviours?: BehaviourPatterns;
  /** Variants of the hot kernels; the default of the adapter's kind without it. */
  kernels?: KernelChoice;
  hooks?: TrainerHooks;
  /** How to go on after the GPU was lost; without it a loss ends the run. */
  recovery?: Recovery;
  /** What memory may be spent on to save time; default everything that fits. No bit depends on it. */
  spare?: Partial<SpareMemory>;
  /** Part of the wanted slice to use. */
  sliceShare?: number;
  /** Kernels compiled so far. */
  progress?: (ready: number, total: number) => void;
}

/** The variants a session runs with: those it is given, else the defaults. */
export function kernelsOf({ config, gpu, kernels }: SessionOptions): KernelChoice {
  const { packed = defaultPacked, ...always } = kernels ?? defaultKernels(gpu);
  return decodesPacked(config) ? { ...always, packed } : always;
}

/** Compiles, and takes all the memory that the run will need. @throws CodedError `gpu.*`. */
export async function allocate(options: SessionOptions, shape: BatchShape): Promise<GpuPolicy> {
  const { gpu, checkpoint, config } = options;
  const policy = await GpuPolicy.create(gpu, checkpoint.config, weightsOf(checkpoint.weights), {
    slicing: {
      sliceMs: config['gpu.slice_ms'],
      duty: config['gpu.duty'],
      share: options.sliceShare,
    },
    progress: options.progress,
    kernels: rewardKernels,
    ...kernelsOf(options),
  });
  policy.reserve(shape);
  await policy.buffers.settle();
  return policy;
}
