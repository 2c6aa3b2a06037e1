/** @file Combines rule and judge scores and adds the overlong penalty. */
import { defineKernel, type Kernel, type Queue, type Slice } from '../../gpu';
import code from './hybrid-reward.wgsl?raw';

const kernel = defineKernel({
  label: 'hybrid-reward',
  code,
  entryPoint: 'hybridReward',
  storage: ['read', 'read-write'],
  params: {
    count: 'u32',
    mode: 'u32',
    maxLength: 'f32',
    overlongBuffer: 'f32',
    overlongFactor: 'f32',
    cap: 'u32',
  },
});

export const hybridRewardKernels: readonly Kernel[] = [kernel];

const modes = ['rule', 'judge', 'max'] as const;

export interface HybridRewardOptions {
  mode: (typeof modes)[number];
  /** Longest answer, tokens. */
  maxLength: number;
  /** Length of the ramp before `maxLength`, tokens; 0 switches the penalty off. */
  overlongBuffer: number;
  /** Penalty at `maxLength`. */
  overlongFactor: number;
  /** Never below −overlongFactor: the paper's Eq. 7; the released code has no cap. */
  cap: boolean;
}

/**
 * rewards[count, 4] = (base, overlong, total, correct) from answers[count, 4] = (rule, judge, judge asked, length).
 * @throws Error unless 0 ≤ overlongBuffer ≤ maxLength.
 */
export function hybridReward(
  queue: Queue,
  answers: Slice,
  rewards: Slice,
  count: number,
  options: HybridRewardOptions,
): void {
  const { maxLength, overlongBuffer, overlongFactor } = options;
  if (!(overlongBuffer >= 0 && overlongBuffer <= maxLength))
    throw new Error(`overlong ramp ${overlongBuffer} of ${maxLength}`);
  const values = {
    count,
    mode: modes.indexOf(options.mode),
    maxLength,
    overlongBuffer,
    overlongFactor,
    cap: options.cap ? 1 : 0,
  };
  queue.run(kernel, [answers, rewards], values, [Math.ceil(count / 64)], count * 8);
}
