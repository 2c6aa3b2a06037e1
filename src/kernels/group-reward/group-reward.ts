/** @file Rule, judge and length of every answer → rewards, advantages and the mask of groups worth training on. */
import { defineKernel, type Kernel, type Queue, type Slice } from '../../gpu';
import code from './group-reward.wgsl?raw';

const kernel = defineKernel({
  label: 'group-reward',
  code,
  entryPoint: 'groupReward',
  storage: ['read', 'read-write', 'read-write', 'read-write'],
  params: {
    groups: 'u32',
    size: 'u32',
    mode: 'u32',
    maxLength: 'f32',
    overlongBuffer: 'f32',
    overlongFactor: 'f32',
    cap: 'u32',
    epsilon: 'f32',
    normalizeByStd: 'u32',
    keepByTotal: 'u32',
    keepSingletons: 'u32',
  },
});

export const groupRewardKernels: readonly Kernel[] = [kernel];

const modes = ['rule', 'judge', 'max'] as const;

export interface GroupRewardOptions {
  mode: (typeof modes)[number];
  /** Longest answer, tokens. */
  maxLength: number;
  /** Length of the ramp before `maxLength`, tokens; 0 switches the penalty off. */
  overlongBuffer: number;
  /** Penalty at `maxLength`. */
  overlongFactor: number;
  /** Never below −overlongFactor: the paper's Eq. 7; the released code has no cap. */
  cap: boolean;
  /** Added to the standard deviation; verl has 1e-6. */
  epsilon: number;
  /** False is Dr. GRPO: reward minus mean. */
  normalizeByStd: boolean;
  /** What must vary within a group to keep it: right and wrong, or the reward with its penalty. */
  keepBy: 'acc' | 'score';
  /** Keep groups of one: verl's recipe does, QwenLong-L1 does not. */
  keepSingletons: boolean;
}

export interface GroupRewardSlices {
  /** [groups · size, 4]: rule, judge, judge asked (1 or 0), length. */
  answers: Slice;
  /** [groups · size, 4]: base, overlong, total, correct (1 or 0). */
  rewards: Slice;
  /** [groups · size]. */
  advantages: Slice;
  /** [groups, 4]: mean, std, keep (1 or 0), 0. */
  stats: Slice;
}

/**
 * Rewards and advantages of `groups` groups of `size` answers (paper Eq. 14, 7 and 5).
 * @throws Error unless 0 ≤ overlongBuffer ≤ maxLength.
 */
export function groupReward(
  queue: Queue,
  { answers, rewards, advantages, stats }: GroupRewardSlices,
  groups: number,
  size: number,
  options: GroupRewardOptions,
): void {
  const { maxLength, overlongBuffer, overlongFactor, epsilon } = options;
  if (!(overlongBuffer >= 0 && overlongBuffer <= maxLength))
    throw new Error(`overlong ramp ${overlongBuffer} of ${maxLength}`);
  const values = {
    groups,
    size,
    mode: modes.indexOf(options.mode),
    maxLength,
    overlongBuffer,
    overlongFactor,
    cap: options.cap ? 1 : 0,
    epsilon,
    normalizeByStd: options.normalizeByStd ? 1 : 0,
    keepByTotal: options.keepBy === 'score' ? 1 : 0,
    keepSingletons: options.keepSingletons ? 1 : 0,
  };
  queue.run(
    kernel,
    [answers, rewards, advantages, stats],
    values,
    [Math.ceil(groups / 64)],
    groups * size * 16,
  );
}
