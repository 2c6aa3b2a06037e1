/**
 * @file Published methods as named combinations of settings: each names every setting by which they differ, so that one
 * can take the place of another. They lie on top of a preset, which keeps sizes, lengths and optimiser.
 */
import type { RunConfig } from './settings';

type MethodSettings = Pick<
  RunConfig,
  | 'policy_loss.loss_mode'
  | 'clip_ratio_low'
  | 'clip_ratio_high'
  | 'loss_agg_mode'
  | 'token_mean_over'
  | 'norm_adv_by_std'
  | 'norm_adv_std_over'
  | 'negative_clip.level'
  | 'aepo.rule'
  | 'filter_groups.enable'
  | 'overlong_buffer.enable'
  | 'kl_loss_coef'
>;

/** The paper's GRPO runs: Eq. 4 and 5 without KL. */
const grpo: MethodSettings = {
  'policy_loss.loss_mode': 'vanilla',
  clip_ratio_low: 0.2,
  clip_ratio_high: 0.2,
  loss_agg_mode: 'seq-mean-token-mean',
  token_mean_over: 'mini-batch',
  norm_adv_by_std: true,
  norm_adv_std_over: 'group',
  'negative_clip.level': 'off',
  'aepo.rule': 'off',
  'filter_groups.enable': false,
  'overlong_buffer.enable': false,
  kl_loss_coef: 0,
};

/** The paper's DAPO runs: Eq. 6 to 8 and dynamic sampling. Its clip bounds are not published; these are DAPO's. */
const dapo: MethodSettings = {
  ...grpo,
  clip_ratio_high: 0.28,
  loss_agg_mode: 'token-mean',
  token_mean_over: 'group',
  'filter_groups.enable': true,
  'overlong_buffer.enable': true,
};

/** QwenLong-L1.5: the loss over the tokens of the group, the deviation of the task. */
const grpoTask: MethodSettings = {
  ...grpo,
  loss_agg_mode: 'token-mean',
  token_mean_over: 'group',
  norm_adv_std_over: 'task',
};

export const algorithms = {
  grpo,
  dapo,
  /** The released script: DAPO with equal clip bounds and the token mean of each micro-batch. */
  'dapo-script': { ...dapo, clip_ratio_high: 0.2, token_mean_over: 'micro-batch' },
  /** arXiv 2503.20783: no deviation, the sum over tokens divided by the longest response allowed. */
  'dr-grpo': { ...grpo, loss_agg_mode: 'seq-mean-token-sum-norm', norm_adv_by_std: false },
  /** arXiv 2507.18071; its bounds are for the ratio of whole answers. */
  gspo: { ...grpo, 'policy_loss.loss_mode': 'gspo', clip_ratio_low: 3e-4, clip_ratio_high: 4e-4 },
  /** arXiv 2506.13585. */
  cispo: { ...grpo, 'policy_loss.loss_mode': 'cispo', loss_agg_mode: 'token-mean' },
  /** arXiv 2511.20347. */
  sapo: { ...grpo, 'policy_loss.loss_mode': 'sapo' },
  /** arXiv 2507.20673; the bounds are of the log-ratio. */
  gmpo: { ...grpo, 'policy_loss.loss_mode': 'geo_mean', clip_ratio_low: 0.4, clip_ratio_high: 0.4 },
  'grpo-task': grpoTask,
  /** QwenLong-L1.5 with its entropy control. */
  aepo: { ...grpoTask, 'aepo.rule': 'paper' },
} as const satisfies Record<string, MethodSettings>;

export type AlgorithmName = keyof typeof algorithms;
