/** @file Settings that carry verl's names exist in verl under them, and the opening preset holds the values of the released fork. */
import { describe, expect, it } from 'vitest';
import { transfer } from '../../src/run/launch/plan';
import { presets } from '../../src/run/presets';
import { readFixture } from '../support/fixtures';

interface Fixture {
  eras: string[];
  keys: Record<string, Record<string, unknown>>;
}

/** Setting → verl's key, of those that the fixture has: the table that launch scripts are made by. */
const names = new Map(
  transfer(presets['qwenlong-l1-script'], 'verl').entries.map(({ setting, key }) => [setting, key]),
);

describe("verl's configuration keys", () => {
  const { keys, eras } = readFixture<Fixture>('verl_config_keys');

  it('are all there, in every version', () => {
    expect(Object.keys(keys).length).toBe(88);
    for (const versions of Object.values(keys))
      expect(Object.keys(versions).sort()).toEqual([...eras].sort());
  });

  it('have the settings of a launch script among them', () => {
    const known = [...names.values()].filter((key) => key in keys);
    expect(known.length).toBeGreaterThan(22);
    for (const key of known) expect(keys[key]['B_v0.7.0+recipe/dapo'], key).not.toBe('MISSING');
  });

  it('the script leaves these at the defaults of its fork', () => {
    const script = presets['qwenlong-l1-script'];
    for (const setting of ['entropy_coeff', 'weight_decay', 'grad_clip', 'ppo_epochs'] as const)
      expect(script[setting], setting).toBe(keys[names.get(setting) ?? ''].A_qwenlong_fork);
  });

  it("default to verl's policy loss and aggregation", () => {
    const script = presets['qwenlong-l1-script'];
    for (const setting of ['policy_loss.loss_mode', 'loss_agg_mode'] as const)
      expect(script[setting]).toBe(keys[names.get(setting) ?? ''].C_main);
  });
});
