/**
 * @file What becomes of each setting in a launch script: the one table setting → verl key → TRL key. A setting that is added
 * without a row here does not compile.
 *
 * A rule gives *entries*, a key of the target with its value, or *losses*, the reason why something is not carried over.
 * A key in CAPITALS is no configuration key but a constant of the script: an environment variable of bash, a name of Python.
 */
import { updatesPerBatch } from '../config';
import type { RunConfig, SettingKey, SettingValue } from '../settings';
import { parseStages } from '../stages-text';
import type { Literal } from './literals';

/** verl 0.7.0 with recipe/dapo; the verl that QwenLong-L1 ships; TRL 1.13.0. */
export type LaunchTarget = 'verl' | 'qwenlong' | 'trl';

export interface Entry {
  key: string;
  value: Literal;
}
export interface Loss {
  lost: string;
}

type Rule<K extends SettingKey> = (value: RunConfig[K], config: RunConfig) => readonly (Entry | Loss)[];

interface Row<K extends SettingKey> {
  verl: Rule<K>;
  /** Where the fork differs from verl 0.7.0. */
  qwenlong?: Rule<K>;
  trl: Rule<K>;
}

const entry = (key: string, value: Literal): Entry[] => [{ key, value }];
const lost = (reason: string): Loss[] => [{ lost: reason }];
const none = (): [] => [];

/** The setting's own value under another name. */
const as =
  (key: string) =>
  <V extends Literal>(value: V): Entry[] =>
    entry(key, value);
/** Lost unless it has the value that the target has anyway. */
const unless =
  (neutral: SettingValue, reason: string) =>
  (value: SettingValue): Loss[] =>
    value === neutral ? [] : lost(reason);

/** Longview's own engine or its own questions: another tool has its own. */
const ours = { verl: none, trl: none };

const actor = 'actor_rollout_ref.actor';
const rollout = 'actor_rollout_ref.rollout';
/** A bound that nothing reaches: verl limits log-ratios to ±20, whose exponential is 4.9e8. */
const unreached = 1e9;

const ofAnswers = (config: RunConfig) =>
  ['gspo', 'sapo', 'geo_mean'].includes(config['policy_loss.loss_mode']);
/** The aggregation that is used: losses of whole answers have their own. */
const aggregation = (config: RunConfig): RunConfig['loss_agg_mode'] =>
  ofAnswers(config) ? 'seq-mean-token-mean' : config.loss_agg_mode;
const isTokenMean = (config: RunConfig) => aggregation(config) === 'token-mean';
const isJudged = (config: RunConfig) => config.judge !== 'off' && config['reward.mode'] !== 'rule';
const isSapo = (config: RunConfig) => config['policy_loss.loss_mode'] === 'sapo';

const verlEstimators = { k1: 'kl', k2: 'mse', k3: 'low_var_kl' } as const;
const noFork = "not in QwenLong-L1's verl";

const trlLossTypes = {
  'token-mean': 'dapo',
  'seq-mean-token-mean': 'grpo',
  'seq-mean-token-sum': 'luspo',
  'seq-mean-token-sum-norm': 'dr_grpo',
} as const;

export const settingKeys: { readonly [K in SettingKey]: Row<K> } = {
  preset: ours,
  seed: {
    verl: (value) => [
      ...entry('data.seed', value),
      ...lost('orders the rows; sampling noise is the rollout engine’s own'),
    ],
    qwenlong: () => lost(`${noFork}: rows and noise are not seeded`),
    trl: as('seed'),
  },
  policy: { verl: policyLosses, trl: policyLosses },

  clip_ratio_low: {
    verl: as(`${actor}.clip_ratio_low`),
    trl: (value, config) => [
      ...entry('epsilon', value),
      ...(config['policy_loss.loss_mode'] === 'cispo' ? lost('TRL’s cispo has no lower bound') : []),
    ],
  },
  clip_ratio_high: {
    verl: as(`${actor}.clip_ratio_high`),
    // The bound of TRL's cispo is a ratio, not a distance from 1.
    trl: (value, config) =>
      entry('epsilon_high', config['policy_loss.loss_mode'] === 'cispo' ? 1 + value : value),
  },
  clip_ratio_c: {
    verl: (value) => entry(`${actor}.clip_ratio_c`, value === 0 ? unreached : value),
    qwenlong: unless(0, `${noFork}: no dual clip`),
    // min(ρ, δ) equals dual clip where δ is above both clip bounds.
    trl: (value, config) =>
      value === 0
        ? []
        : [
            ...entry('delta', value),
            ...(value < 1 + config.clip_ratio_high
              ? lost('TRL’s delta also cuts ratios of right answers')
              : []),
          ],
  },
  loss_agg_mode: {
    verl: (_, config) => {
      const mode = aggregation(config);
      return mode === 'seq-mean-token-sum-norm'
        ? [
            ...entry(`${actor}.loss_agg_mode`, mode),
            ...entry(`${actor}.loss_scale_factor`, config.max_response_length),
            ...lost('verl 0.7.0 does not divide by the number of answers: scale the learning rate'),
          ]
        : entry(`${actor}.loss_agg_mode`, mode);
    },
    qwenlong: (_, config) => {
      const mode = aggregation(config);
      if (mode === 'token-mean') return entry(`${actor}.use_token_level_loss`, true);
      const closest = entry(`${actor}.use_token_level_loss`, false);
      return mode === 'seq-mean-token-mean'
        ? closest
        : [...closest, ...lost(`${mode} is ${noFork}; seq-mean-token-mean stands in its place`)];
    },
    trl: (_, config) => {
      const loss = config['policy_loss.loss_mode'];
      if (loss === 'cispo' || loss === 'sapo')
        return [
          ...entry('loss_type', loss),
          ...(loss === 'cispo' && !isTokenMean(config) ? lost('TRL’s cispo is a token mean') : []),
        ];
      if (isTokenMean(config) && config.token_mean_over === 'micro-batch') return entry('loss_type', 'bnpo');
      return entry('loss_type', trlLossTypes[aggregation(config)]);
    },
  },
  norm_adv_by_std: {
    verl: as('algorithm.norm_adv_by_std_in_grpo'),
    qwenlong: unless(true, `${noFork}: always divided`),
    trl: (value, config) =>
      entry('scale_rewards', value ? (config.norm_adv_std_over === 'batch' ? 'batch' : 'group') : 'none'),
  },
  kl_loss_coef: {
    verl: (value) => [...entry(`${actor}.use_kl_loss`, value > 0), ...entry(`${actor}.kl_loss_coef`, value)],
    // Without use_kl_loss the fork takes the divergence off the reward.
    qwenlong: (value) => [...entry(`${actor}.use_kl_loss`, true), ...entry(`${actor}.kl_loss_coef`, value)],
    trl: (value) => [...entry('beta', value), ...(value > 0 ? entry('use_bias_correction_kl', false) : [])],
  },
  kl_loss_type: {
    verl: (value) => entry(`${actor}.kl_loss_type`, verlEstimators[value]),
    trl: (value, config) =>
      config.kl_loss_coef > 0 && value !== 'k3' ? lost(`TRL has k3 only, not ${value}`) : [],
  },
  entropy_coeff: { verl: as(`${actor}.entropy_coeff`), trl: as('entropy_coef') },

  'policy_loss.loss_mode': {
    verl: as(`${actor}.policy_loss.loss_mode`),
    qwenlong: unless('vanilla', `${noFork}: vanilla stands in its place`),
    trl: (value) => [
      ...entry('importance_sampling_level', value === 'gspo' ? 'sequence' : 'token'),
      ...(value === 'geo_mean' ? lost('TRL has no GMPO; grpo stands in its place') : []),
    ],
  },
  tau_pos: {
    verl: (value, config) => (isSapo(config) ? entry(`${actor}.tau_pos`, value) : []),
    qwenlong: none,
    trl: (value, config) => (isSapo(config) ? entry('sapo_temperature_pos', value) : []),
  },
  tau_neg: {
    verl: (value, config) => (isSapo(config) ? entry(`${actor}.tau_neg`, value) : []),
    qwenlong: none,
    trl: (value, config) => (isSapo(config) ? entry('sapo_temperature_neg', value) : []),
  },
  token_mean_over: {
    verl: (value, config) =>
      isTokenMean(config) && value !== 'mini-batch'
        ? lost(`verl’s token mean is over the mini-batch, not the ${value}`)
        : [],
    qwenlong: (value, config) =>
      isTokenMean(config) && value !== 'micro-batch'
        ? lost(`the fork’s token mean is over each micro-batch, not the ${value}`)
        : [],
    trl: (value, config) =>
      isTokenMean(config) && value !== 'micro-batch'
        ? lost(`TRL’s dapo divides by the tokens of the generation batch, not of the ${value}`)
        : [],
  },
  ppo_micro_batch_size: {
    verl: none,
    qwenlong: (_, config) =>
      isTokenMean(config) && config.token_mean_over === 'micro-batch'
        ? lost('micro-batches are packed by tokens (MAX_TOKENS_PER_GPU)')
        : [],
    trl: none,
  },
  norm_adv_std_over: {
    verl: (value, config) =>
      config.norm_adv_by_std && value !== 'group'
        ? lost(`verl has the group’s deviation, not the ${value}’s`)
        : [],
    trl: (value, config) =>
      config.norm_adv_by_std && value === 'task'
        ? lost('TRL has the deviation of group or batch, not of the task')
        : [],
  },
  adv_epsilon: {
    verl: unless(1e-6, 'verl adds 1e-6'),
    trl: unless(1e-4, 'TRL adds 1e-4'),
  },
  'negative_clip.level': {
    verl: unless('off', 'negative-gradient clipping is not in verl'),
    trl: unless('off', 'negative-gradient clipping is not in TRL'),
  },
  'negative_clip.tau': ours,
  'aepo.rule': { verl: unless('off', 'AEPO is not in verl'), trl: unless('off', 'AEPO is not in TRL') },
  'aepo.entropy_low': ours,
  'aepo.entropy_high': ours,
  old_log_prob: {
    verl: unless('released', 'verl measures old log-probs anew, by the full softmax'),
    trl: unless('released', 'TRL measures old log-probs anew, by the full softmax'),
  },

  lr: { verl: as(`${actor}.optim.lr`), trl: as('learning_rate') },
  lr_warmup_steps: {
    verl: as(`${actor}.optim.lr_warmup_steps`),
    // TRL counts optimiser updates, verl and Longview batches.
    trl: (value, config) => entry('warmup_steps', value * updatesPerBatch(config)),
  },
  lr_decay_steps: {
    verl: (value) =>
      value === 0
        ? entry(`${actor}.optim.lr_scheduler_type`, 'constant')
        : [
            ...entry(`${actor}.optim.lr_scheduler_type`, 'cosine'),
            ...entry(`${actor}.optim.min_lr_ratio`, 0.1),
            ...lost(`the rate falls over all steps of the script, not over ${value}`),
          ],
    qwenlong: unless(0, `${noFork}: the rate is constant`),
    trl: (value) =>
      value === 0
        ? entry('lr_scheduler_type', 'constant_with_warmup')
        : [
            ...entry('lr_scheduler_type', 'cosine_with_min_lr'),
            ...entry('lr_scheduler_kwargs', { min_lr_rate: 0.1 }),
            ...lost(`the rate falls over all steps of the script, not over ${value}`),
          ],
  },
  beta1: {
    verl: (value, config) => entry(`${actor}.optim.betas`, [value, config.beta2]),
    qwenlong: unless(0.9, `${noFork}: 0.9`),
    trl: as('adam_beta1'),
  },
  // verl's betas stand together under beta1.
  beta2: { verl: none, qwenlong: unless(0.999, `${noFork}: 0.999`), trl: as('adam_beta2') },
  adam_epsilon: {
    verl: (value) => entry(`${actor}.optim.override_optimizer_config`, { eps: value }),
    qwenlong: unless(1e-8, `${noFork}: 1e-8`),
    trl: as('adam_epsilon'),
  },
  weight_decay: { verl: as(`${actor}.optim.weight_decay`), trl: as('weight_decay') },
  grad_clip: {
    verl: (value) => entry(`${actor}.grad_clip`, value === 0 ? unreached : value),
    trl: as('max_grad_norm'),
  },

  group_size: { verl: as(`${rollout}.n`), trl: as('num_generations') },
  train_batch_size: {
    verl: as('data.train_batch_size'),
    trl: (value, config) => entry('generation_batch_size', value * config.group_size),
  },
  gen_batch_size: { verl: as('data.gen_batch_size'), trl: none },
  mini_batch_size: {
    verl: as(`${actor}.ppo_mini_batch_size`),
    // One answer at a time on each process; the script divides the number of answers by the processes.
    trl: (value, config) => [
      ...entry('per_device_train_batch_size', 1),
      ...entry('gradient_accumulation_steps', value * config.group_size),
    ],
  },
  ppo_epochs: { verl: as(`${actor}.ppo_epochs`), trl: as('num_iterations') },
  temperature: {
    verl: (value) => [
      ...entry(`${rollout}.temperature`, value),
      ...entry(`${rollout}.val_kwargs.temperature`, value),
    ],
    trl: as('temperature'),
  },
  top_k: {
    verl: (value) => {
      const k = value === 0 ? -1 : value;
      return [...entry(`${rollout}.top_k`, k), ...entry(`${rollout}.val_kwargs.top_k`, k)];
    },
    trl: as('top_k'),
  },
  top_p: {
    verl: (value) => [...entry(`${rollout}.top_p`, value), ...entry(`${rollout}.val_kwargs.top_p`, value)],
    trl: as('top_p'),
  },
  'rollout.weights': ours,
  'filter_groups.enable': {
    verl: as('algorithm.filter_groups.enable'),
    trl: unless(false, 'TRL draws no other prompts: groups that do not vary stay and teach nothing'),
  },
  'filter_groups.metric': {
    verl: (value) => entry('algorithm.filter_groups.metric', value === 'acc' ? 'acc' : 'seq_final_reward'),
    trl: none,
  },
  'filter_groups.max_num_gen_batches': {
    verl: as('algorithm.filter_groups.max_num_gen_batches'),
    trl: none,
  },
  'filter_groups.on_bound': {
    verl: (value, config) =>
      config['filter_groups.enable'] ? lost(`at the bound verl ends with an error, not with ${value}`) : [],
    trl: none,
  },

  max_prompt_length: { verl: as('data.max_prompt_length'), trl: as('MAX_PROMPT_LENGTH') },
  max_response_length: { verl: as('data.max_response_length'), trl: as('MAX_COMPLETION_LENGTH') },
  window_tokens: ours,
  // Both read it from the model's folder.
  rope_theta: {
    verl: unless(0, 'set rope_theta in the config.json of the model'),
    trl: unless(0, 'set rope_theta in the config.json of the model'),
  },
  'overlong_buffer.enable': {
    verl: as('reward_model.overlong_buffer.enable'),
    qwenlong: as('custom_reward_function.overlong_buffer.enable'),
    trl: as('OVERLONG_PENALTY'),
  },
  'overlong_buffer.len': {
    verl: as('reward_model.overlong_buffer.len'),
    qwenlong: as('custom_reward_function.overlong_buffer.len'),
    trl: as('OVERLONG_BUFFER_LENGTH'),
  },
  'overlong_buffer.penalty_factor': {
    verl: as('reward_model.overlong_buffer.penalty_factor'),
    qwenlong: as('custom_reward_function.overlong_buffer.penalty_factor'),
    trl: as('OVERLONG_PENALTY_FACTOR'),
  },
  'reward.mode': {
    verl: (value, config) => (isJudged(config) ? lost(`${value} becomes rule: no judge is called`) : []),
    qwenlong: (value, config) => [
      ...entry('LLM_JUDGE', isJudged(config) ? 'Y' : 'N'),
      ...(isJudged(config) && value === 'judge' ? lost('the fork takes the maximum of rule and judge') : []),
    ],
    trl: (value, config) => (isJudged(config) ? lost(`${value} becomes rule: no judge is called`) : []),
  },
  'reward.rule': {
    verl: (value) => [...entry('+custom_reward_function.reward_kwargs.rule', value), ...shortRule(value)],
    qwenlong: unless('faithful', 'the fork scores by its own rules (faithful)'),
    trl: (value) => [...entry('REWARD_RULE', value), ...shortRule(value)],
  },
  'task.families': ours,
  'task.level': ours,
  judge: {
    verl: none,
    qwenlong: (_, config) =>
      isJudged(config)
        ? lost('a vLLM server takes its place: VERIFIER_PATH, VERIFIER_HOST, VERIFIER_PORT')
        : [],
    trl: none,
  },
  judge_verdict: ours,
  judge_device: ours,

  curriculum: { verl: stageLosses, trl: stageLosses },
  'pool.rule': { verl: poolLosses, trl: poolLosses },
  'pool.share': ours,
  'pool.size': ours,
  'pool.measure': ours,
  'pool.floor': ours,
  'pool.temperature': ours,
  'pool.max_weight': ours,
  'pool.on_empty': ours,

  'sft.documents': ours,
  'sft.questions': ours,
  'sft.examples': ours,
  'sft.lr': ours,
  'sft.lr_warmup_steps': ours,
  'sft.lr_decay_steps': ours,
  'sft.loss_mean': ours,
  'sft.answer_weight': ours,
  'sft.restate': ours,
  'sft.reasoning': ours,
  'sft.wording': ours,
  'sft.probe_every': ours,
  'sft.probe_questions': ours,

  'eval.questions': { verl: noHeldOut, trl: noHeldOut },
  'eval.every': {
    verl: (value) => entry('trainer.test_freq', value === 0 ? -1 : value),
    trl: (value, config) =>
      value === 0
        ? entry('eval_strategy', 'no')
        : [
            ...entry('eval_strategy', 'steps'),
            ...entry('eval_steps', value * updatesPerBatch(config)),
            ...entry('per_device_eval_batch_size', config.group_size),
          ],
  },
  'checkpoint.every': {
    verl: (value) =>
      value === 0
        ? [...entry('trainer.save_freq', -1), ...lost('verl then keeps no checkpoint, not the last one')]
        : entry('trainer.save_freq', value),
    trl: (value, config) =>
      value === 0
        ? entry('save_strategy', 'no')
        : [...entry('save_strategy', 'steps'), ...entry('save_steps', value * updatesPerBatch(config))],
  },
  'memory.budget_mb': ours,
  'gpu.slice_ms': ours,
  'gpu.duty': ours,
};

/** A folder or model name that is written into a script; anything else is set by the environment. */
export function isPlainPath(policy: string): boolean {
  return policy !== 'default' && policy !== 'random' && /^[\w./~+-]+$/.test(policy);
}

function noHeldOut(): Loss[] {
  return lost('held-out questions are not written: bring a test.parquet in the same columns');
}

function shortRule(rule: RunConfig['reward.rule']): Loss[] {
  return lost(
    rule === 'strict'
      ? 'in a short form: one </think>, and the whole answer has to be the gold'
      : 'in a short form: numbers within 0.15 %, powers of ten do not pass',
  );
}

function policyLosses(policy: string): Loss[] {
  return isPlainPath(policy) ? [] : lost(`"${policy}" stays here: set MODEL_PATH to a Hugging Face model`);
}

function stageLosses(curriculum: string): Loss[] {
  const stages = parseStages(curriculum);
  const reinforced = stages.filter(({ kind }) => kind === 'rl');
  const rules = reinforced.flatMap(({ name, stop }) => [
    ...(stop.plateau ? lost(`${name} cannot end where its reward is flat`) : []),
    ...(stop.entropyFloor === null ? [] : lost(`${name} cannot end at an entropy of ${stop.entropyFloor}`)),
    ...(stop.steps === null ? lost(`${name} has no number of steps: it runs for EPOCHS`) : []),
  ]);
  return [
    ...(reinforced.length < stages.length
      ? lost('supervised warm-up is not written: begin with a policy that had it')
      : []),
    ...(reinforced.length > 1 ? lost('one script a stage, each from the checkpoint of the one before') : []),
    ...rules,
  ];
}

function poolLosses(rule: RunConfig['pool.rule'], config: RunConfig): Loss[] {
  const reinforced = parseStages(config.curriculum).filter(({ kind }) => kind === 'rl');
  return rule === 'off' || reinforced.length < 2
    ? []
    : lost('the retrospective pool is not drawn anew: one parquet a stage holds its questions');
}
