/** @file Float64 reference of group rewards. */
import type { GroupRewardOptions } from './group-reward';

export interface AnswerScores {
  rule: number;
  judge: number;
  judgeAsked: boolean;
  length: number;
}

export interface AnswerReward {
  base: number;
  overlong: number;
  total: number;
  correct: boolean;
}

export interface GroupRewardResult {
  rewards: AnswerReward[];
  advantages: number[];
  mean: number;
  std: number;
  keep: boolean;
}

/** One group; formulas in group-reward.wgsl. */
export function groupRewardReference(
  answers: readonly AnswerScores[],
  options: GroupRewardOptions,
): GroupRewardResult {
  const rewards = answers.map((answer) => answerReward(answer, options));
  const totals = rewards.map(({ total }) => total);
  const single = totals.length === 1;
  const mean = single ? 0 : totals.reduce((sum, r) => sum + r, 0) / totals.length;
  const std = single
    ? 1
    : Math.sqrt(totals.reduce((sum, r) => sum + (r - mean) ** 2, 0) / (totals.length - 1));
  const divisor = options.normalizeByStd ? std + options.epsilon : 1;
  const [first] = rewards;
  const varies = rewards.some(({ correct, total }) =>
    options.keepBy === 'acc' ? correct !== first.correct : total !== first.total,
  );
  return {
    rewards,
    advantages: totals.map((r) => (r - mean) / divisor),
    mean,
    std,
    keep: varies || (single && options.keepSingletons),
  };
}

function answerReward(answer: AnswerScores, options: GroupRewardOptions): AnswerReward {
  const judge = answer.judgeAsked ? answer.judge : answer.rule;
  const base = { rule: answer.rule, judge, max: Math.max(answer.rule, judge) }[options.mode];
  let overlong = 0;
  if (options.overlongBuffer > 0) {
    const over = answer.length - (options.maxLength - options.overlongBuffer);
    overlong = Math.min((-over / options.overlongBuffer) * options.overlongFactor, 0);
    if (options.cap) overlong = Math.max(overlong, -options.overlongFactor);
  }
  return { base, overlong, total: base + overlong, correct: base === 1 };
}
