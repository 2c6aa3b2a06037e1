/** @file Opens the training session that train, eval and prove-learning drive. */
import type { BehaviourPatterns } from '../evaluation/behaviour-patterns';
import type { Gpu } from '../gpu';
import { loadCheckpoint } from '../run/checkpoint';
import { chooseKernels, type WrittenChoice } from '../run/kernel-choice';
import { randomPolicy, randomStart } from '../run/random-start';
import type { Recovery } from '../run/recovery';
import { decodesPacked } from '../run/rollout-weights';
import { Session } from '../run/session';
import type { RunConfig } from '../run/settings';
import type { FileStore } from '../run/store';
import type { LongDocument } from '../tasks/types';
import { kernelCache } from './files';
import { nodeJudge } from './node-judge';

export interface SessionRequest {
  config: RunConfig;
  document: LongDocument;
  /** The checkpoint folder to start from, as the root of a store. */
  policyFiles: FileStore;
  /** `policyFiles` is what the `policy` setting names, not a checkpoint of a run: with `random` its weights are not taken. */
  isStart?: boolean;
  gpu: Gpu;
  /** Go on from the checkpoint's step and moments instead of starting at step 0. */
  resume?: boolean;
  /** How to go on after the GPU was lost. */
  recovery?: Recovery;
  /** Control of the learning proof: exchanges the rewards inside each group. */
  shuffleRewards?: boolean;
  /** Phrases counted as reasoning behaviours, where not the default list. */
  behaviours?: BehaviourPatterns;
  /** Kernel variants that the run to repeat or resume has written. */
  kernels?: WrittenChoice | null;
}

/** Opens a training session with the judge its settings name. @throws CodedError `checkpoint.*`, `gpu.*`, `judge.*`; TaskError for an unusable document. */
export async function openSession({
  policyFiles,
  isStart,
  kernels: written,
  ...options
}: SessionRequest): Promise<Session> {
  const { policy, seed } = options.config;
  const loaded = await loadCheckpoint(policyFiles, '');
  const checkpoint = isStart && policy === randomPolicy ? randomStart(loaded, seed) : loaded;
  const judge = (await nodeJudge(options.config)) ?? undefined;
  const { kernels, notices } = await chooseKernels(options.gpu, {
    written,
    cache: kernelCache(),
    packed: decodesPacked(options.config),
  });
  for (const { message } of notices) console.error(message);
  return Session.open({ ...options, checkpoint, kernels, judge });
}
