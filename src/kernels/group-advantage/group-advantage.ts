/** @file Group-relative advantages and the mask of groups worth training on. */
import { defineKernel, type Kernel, type Queue, type Slice } from '../../gpu';
import code from './group-advantage.wgsl?raw';

const kernel = defineKernel({
  label: 'group-advantage',
  code,
  entryPoint: 'groupAdvantage',
  storage: ['read', 'read-write', 'read-write'],
  params: {
    groups: 'u32',
    size: 'u32',
    epsilon: 'f32',
    normalizeByStd: 'u32',
    keepSingletons: 'u32',
    stride: 'u32',
    rewardAt: 'u32',
    metricAt: 'u32',
  },
});

export const groupAdvantageKernels: readonly Kernel[] = [kernel];

export interface GroupAdvantageOptions {
  /** Added to the standard deviation; verl has 1e-6. */
  epsilon: number;
  /** False is Dr. GRPO: reward minus mean. */
  normalizeByStd: boolean;
  /** Keep groups of one: verl's recipe does, QwenLong-L1 does not. */
  keepSingletons: boolean;
}

/** A table of scores, `stride` floats an answer, with the columns of the reward and of what must vary to keep a group. */
export interface ScoreTable {
  scores: Slice;
  stride: number;
  rewardAt: number;
  /** Accuracies, or the rewards themselves. */
  metricAt: number;
}

/** advantages[groups * size] and stats[groups, 4] = (mean, std, keep, 0) from the scores of groups * size answers. */
export function groupAdvantage(
  queue: Queue,
  table: ScoreTable,
  advantages: Slice,
  stats: Slice,
  groups: number,
  size: number,
  options: GroupAdvantageOptions,
): void {
  const values = {
    groups,
    size,
    epsilon: options.epsilon,
    normalizeByStd: options.normalizeByStd ? 1 : 0,
    keepSingletons: options.keepSingletons ? 1 : 0,
    stride: table.stride,
    rewardAt: table.rewardAt,
    metricAt: table.metricAt,
  };
  queue.run(kernel, [table.scores, advantages, stats], values, [Math.ceil(groups / 64)], groups * size * 8);
}
