/** @file What a session reads out of its settings: scorer, reward kernels, sampling, and what must fit the policy. */
import { CodedError } from '../errors';
import type { GroupRewardOptions } from '../kernels/group-reward/group-reward';
import type { PolicyConfig, SamplingOptions } from '../policy/types';
import { createQuestionScorer, type QuestionScorer } from '../reward/question-scorer';
import type { Judge } from '../reward/types';
import type { RunConfig } from './settings';
import { noStages } from './stages-text';

/** Whether the weights the run began with are asked again later. */
export function needsReference(config: RunConfig): boolean {
  return config.kl_loss_coef > 0 || (config.curriculum !== noStages && config['pool.measure'] === 'base');
}

/** @throws CodedError `checkpoint.positions`. */
export function checkPositions(config: RunConfig, policy: PolicyConfig): void {
  const needed = config.max_prompt_length + config.max_response_length;
  if (needed <= policy.max_position_embeddings) return;
  throw new CodedError(
    'checkpoint.positions',
    `This policy knows ${policy.max_position_embeddings} positions; prompt and answer may need ${needed}.`,
    'Lower max_prompt_length or max_response_length, or choose a policy for longer contexts.',
  );
}

/** The scorer of a run's answers; `judge` is asked where `reward.mode` says so. */
export function makeScorer(config: RunConfig, judge: Judge): QuestionScorer {
  return createQuestionScorer({
    ruleMode: config['reward.rule'],
    rewardMode: config['reward.mode'],
    overlong: config['overlong_buffer.enable']
      ? {
          maxResponseLength: config.max_response_length,
          bufferLength: config['overlong_buffer.len'],
          penaltyFactor: config['overlong_buffer.penalty_factor'],
        }
      : null,
    judge,
  });
}

/** What the reward kernel reads of the settings. */
export function rewardOptions(config: RunConfig): GroupRewardOptions {
  return {
    mode: config['reward.mode'],
    maxLength: config.max_response_length,
    overlongBuffer: config['overlong_buffer.enable'] ? config['overlong_buffer.len'] : 0,
    overlongFactor: config['overlong_buffer.penalty_factor'],
    cap: config['reward.rule'] === 'strict',
    epsilon: config.adv_epsilon,
    normalizeByStd: config.norm_adv_by_std,
    keepBy: config['filter_groups.metric'],
    keepSingletons: false,
  };
}

/** How a run draws its answers. */
export function samplingOptions(config: RunConfig, greedy: boolean): SamplingOptions {
  return {
    temperature: config.temperature,
    top_k: config.top_k,
    top_p: config.top_p,
    maxNewTokens: config.max_response_length,
    greedy,
  };
}
