/** @file Float64 reference of the hybrid reward. */
import type { HybridRewardOptions } from './hybrid-reward';

export interface AnswerScores {
  rule: number;
  judge: number;
  judgeAsked: boolean;
  length: number;
}

/** One answer; formulas in hybrid-reward.wgsl. */
export function hybridRewardReference(
  answer: AnswerScores,
  options: HybridRewardOptions,
): { base: number; overlong: number; total: number; correct: boolean } {
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
