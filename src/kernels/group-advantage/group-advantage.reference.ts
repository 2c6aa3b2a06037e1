/** @file Float64 reference of group advantages. */
import type { GroupAdvantageOptions } from './group-advantage';

export interface GroupAdvantageResult {
  advantages: number[];
  mean: number;
  std: number;
  keep: boolean;
}

/** One group; formulas in group-advantage.wgsl. */
export function groupAdvantageReference(
  rewards: readonly number[],
  metric: readonly number[],
  options: GroupAdvantageOptions,
): GroupAdvantageResult {
  const single = rewards.length === 1;
  const mean = single ? 0 : rewards.reduce((sum, r) => sum + r, 0) / rewards.length;
  const std = single
    ? 1
    : Math.sqrt(rewards.reduce((sum, r) => sum + (r - mean) ** 2, 0) / (rewards.length - 1));
  const divisor = options.normalizeByStd ? std + options.epsilon : 1;
  return {
    advantages: rewards.map((r) => (r - mean) / divisor),
    mean,
    std,
    keep: metric.some((m) => m !== metric[0]) || (single && options.keepSingletons),
  };
}
