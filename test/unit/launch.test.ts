/** @file Settings as scripts of verl and TRL: every key exists in the named version, every value follows, nothing escapes its quotes. */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { makeConfig, settings, updatesPerBatch } from '../../src/run/config';
import { launchFiles } from '../../src/run/launch/files';
import { launchStages, transfer } from '../../src/run/launch/plan';
import { type LaunchTarget, settingKeys } from '../../src/run/launch/setting-keys';
import { presets } from '../../src/run/presets';
import type { RunConfig } from '../../src/run/settings';
import { readFixture } from '../support/fixtures';
import { overridesOf, parsePython, removeScripts, scriptFolder } from '../support/launch-scripts';

const keys = readFixture<{
  qwenlong_l1: string[];
  verl_0_7_0: string[];
  trl_1_13_0: string[];
  trl_1_13_0_trainer: string[];
}>('launch_keys');
const verlTargets = { verl: keys.verl_0_7_0, qwenlong: keys.qwenlong_l1 } as const;

afterAll(removeScripts);

const bySetting = new Map(settings.map((setting) => [setting.key, setting]));
/** Any value of a setting within its range; null for those that are chosen apart. */
function anyValue(key: keyof RunConfig): fc.Arbitrary<unknown> | null {
  const setting = bySetting.get(key);
  switch (setting?.kind) {
    case 'number':
      return fc.double({ min: setting.min, max: setting.max, noNaN: true });
    case 'integer':
      return fc.integer({ min: setting.min, max: Math.min(setting.max, 2 ** 31 - 1) });
    case 'boolean':
      return fc.boolean();
    case 'choice':
      return key === 'preset' ? null : fc.constantFrom(...setting.options);
    default:
      return null;
  }
}
const free = settings.flatMap(({ key }) => {
  const value = anyValue(key);
  return value === null ? [] : ([[key, value]] as const);
});
const curricula = [
  'off',
  '64x3',
  'sft:64x8,64x3,128x2/entropy=0.05',
  '64x3,256/plateau=10:0.01:3/name=long one',
];
const anyConfig = fc
  .record({
    changes: fc.record(Object.fromEntries(free), { requiredKeys: [] }),
    updates: fc.integer({ min: 1, max: 4 }),
    curriculum: fc.constantFrom(...curricula),
    judge: fc.constantFrom('off', 'embedded'),
  })
  .map(({ changes, updates, curriculum, judge }) => {
    const mini = Math.min(Number(changes.mini_batch_size ?? 4), 128);
    const entropy = [changes['aepo.entropy_low'], changes['aepo.entropy_high']].map((each) =>
      Number(each ?? 0.3),
    );
    return makeConfig('micro', {
      ...changes,
      judge,
      curriculum,
      mini_batch_size: mini,
      train_batch_size: mini * updates,
      max_prompt_length: 512,
      window_tokens: 320,
      max_response_length: 64,
      'overlong_buffer.len': Math.min(64, Number(changes['overlong_buffer.len'] ?? 8)),
      'aepo.entropy_low': Math.min(...entropy),
      'aepo.entropy_high': Math.max(...entropy),
    });
  });

/** The scripts of the stages, without the reward. */
const scriptsOf = (config: RunConfig, target: LaunchTarget, title: string | null = null) =>
  launchFiles(config, target, title).files.filter(({ name }) => name !== 'reward.py');

describe('a verl script', () => {
  it('sets keys that the named version has, and the values of the settings', () => {
    fc.assert(
      fc.property(anyConfig, fc.constantFrom('verl' as const, 'qwenlong' as const), (config, target) => {
        for (const [index, { text }] of scriptsOf(config, target).entries()) {
          const set = overridesOf(text);
          for (const key of set.keys()) {
            if (!key.startsWith('+')) expect(verlTargets[target], key).toContain(key);
            else expect(verlTargets[target], key).not.toContain(key.slice(1));
          }
          const number = (key: string) => Number(set.get(key));
          const actor = 'actor_rollout_ref.actor';
          const rollout = 'actor_rollout_ref.rollout';
          expect(number(`${actor}.clip_ratio_low`)).toBe(config.clip_ratio_low);
          expect(number(`${actor}.clip_ratio_high`)).toBe(config.clip_ratio_high);
          expect(number(`${actor}.entropy_coeff`)).toBe(config.entropy_coeff);
          expect(number(`${actor}.kl_loss_coef`)).toBe(config.kl_loss_coef);
          expect(number(`${actor}.optim.lr`)).toBe(config.lr);
          expect(number(`${actor}.optim.lr_warmup_steps`)).toBe(config.lr_warmup_steps);
          expect(number(`${actor}.optim.weight_decay`)).toBe(config.weight_decay);
          expect(number(`${actor}.grad_clip`)).toBe(config.grad_clip || 1e9);
          expect(number(`${actor}.ppo_epochs`)).toBe(config.ppo_epochs);
          expect(number(`${actor}.ppo_mini_batch_size`)).toBe(config.mini_batch_size);
          expect(number('data.train_batch_size')).toBe(config.train_batch_size);
          expect(number('data.gen_batch_size')).toBe(config.gen_batch_size);
          expect(number('data.max_response_length')).toBe(config.max_response_length);
          expect(number('data.max_prompt_length')).toBe(launchStages(config)[index].config.max_prompt_length);
          expect(number(`${rollout}.n`)).toBe(config.group_size);
          expect(number(`${rollout}.temperature`)).toBe(config.temperature);
          expect(number(`${rollout}.top_p`)).toBe(config.top_p);
          expect(number(`${rollout}.top_k`)).toBe(config.top_k || -1);
          expect(set.get('algorithm.filter_groups.enable')).toBe(
            config['filter_groups.enable'] ? 'True' : 'False',
          );
          expect(number('algorithm.filter_groups.max_num_gen_batches')).toBe(
            config['filter_groups.max_num_gen_batches'],
          );
          const buffer = `${target === 'verl' ? 'reward_model' : 'custom_reward_function'}.overlong_buffer`;
          expect(number(`${buffer}.len`)).toBe(config['overlong_buffer.len']);
          expect(number(`${buffer}.penalty_factor`)).toBe(config['overlong_buffer.penalty_factor']);
          expect(number('trainer.test_freq')).toBe(config['eval.every'] || -1);
          expect(number('trainer.save_freq')).toBe(config['checkpoint.every'] || -1);
          if (target === 'qwenlong') continue;
          expect(number(`${actor}.clip_ratio_c`)).toBe(config.clip_ratio_c || 1e9);
          expect(set.get(`${actor}.policy_loss.loss_mode`)).toBe(config['policy_loss.loss_mode']);
          expect(set.get(`${actor}.optim.betas`)).toBe(`[${config.beta1},${config.beta2}]`);
          expect(set.get('algorithm.norm_adv_by_std_in_grpo')).toBe(
            config.norm_adv_by_std ? 'True' : 'False',
          );
        }
      }),
      { numRuns: 15, endOnFailure: true },
    );
  }, 120_000);

  it('of the released settings is the released script', () => {
    const config = makeConfig('qwenlong-l1-script', {
      max_prompt_length: 60_000,
      max_response_length: 10_000,
      train_batch_size: 128,
      gen_batch_size: 384,
      mini_batch_size: 32,
      lr: 2e-6,
      lr_warmup_steps: 0,
      'overlong_buffer.len': 1000,
      'reward.rule': 'faithful',
      'eval.every': 5,
      'checkpoint.every': 5,
    });
    const set = overridesOf(scriptsOf(config, 'qwenlong')[0].text);
    // What rl_4nodes_dapo.sh (38d0806) sets, without its files, its machine and its logger.
    const released = {
      'data.prompt_key': 'prompt',
      'data.filter_overlong_prompts': 'True',
      'data.max_prompt_length': '60000',
      'data.max_response_length': '10000',
      'data.gen_batch_size': '384',
      'data.train_batch_size': '128',
      'actor_rollout_ref.rollout.n': '8',
      'algorithm.adv_estimator': 'grpo',
      'actor_rollout_ref.actor.use_kl_loss': 'True',
      'actor_rollout_ref.actor.kl_loss_type': 'low_var_kl',
      'algorithm.kl_ctrl.kl_coef': '0',
      'actor_rollout_ref.actor.kl_loss_coef': '0',
      'actor_rollout_ref.actor.clip_ratio_low': '0.2',
      'actor_rollout_ref.actor.clip_ratio_high': '0.2',
      'algorithm.filter_groups.enable': 'True',
      'algorithm.filter_groups.max_num_gen_batches': '10',
      'algorithm.filter_groups.metric': 'acc',
      'actor_rollout_ref.actor.optim.lr': '0.000002',
      'actor_rollout_ref.actor.ppo_epochs': '1',
      'actor_rollout_ref.actor.ppo_mini_batch_size': '32',
      'actor_rollout_ref.actor.use_token_level_loss': 'True',
      'actor_rollout_ref.rollout.top_k': '-1',
      'actor_rollout_ref.rollout.top_p': '0.95',
      'actor_rollout_ref.rollout.temperature': '0.7',
      'actor_rollout_ref.rollout.val_kwargs.top_k': '-1',
      'actor_rollout_ref.rollout.val_kwargs.top_p': '0.95',
      'actor_rollout_ref.rollout.val_kwargs.temperature': '0.7',
      'actor_rollout_ref.rollout.val_kwargs.n': '1',
      'actor_rollout_ref.rollout.val_kwargs.do_sample': 'True',
      'custom_reward_function.overlong_buffer.enable': 'True',
      'custom_reward_function.overlong_buffer.len': '1000',
      'custom_reward_function.overlong_buffer.penalty_factor': '1',
      '+trainer.val_before_train': 'True',
      'trainer.test_freq': '5',
      'trainer.save_freq': '5',
      'trainer.resume_mode': 'auto',
      'trainer.total_epochs': '30',
    };
    expect(Object.fromEntries(Object.keys(released).map((key) => [key, set.get(key)]))).toEqual(released);
  });

  it('asks for a model where the policy is the toy, and for the one before in a later stage', () => {
    const [first, second] = scriptsOf(makeConfig('micro', { curriculum: '64x3,128x2' }), 'verl');
    for (const [script, words] of [
      [first.text, 'a Hugging Face model'],
      [second.text, 'the merged checkpoint of stage 1'],
    ]) {
      writeFileSync(join(scriptFolder, 'script.sh'), script);
      const { status, stderr } = spawnSync('bash', [join(scriptFolder, 'script.sh')], { encoding: 'utf8' });
      expect(status).not.toBe(0);
      expect(stderr).toContain(words);
    }
  });
});

describe('a TRL script', () => {
  it('is Python whose arguments the named version has, with the values of the settings', () => {
    const cases = fc.sample(anyConfig, 60).flatMap((config) =>
      scriptsOf(config, 'trl').map(({ text }, index) => ({
        config,
        text,
        stage: launchStages(config)[index],
      })),
    );
    const parsed = parsePython(cases.map(({ text }) => text));
    expect(parsed).toHaveLength(cases.length);
    for (const [index, { config, stage }] of cases.entries()) {
      const { constants, config: set, trainer } = parsed[index];
      const updates = updatesPerBatch(config);
      for (const key of Object.keys(set)) expect(keys.trl_1_13_0, key).toContain(key);
      for (const key of trainer) expect(keys.trl_1_13_0_trainer, key).toContain(key);
      expect(constants).toMatchObject({
        MAX_PROMPT_LENGTH: stage.config.max_prompt_length,
        MAX_COMPLETION_LENGTH: config.max_response_length,
        OVERLONG_PENALTY: config['overlong_buffer.enable'],
        OVERLONG_BUFFER_LENGTH: config['overlong_buffer.len'],
        OVERLONG_PENALTY_FACTOR: config['overlong_buffer.penalty_factor'],
        REWARD_RULE: config['reward.rule'],
      });
      const on = (key: string, value: number) => (value === 0 ? {} : { [key]: value });
      expect(set).toMatchObject({
        seed: config.seed,
        epsilon: config.clip_ratio_low,
        beta: config.kl_loss_coef,
        entropy_coef: config.entropy_coeff,
        learning_rate: config.lr,
        warmup_steps: config.lr_warmup_steps * updates,
        adam_beta1: config.beta1,
        adam_beta2: config.beta2,
        adam_epsilon: config.adam_epsilon,
        weight_decay: config.weight_decay,
        max_grad_norm: config.grad_clip,
        num_generations: config.group_size,
        num_iterations: config.ppo_epochs,
        temperature: config.temperature,
        top_k: config.top_k,
        top_p: config.top_p,
        generation_batch_size: config.train_batch_size * config.group_size,
        gradient_accumulation_steps: config.mini_batch_size * config.group_size,
        ...on('delta', config.clip_ratio_c),
        ...on('save_steps', config['checkpoint.every'] * updates),
        ...on('eval_steps', config['eval.every'] * updates),
        ...on('max_steps', (stage.steps ?? 0) * updates),
      });
    }
  }, 120_000);

  it('has TRL’s names for the losses', () => {
    const cases: [Record<string, unknown>, Record<string, unknown>][] = [
      [{ loss_agg_mode: 'token-mean' }, { loss_type: 'dapo', importance_sampling_level: 'token' }],
      [{ loss_agg_mode: 'token-mean', token_mean_over: 'micro-batch' }, { loss_type: 'bnpo' }],
      [{ loss_agg_mode: 'seq-mean-token-mean' }, { loss_type: 'grpo' }],
      [{ loss_agg_mode: 'seq-mean-token-sum' }, { loss_type: 'luspo' }],
      [{ loss_agg_mode: 'seq-mean-token-sum-norm' }, { loss_type: 'dr_grpo' }],
      [{ 'policy_loss.loss_mode': 'gspo' }, { loss_type: 'grpo', importance_sampling_level: 'sequence' }],
      [
        { 'policy_loss.loss_mode': 'cispo', clip_ratio_high: 0.5 },
        { loss_type: 'cispo', epsilon_high: 1.5 },
      ],
      [{ norm_adv_by_std: false }, { scale_rewards: 'none' }],
      [{ norm_adv_std_over: 'batch' }, { scale_rewards: 'batch' }],
      [{ lr_decay_steps: 90 }, { lr_scheduler_type: 'cosine_with_min_lr' }],
      [{ 'eval.every': 0 }, { eval_strategy: 'no' }],
    ];
    const parsed = parsePython(
      cases.map(([changes]) => scriptsOf(makeConfig('micro', changes), 'trl')[0].text),
    );
    for (const [index, [, wanted]] of cases.entries()) expect(parsed[index].config).toMatchObject(wanted);
  }, 60_000);
});

const pythonConstants = [
  'DATA_DIR',
  'EPOCHS',
  'MAX_COMPLETION_LENGTH',
  'MAX_PROMPT_LENGTH',
  'MODEL_PATH',
  'OUT',
  'OVERLONG_BUFFER_LENGTH',
  'OVERLONG_PENALTY',
  'OVERLONG_PENALTY_FACTOR',
  'REWARD_RULE',
  'USE_VLLM',
  'WORLD_SIZE',
];

describe('whatever a title or a path holds', () => {
  const nasty = [
    `'; touch canary; '`,
    '$(touch canary)',
    '`touch canary`',
    'a\ntouch canary\n',
    'a\r\ntouch canary',
    'a\u2028import os; os.mkdir("canary")',
    '"\nopen("canary", "w")\n"',
    '\\',
    `\${MODEL_PATH:?x}`,
    '# -*- coding: utf-16 -*-',
  ];
  const anyText = fc.oneof(
    fc.constantFrom(...nasty),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
  );

  it('stays a comment or one word', () => {
    const pairs = [...nasty.map((text) => [text, text]), ...fc.sample(fc.tuple(anyText, anyText), 40)];
    const configs = pairs.map(([title, policy]) => ({
      title,
      config: makeConfig('micro', { policy, curriculum: '64x3' }),
    }));
    for (const { title, config } of configs)
      for (const target of ['verl', 'qwenlong'] as const)
        for (const { text } of scriptsOf(config, target, title)) {
          const set = overridesOf(text, { MODEL_PATH: '/given by hand' });
          expect(set.get('actor_rollout_ref.model.path')).toBe('/given by hand');
        }
    const scripts = configs.flatMap(({ title, config }) => scriptsOf(config, 'trl', title));
    for (const { config: set, constants, trainer } of parsePython(scripts.map(({ text }) => text))) {
      expect(set.epsilon).toBe(presets.micro.clip_ratio_low);
      expect(trainer[0]).toBe('model');
      expect(Object.keys(constants).sort()).toEqual(pythonConstants);
    }
    expect(existsSync(join(scriptFolder, 'canary'))).toBe(false);
  }, 120_000);

  it('a plain path is the model unless the environment names one', () => {
    const config = makeConfig('micro', { policy: 'models/Qwen2.5-7B_it' });
    const set = overridesOf(scriptsOf(config, 'verl')[0].text, {});
    expect(set.get('actor_rollout_ref.model.path')).toBe('models/Qwen2.5-7B_it');
    const [{ constants }] = parsePython([scriptsOf(config, 'trl')[0].text]);
    expect(constants.MODEL_PATH).toContain("'models/Qwen2.5-7B_it'");
  }, 30_000);
});

describe('what is not carried over', () => {
  it('is told in the script, and covers stages, pool, judge and the toy policy', () => {
    const config = makeConfig('phased', { judge: 'embedded' });
    for (const target of ['verl', 'qwenlong', 'trl'] as const) {
      const { losses, files } = launchFiles(config, target, null);
      expect(files.filter(({ name }) => /^stage-\d\.(sh|py)$/.test(name))).toHaveLength(3);
      const told = losses.map(({ setting }) => setting);
      expect(told).toEqual(expect.arrayContaining(['policy', 'curriculum', 'pool.rule']));
      expect(told).toContain(target === 'qwenlong' ? 'judge' : 'reward.mode');
      for (const { setting, reason } of losses) expect(files[0].text).toContain(`# - ${setting}: ${reason}`);
    }
  });

  it('every setting has its row, and a preset’s values never contradict each other', () => {
    expect(Object.keys(settingKeys).sort()).toEqual(settings.map(({ key }) => key).sort());
    for (const config of Object.values(presets))
      for (const target of ['verl', 'qwenlong', 'trl'] as const) {
        const set = transfer(config, target).entries.map(({ key }) => key);
        expect(new Set(set).size, `${config.preset} ${target}`).toBe(set.length);
      }
  });
});
