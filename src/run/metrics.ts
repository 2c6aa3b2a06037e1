/**
 * @file The metric names: verl's where verl has one, marked as Longview's own elsewhere. One table drives chart titles,
 * help and the TRL export.
 */

/** Values of one step by canonical name. */
export type Metrics = Record<string, number>;

export interface MetricInfo {
  name: string;
  /** One sentence: what it is. */
  definition: string;
  /** Unit, '' for a bare number; `fraction` is 0 to 1. */
  unit: string;
  /** What a healthy run shows, in words. */
  healthy: string;
  /** TRL's name for the same number, null where it has none. */
  trl: string | null;
  /** Not one of verl's. */
  own: boolean;
}

type Row = readonly [name: string, unit: string, trl: string | null, definition: string, healthy: string];

const learning = 'rises over tens of steps';
const any = 'no target; a jump needs a reason';

const verlRows: readonly Row[] = [
  [
    'critic/score/mean',
    'reward',
    'rewards/{fn}/mean',
    'Mean task score of all answers before penalties.',
    learning,
  ],
  ['critic/score/max', 'reward', null, 'Highest task score of a step.', '1'],
  ['critic/score/min', 'reward', null, 'Lowest task score of a step.', '0 while there is something to learn'],
  [
    'critic/rewards/mean',
    'reward',
    'reward',
    'Mean reward of all answers after penalties: what the advantage is computed from.',
    learning,
  ],
  ['critic/rewards/max', 'reward', null, 'Highest reward of a step.', '1'],
  [
    'critic/rewards/min',
    'reward',
    null,
    'Lowest reward of a step.',
    '0, or down to minus the overlong factor',
  ],
  ['critic/advantages/mean', '', null, 'Mean advantage of the answers that were learned from.', 'near 0'],
  [
    'critic/advantages/max',
    '',
    null,
    'Highest advantage of a step.',
    'at most (G − 1)/√G: one right answer among wrong ones',
  ],
  [
    'critic/advantages/min',
    '',
    null,
    'Lowest advantage of a step.',
    'at least −(G − 1)/√G: one wrong answer among right ones',
  ],
  [
    'critic/returns/mean',
    '',
    null,
    'Mean return; equals the advantage, as there is no value network.',
    'near 0',
  ],
  [
    'actor/pg_loss',
    '',
    'policy_loss',
    'Clipped policy objective, negated and weighted: what the policy gradient lowers, without entropy and divergence.',
    'small, around 0; its size says little',
  ],
  [
    'actor/loss',
    '',
    'loss',
    'All that the optimiser lowers: policy objective, entropy bonus and divergence, each with its weight.',
    'small, around 0; its size says little',
  ],
  [
    'actor/pg_clipfrac',
    'fraction',
    'clip_ratio/region_mean',
    'Share of tokens whose gradient the clip bounds stopped, as the chosen policy loss counts them.',
    'above 0 and below 0.2',
  ],
  [
    'actor/pg_clipfrac_lower',
    'fraction',
    null,
    'Share of tokens stopped by the dual clip (not by the lower bound); with GMPO those clamped at a negative advantage.',
    '0 or very small',
  ],
  [
    'actor/ppo_kl',
    'nats',
    null,
    'Mean of old minus new log-probability: how far the batch has moved the policy.',
    'below 0.05',
  ],
  ['actor/kl_loss', 'nats', 'kl', 'Estimated divergence from the reference policy.', 'grows slowly'],
  ['actor/kl_coef', '', null, 'Weight of the divergence in the loss.', 'as set'],
  [
    'actor/entropy',
    'nats',
    'entropy',
    'Mean entropy of the next-token distribution over generated tokens.',
    'falls slowly and stays above 0',
  ],
  [
    'actor/grad_norm',
    '',
    'grad_norm',
    'Length of the gradient of all weights before it is bounded.',
    'steady; spikes are bounded by grad_clip',
  ],
  ['actor/lr', '', 'learning_rate', 'Learning rate of the last update of the step.', 'as set'],
  [
    'response_length/mean',
    'tokens',
    'completions/mean_length',
    'Mean length of the answers, end token included.',
    any,
  ],
  [
    'response_length/max',
    'tokens',
    'completions/max_length',
    'Longest answer.',
    'below the longest allowed length',
  ],
  ['response_length/min', 'tokens', 'completions/min_length', 'Shortest answer.', any],
  [
    'response_length/clip_ratio',
    'fraction',
    'completions/clipped_ratio',
    'Share of answers cut off at the longest allowed length (nothing to do with the clip bounds).',
    'near 0',
  ],
  ['prompt_length/mean', 'tokens', null, 'Mean length of the prompts.', any],
  ['prompt_length/max', 'tokens', null, 'Longest prompt.', 'at most max_prompt_length'],
  ['prompt_length/min', 'tokens', null, 'Shortest prompt.', any],
  [
    'prompt_length/clip_ratio',
    'fraction',
    null,
    'Share of prompts cut off at the longest allowed length.',
    '0',
  ],
  ['train/loss', 'nats', 'loss', 'Supervised loss of warm-up, as averaged by sft.loss_mean.', 'falls'],
  [
    'train/num_gen_batches',
    'rounds',
    null,
    'Generation rounds a step needed to fill its batch (QwenLong-L1’s fork).',
    '1 to 3; at the bound the task is too easy or too hard',
  ],
  ['perf/total_num_tokens', 'tokens', 'num_tokens', 'Prompt and answer tokens of the step.', any],
  ['perf/throughput', 'tokens/s', null, 'Tokens of the step over its time.', any],
  ['perf/rollouts_per_s', 'answers/s', null, 'Answers of the step, dropped ones too, over its time.', any],
  ['perf/time_per_step', 's', 'step_time', 'Time of the whole step.', any],
  [
    'perf/gpu_busy',
    'share',
    null,
    'Share of the step’s time in which work of the run was submitted and not yet done.',
    'near gpu.duty; lower where the CPU or a person was waited for',
  ],
  [
    'perf/max_memory_allocated_gb',
    'GiB',
    null,
    'Most that the run has held on the GPU so far, counted buffer by buffer.',
    'steady; it grows only with longer prompts or larger batches',
  ],
  ['timing_s/gen', 's', null, 'Time spent sampling answers.', any],
  ['timing_s/reward', 's', null, 'Time spent scoring answers.', any],
  ['timing_s/old_log_prob', 's', null, 'Time spent on old log-probabilities.', any],
  ['timing_s/ref', 's', null, 'Time spent on log-probabilities of the reference policy.', any],
  ['timing_s/adv', 's', null, 'Time spent on advantages.', any],
  ['timing_s/update_actor', 's', null, 'Time spent on optimiser updates.', any],
  ['timing_s/step', 's', null, 'Time of the whole step.', any],
];

const ownRows: readonly Row[] = [
  [
    'actor/pg_clipfrac_low',
    'fraction',
    'clip_ratio/low_mean',
    'Share of tokens with ratio below 1 − ε_low and negative advantage.',
    'above 0 and below 0.1',
  ],
  [
    'actor/pg_clipfrac_high',
    'fraction',
    'clip_ratio/high_mean',
    'Share of tokens with ratio above 1 + ε_high and positive advantage.',
    'above 0 and below 0.1',
  ],
  [
    'rollout/logprob_mismatch_max',
    'nats',
    null,
    'Largest difference between a token’s log-probability when sampled and when trained on.',
    'below 1e-4',
  ],
  [
    'rollout/logprob_top_p_gap/mean',
    'nats',
    null,
    'Mean of −log S over the tokens learned from, S the probability mass that top-p and top-k leave to sample from.',
    '0 without truncation, at most −log top_p without top-k',
  ],
  ['rollout/logprob_top_p_gap/max', 'nats', null, 'Largest −log S of a token.', 'at most −log top_p'],
  [
    'aepo/entropy',
    'nats',
    null,
    'Mean over the answers learned from of their mean token entropy: what AEPO’s thresholds are held against.',
    'between the thresholds',
  ],
  [
    'aepo/active',
    '',
    null,
    'Whether AEPO leaves answers with negative advantage out: 1 or 0.',
    'changes now and then',
  ],
  [
    'actor/masked_token_frac',
    'fraction',
    null,
    'Share of tokens whose policy gradient was left out by negative-gradient clipping or AEPO.',
    '0 where both are off',
  ],
  [
    'group/zero_std_frac',
    'fraction',
    'frac_reward_zero_std',
    'Share of groups whose rewards are all equal: they carry no signal.',
    'below 0.5',
  ],
  [
    'group/all_correct',
    'fraction',
    null,
    'Share of groups with only right answers.',
    'below 0.5; else the task has become easy',
  ],
  [
    'group/all_wrong',
    'fraction',
    null,
    'Share of groups with only wrong answers.',
    'below 0.5; else the task is too hard',
  ],
  ['group/kept', 'groups', null, 'Groups the step learned from.', 'the training batch size'],
  ['group/dropped_all_right', 'groups', null, 'Groups left out with only right answers.', any],
  ['group/dropped_all_wrong', 'groups', null, 'Groups left out with only wrong answers.', any],
  [
    'group/dropped_uniform_reward',
    'groups',
    null,
    'Groups left out whose rewards are equal though right and wrong differ.',
    '0 or few',
  ],
  [
    'group/dropped_surplus',
    'groups',
    null,
    'Varying groups left out because the batch was full.',
    'below the generation batch',
  ],
  ['sft/tokens', 'tokens', null, 'Supervised tokens of a warm-up step.', any],
  ['sft/epoch', 'epochs', null, 'Passes over the warm-up data set so far.', 'rises steadily'],
  [
    'sft/accuracy',
    'fraction',
    null,
    'Share of right sampled answers to the held-out questions of a warm-up probe, which have the lengths that RL begins with.',
    'rises; RL begins well below 1',
  ],
  [
    'sft/groups_vary',
    'fraction',
    null,
    'Share of the probe’s groups with right and wrong answers: what RL will have to learn from.',
    'rises, and falls again where warm-up goes on for too long',
  ],
  [
    'sft/groups_all_right',
    'fraction',
    null,
    'Share of the probe’s groups with only right answers.',
    'below all wrong',
  ],
  ['sft/groups_all_wrong', 'fraction', null, 'Share of the probe’s groups with only wrong answers.', 'falls'],
  ['curriculum/stage', '', null, 'Stage of the curriculum; 0 is warm-up.', 'rises as set'],
  ['curriculum/stage_steps', 'steps', null, 'Steps of the stage so far.', any],
  ['curriculum/max_input', 'tokens', null, 'Longest input of the stage.', 'as set'],
  ['pool/size', 'questions', null, 'Hard questions of earlier stages that can come back.', any],
  ['pool/candidates', 'questions', null, 'Hard questions of this stage kept for later ones.', any],
  [
    'pool/shortfall',
    'prompts',
    null,
    'Retrospective places that fresh questions took because the pool had none left.',
    '0',
  ],
  ['pool/share', 'fraction', null, 'Share of the batch that came from the pool.', 'as set'],
  ['pool/mean_difficulty', '', null, 'Mean difficulty of the pool, one over the mean reward.', any],
  ['reward/rule_rate', 'fraction', null, 'Share of answers the rule calls right.', learning],
  ['reward/judge_rate', 'fraction', null, 'Share of judged answers the judge calls right.', learning],
  [
    'reward/judge_rescue',
    'fraction',
    null,
    'Share of answers wrong by the rule and right by the judge.',
    'small; large means a rule too narrow or a judge too kind',
  ],
  [
    'reward/judge_ms',
    'ms',
    null,
    'Time of all verdicts of a step; those from the cache take none.',
    'a small part of the step',
  ],
  [
    'reward/judge_failed',
    'answers',
    null,
    'Answers that were to be judged and got no verdict: the rule alone counts for them.',
    '0',
  ],
  ['reward/overlong_mean', 'reward', null, 'Mean overlong penalty.', 'near 0'],
  ['behavior/ground', '', null, 'Sentences per answer with a phrase that goes back to the document.', any],
  ['behavior/subgoal', '', null, 'Sentences per answer with a phrase that sets a subgoal.', any],
  ['behavior/backtrack', '', null, 'Sentences per answer with a phrase that gives up an approach.', any],
  ['behavior/verify', '', null, 'Sentences per answer with a phrase that checks a result.', any],
  ['grounding/needle_hit', 'fraction', null, 'Share of answers that name the evidence.', learning],
  [
    'run/nonfinite_dropped',
    'values',
    null,
    'Values of the step that were not finite numbers and were left out of its record.',
    '0',
  ],
];

const describe =
  (own: boolean) =>
  ([name, unit, trl, definition, healthy]: Row): MetricInfo => ({
    name,
    definition,
    unit,
    healthy,
    trl,
    own,
  });

/** Every named metric; evaluation names (`val-core/…`) are made from source and sample count (`eval-metric.ts`). */
export const metricTable: readonly MetricInfo[] = [
  ...verlRows.map(describe(false)),
  ...ownRows.map(describe(true)),
];

const byName: ReadonlyMap<string, MetricInfo> = new Map(metricTable.map((info) => [info.name, info]));

/** What is known of a metric, or null (evaluation metrics, extensions). */
export function metricInfo(name: string): MetricInfo | null {
  return byName.get(name) ?? null;
}
