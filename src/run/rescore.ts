/**
 * @file An answer that was scored already, scored under other settings: what can be known without asking policy or judge
 * again. With the settings it was scored by it keeps its score.
 */
import { type OverlongOptions, overlongPenalty, overlongProblem } from '../reward/overlong';
import { ruleFamilyOf } from '../reward/question-scorer';
import { combineReward, scoreRule } from '../reward/score';
import type { Score } from '../reward/types';
import { dropReason } from '../rl/dynamic-sampling';
import type { DropReason } from '../rl/types';
import type { RunConfig, SettingKey } from './settings';
import type { AnswerView, GroupView } from './step-view';

/** Settings whose effect on a finished step can be worked out from its answers. */
export const rescoringKeys = [
  'reward.rule',
  'reward.mode',
  'max_response_length',
  'overlong_buffer.enable',
  'overlong_buffer.len',
  'overlong_buffer.penalty_factor',
  'norm_adv_by_std',
  'norm_adv_std_over',
  'adv_epsilon',
  'filter_groups.enable',
  'filter_groups.metric',
] as const satisfies readonly SettingKey[];

type RescoringConfig = Pick<RunConfig, (typeof rescoringKeys)[number]>;

/** Overlong term of an answer of `length` tokens, ≤ 0; 0 where the ramp is off or cannot be. */
export function overlongTerm(length: number, config: RescoringConfig): number {
  const options: OverlongOptions = {
    maxResponseLength: config.max_response_length,
    bufferLength: config['overlong_buffer.len'],
    penaltyFactor: config['overlong_buffer.penalty_factor'],
  };
  if (!config['overlong_buffer.enable'] || overlongProblem(options) !== null) return 0;
  return 0 + overlongPenalty(length, options, config['reward.rule']);
}

type ScoredQuestion = Pick<GroupView, 'family' | 'question' | 'gold' | 'rejected'>;
type ScoredText = Pick<AnswerView, 'text' | 'tokens' | 'score'>;

/**
 * The score of an answer under `after`, scored by `before`. A verdict that the judge did not give stays not given: under a
 * setting that would ask it, the rule stands.
 */
export function rescored(
  answer: ScoredText,
  question: ScoredQuestion,
  before: RescoringConfig,
  after: RescoringConfig,
): Score {
  const { score } = answer;
  const isSameRule = before['reward.rule'] === after['reward.rule'];
  const rule = isSameRule
    ? { score: score.rule, parsed: score.parsed, reason: score.reason }
    : scoreRule(
        {
          family: ruleFamilyOf(question.family),
          question: question.question,
          answers: question.gold,
          rejected: question.rejected,
          response: answer.text,
          responseLength: answer.tokens.length,
        },
        after['reward.rule'],
      ).rule;
  const base =
    isSameRule && before['reward.mode'] === after['reward.mode']
      ? score.base
      : combineReward(after['reward.mode'], rule.score, score.judge);
  const term = (config: RescoringConfig) => overlongTerm(answer.tokens.length, config);
  const overlong = term(before) === term(after) ? score.overlong : term(after);
  return {
    ...score,
    rule: rule.score,
    parsed: rule.parsed,
    reason: rule.reason,
    base,
    overlong,
    total: base + overlong,
    correct: base === 1,
  };
}

/**
 * Why dynamic sampling under `config` would drop a group that was drawn, or null. One that was left out for other reasons
 * (surplus, a probe) stays out: which groups a full batch would have held is not known.
 */
export function regrouped(
  scores: readonly Score[],
  dropped: DropReason | null,
  config: RescoringConfig,
): DropReason | null {
  if (dropped === 'surplus' || dropped === 'probe') return dropped;
  return config['filter_groups.enable'] ? dropReason(scores, config['filter_groups.metric']) : null;
}
