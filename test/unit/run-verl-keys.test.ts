/** @file Settings that carry verl's names exist in verl under them, and the opening preset holds the values of the released fork. */
import { describe, expect, it } from 'vitest';
import { type SettingKey, settingOf } from '../../src/run/config';
import { presets } from '../../src/run/presets';
import { readFixture } from '../support/fixtures';

interface Fixture {
  eras: string[];
  keys: Record<string, Record<string, unknown>>;
}

const actor = 'actor_rollout_ref.actor';
/** Setting → verl's key, where both mean the same. */
const names: Partial<Record<SettingKey, string>> = {
  'policy_loss.loss_mode': `${actor}.policy_loss.loss_mode`,
  loss_agg_mode: `${actor}.loss_agg_mode`,
  clip_ratio_low: `${actor}.clip_ratio_low`,
  clip_ratio_high: `${actor}.clip_ratio_high`,
  clip_ratio_c: `${actor}.clip_ratio_c`,
  entropy_coeff: `${actor}.entropy_coeff`,
  kl_loss_coef: `${actor}.kl_loss_coef`,
  kl_loss_type: `${actor}.kl_loss_type`,
  ppo_epochs: `${actor}.ppo_epochs`,
  grad_clip: `${actor}.grad_clip`,
  weight_decay: `${actor}.optim.weight_decay`,
  group_size: 'actor_rollout_ref.rollout.n',
  temperature: 'actor_rollout_ref.rollout.temperature',
  top_p: 'actor_rollout_ref.rollout.top_p',
  top_k: 'actor_rollout_ref.rollout.top_k',
  norm_adv_by_std: 'algorithm.norm_adv_by_std_in_grpo',
  'filter_groups.enable': 'algorithm.filter_groups.enable',
  'filter_groups.metric': 'algorithm.filter_groups.metric',
  'filter_groups.max_num_gen_batches': 'algorithm.filter_groups.max_num_gen_batches',
  'overlong_buffer.enable': 'reward_model.overlong_buffer.enable',
  'overlong_buffer.len': 'reward_model.overlong_buffer.len',
  'overlong_buffer.penalty_factor': 'reward_model.overlong_buffer.penalty_factor',
  max_prompt_length: 'data.max_prompt_length',
  max_response_length: 'data.max_response_length',
  train_batch_size: 'data.train_batch_size',
  gen_batch_size: 'data.gen_batch_size',
};

describe("verl's configuration keys", () => {
  const { keys, eras } = readFixture<Fixture>('verl_config_keys');

  it('are all there, in every version', () => {
    expect(Object.keys(keys).length).toBe(88);
    for (const versions of Object.values(keys))
      expect(Object.keys(versions).sort()).toEqual([...eras].sort());
  });

  it.each(Object.entries(names))('%s is %s', (setting, key) => {
    expect(settingOf(setting).key).toBe(setting);
    expect(Object.values(keys[key]).some((value) => value !== 'MISSING')).toBe(true);
  });

  it('the script leaves these at the defaults of its fork', () => {
    const script = presets['qwenlong-l1-script'];
    for (const setting of ['entropy_coeff', 'weight_decay', 'grad_clip', 'ppo_epochs'] as const)
      expect(script[setting], setting).toBe(keys[names[setting] ?? ''].A_qwenlong_fork);
  });

  it("default to verl's policy loss and aggregation", () => {
    const script = presets['qwenlong-l1-script'];
    for (const setting of ['policy_loss.loss_mode', 'loss_agg_mode'] as const)
      expect(script[setting]).toBe(keys[names[setting] ?? ''].C_main);
  });
});
