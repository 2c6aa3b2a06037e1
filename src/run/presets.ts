/**
 * @file The presets: the whole value of every setting, in one place. Tune here.
 *
 * `qwenlong-l1-script` follows rl_4nodes_dapo.sh of QwenLong-L1; lengths, batch and learning rate are scaled to a
 * policy that trains in a tab. The other presets name only what they change.
 */
import type { RunConfig } from './settings';

export type PresetName = RunConfig['preset'];

export const openingPreset: PresetName = 'qwenlong-l1-script';

const script: RunConfig = {
  preset: 'qwenlong-l1-script',
  seed: 1,
  policy: 'default',

  clip_ratio_low: 0.2,
  clip_ratio_high: 0.2,
  clip_ratio_c: 0,
  loss_agg_mode: 'token-mean',
  norm_adv_by_std: true,
  kl_loss_coef: 0,
  kl_loss_type: 'k3',
  entropy_coeff: 0.001,

  'policy_loss.loss_mode': 'vanilla',
  tau_pos: 1,
  tau_neg: 1.05,
  token_mean_over: 'mini-batch',
  ppo_micro_batch_size: 2,
  norm_adv_std_over: 'group',
  adv_epsilon: 1e-6,
  'negative_clip.level': 'off',
  'negative_clip.tau': 1,
  'aepo.rule': 'off',
  'aepo.entropy_low': 0.1,
  'aepo.entropy_high': 0.5,
  old_log_prob: 'released',

  lr: 3e-4,
  lr_warmup_steps: 6,
  lr_decay_steps: 0,
  beta1: 0.9,
  beta2: 0.999,
  adam_epsilon: 1e-8,
  weight_decay: 0.01,
  grad_clip: 1,

  group_size: 8,
  train_batch_size: 16,
  gen_batch_size: 16,
  mini_batch_size: 4,
  ppo_epochs: 1,

  temperature: 0.7,
  top_k: 0,
  top_p: 0.95,
  'rollout.weights': 'f32',
  'filter_groups.enable': true,
  'filter_groups.metric': 'acc',
  'filter_groups.max_num_gen_batches': 10,
  'filter_groups.on_bound': 'train',

  // Twice the windows of the warm-up: the shipped policy answers a third there, and almost nothing at 1,024 tokens.
  max_prompt_length: 448,
  max_response_length: 96,
  window_tokens: 320,
  rope_theta: 0,

  // The released script has a single stage.
  curriculum: 'off',
  'pool.rule': 'zero-accuracy',
  'pool.share': 0.25,
  'pool.size': 256,
  'pool.measure': 'latest',
  'pool.floor': 0,
  'pool.temperature': 1,
  'pool.max_weight': 20,
  'pool.on_empty': 'fresh',

  'sft.documents': 16,
  'sft.questions': 4,
  'sft.examples': 0,
  'sft.lr': 1e-3,
  'sft.lr_warmup_steps': 10,
  'sft.lr_decay_steps': 0,
  'sft.loss_mean': 'sequence',
  'sft.answer_weight': 1,
  'sft.restate': true,
  'sft.reasoning': 'full',
  'sft.wording': 'gold',
  'sft.probe_every': 10,
  'sft.probe_questions': 16,

  'overlong_buffer.enable': true,
  'overlong_buffer.len': 10,
  'overlong_buffer.penalty_factor': 1,
  'reward.mode': 'max',
  // The script's own rule rewards single letters; a small policy finds that hole within a few dozen steps.
  'reward.rule': 'strict',
  // Two hops are beyond the shipped policy: nearly all their groups are all wrong, and drawn for nothing.
  'task.families': ['cloze', 'lookup'],
  'task.level': 'full',
  // Nothing is loaded that nobody asked for.
  judge: 'off',
  judge_verdict: 'compared',
  judge_device: 'auto',

  'eval.questions': 256,
  'eval.every': 20,
  'checkpoint.every': 1,
  'memory.budget_mb': 0,
  'gpu.slice_ms': 12,
  'gpu.duty': 1,
};

const micro: RunConfig = {
  ...script,
  preset: 'micro',
  clip_ratio_high: 0.28,
  lr: 3e-4,
  // Most weights of a small tied policy see tiny gradients; a larger ε keeps Adam from moving them by noise alone.
  adam_epsilon: 1e-5,
  beta2: 0.99,
  weight_decay: 0,
  // The sampling distribution is the one that is trained, and groups vary more.
  temperature: 1,
  top_p: 1,
  entropy_coeff: 0,
  train_batch_size: 16,
  gen_batch_size: 16,
  mini_batch_size: 4,
  'filter_groups.max_num_gen_batches': 3,
  max_response_length: 48,
  'overlong_buffer.len': 8,
  // The kind of question whose groups vary most.
  'task.families': ['cloze'],
  // A forward pass less; sampling and training agree to 1e-5.
  old_log_prob: 'sampled',
  // A quarter of a minute on a software adapter.
  'eval.questions': 64,
  'gpu.slice_ms': 100,
};

export const presets: Readonly<Record<PresetName, RunConfig>> = {
  'qwenlong-l1-script': script,
  'dapo-clip-higher': { ...script, preset: 'dapo-clip-higher', clip_ratio_high: 0.28 },
  micro,
  /** Warm-up and three stages in a few minutes of a software adapter: what `longview ablate` compares. 56 steps. */
  small: {
    ...micro,
    preset: 'small',
    curriculum: 'sft:128x8,128x16,256x16,384x16',
    'sft.lr': 3e-4,
    'sft.documents': 8,
    'sft.probe_every': 4,
    train_batch_size: 8,
    gen_batch_size: 8,
    mini_batch_size: 2,
    'filter_groups.max_num_gen_batches': 2,
    // Held-out questions have the last stage's length.
    window_tokens: 336,
    'eval.questions': 16,
    'eval.every': 14,
  },
  /**
   * The whole recipe, minutes on a large GPU and under two hours on two processor cores: the shipped policy is warmed up on
   * families of look-ups at 256 tokens, and RL makes the prompts three times as long in three stages. Calculations
   * (docmath) and answers in other words (narrative) are left out: a policy of two layers learns neither in this time.
   */
  scaled: {
    ...micro,
    preset: 'scaled',
    // Of what warm-up teaches at 256 tokens a quarter holds at 768; RL has to carry the rest there.
    curriculum: 'sft:256x1500,512x50,640x50,768x100',
    // Pairs that turn less than once over 256 tokens in warm-up turn no further over 512, and little over 768.
    rope_theta: 50_000,
    // Of a quarter, most are still all wrong when they come back, and teach nothing.
    'pool.share': 0.1,
    'task.families': ['cloze', 'frames', '2wiki', 'hotpot', 'musique', 'qasper'],
    'task.level': 'plain',
    // A third of the tokens, in which a sample at temperature 1 goes astray less often.
    'sft.reasoning': 'evidence',
    'sft.documents': 32,
    'sft.lr': 4e-3,
    'sft.lr_warmup_steps': 20,
    'sft.lr_decay_steps': 1500,
    'sft.loss_mean': 'token',
    'sft.probe_every': 100,
    'sft.probe_questions': 48,
    lr: 4e-4,
    // Half of the questions are hard ones, of which sixteen answers differ more often than eight.
    group_size: 16,
    train_batch_size: 32,
    gen_batch_size: 32,
    mini_batch_size: 8,
    max_response_length: 56,
    'overlong_buffer.len': 8,
    max_prompt_length: 768,
    // Held-out questions have the last stage's length.
    window_tokens: 740,
    'eval.questions': 96,
    'eval.every': 100,
    'checkpoint.every': 100,
  },
  /** The paper's phases at a sixteenth of their lengths, with a short stage before them. */
  phased: {
    ...script,
    preset: 'phased',
    clip_ratio_high: 0.28,
    curriculum: '256x40,1024x40,4096x40',
    max_prompt_length: 4096,
    // Held-out questions have the last stage's length.
    window_tokens: 3968,
  },
  /** The paper's own lengths, batch and learning rate; steps a stage are not published. Needs a policy of 70,000 positions. */
  'qwenlong-l1-phased': {
    ...script,
    preset: 'qwenlong-l1-phased',
    curriculum: '20000x24,60000x24',
    lr: 2e-6,
    lr_warmup_steps: 0,
    train_batch_size: 128,
    gen_batch_size: 384,
    mini_batch_size: 32,
    max_prompt_length: 60_000,
    max_response_length: 10_000,
    window_tokens: 59_500,
    'overlong_buffer.len': 1000,
    // Its warm-up, for a policy without one: sft:20000x124 is three epochs.
    'sft.documents': 128,
    'sft.questions': 1,
    'sft.examples': 5305,
    'sft.lr': 5e-6,
    'sft.lr_warmup_steps': 0,
    'sft.restate': false,
  },
};
