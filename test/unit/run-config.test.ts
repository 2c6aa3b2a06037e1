import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodedError } from '../../src/errors';
import { algorithms } from '../../src/run/algorithms';
import {
  changeLive,
  differenceFromPreset,
  makeConfig,
  nearest,
  parseSetting,
  rangeWords,
  settingOf,
  settings,
  updatesPerBatch,
} from '../../src/run/config';
import { configFromFlags, configFromQuery, configToQuery, settingsFromJson } from '../../src/run/config-text';
import { presets } from '../../src/run/presets';
import { trainerSettings } from '../../src/run/trainer-settings';

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(CodedError);
    return (error as CodedError).code;
  }
  return 'none';
}

describe('the settings schema', () => {
  it('has each key once, with help that ends in a sentence', () => {
    const keys = settings.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    for (const { help, label } of settings) {
      expect(help.definition).toMatch(/\.$/);
      expect(help.paper).not.toBe('');
      expect(label).not.toBe('');
    }
  });

  it.each(Object.keys(presets) as (keyof typeof presets)[])(
    'preset %s names every setting with a valid value',
    (name) => {
      const preset = presets[name];
      expect(Object.keys(preset).sort()).toEqual(settings.map(({ key }) => key).sort());
      expect(makeConfig(name, preset)).toEqual(preset);
      expect(preset.preset).toBe(name);
      expect(differenceFromPreset(preset)).toEqual({});
    },
  );

  it('the opening preset clips at .20/.20 with four updates a batch, and DAPO differs in one value', () => {
    const script = presets['qwenlong-l1-script'];
    expect([
      script.clip_ratio_low,
      script.clip_ratio_high,
      script.temperature,
      script.top_p,
      script.entropy_coeff,
    ]).toEqual([0.2, 0.2, 0.7, 0.95, 0.001]);
    for (const preset of Object.values(presets)) expect(updatesPerBatch(preset)).toBe(4);
    const dapo = presets['dapo-clip-higher'];
    const differing = settings.map(({ key }) => key).filter((key) => dapo[key] !== script[key]);
    expect(differing).toEqual(['preset', 'clip_ratio_high']);
  });
});

describe('one value', () => {
  it('outside its range is refused with the range', () => {
    expect(codeOf(() => parseSetting('clip_ratio_high', 1.5))).toBe('config.range');
    expect(() => parseSetting('clip_ratio_high', 1.5)).toThrow('clip_ratio_high is 1.5');
    expect(codeOf(() => parseSetting('loss_agg_mode', 'sum'))).toBe('config.range');
    expect(codeOf(() => parseSetting('task.families', 'cloze,riddle'))).toBe('config.range');
    expect(rangeWords(settingOf('clip_ratio_c'))).toBe('0 (off) or 1.1 to 20');
  });

  it('of the wrong kind is refused', () => {
    for (const raw of ['much', '', ' ', null, undefined, Number.NaN, 'NaN', 'Infinity', [], {}, true]) {
      expect(
        codeOf(() => parseSetting('lr', raw)),
        String(raw),
      ).toBe('config.type');
    }
    expect(codeOf(() => parseSetting('group_size', '8.5'))).toBe('config.type');
    expect(codeOf(() => parseSetting('norm_adv_by_std', 'maybe'))).toBe('config.type');
    expect(codeOf(() => parseSetting('policy', ''))).toBe('config.type');
  });

  it('may stand outside its range where that means off', () => {
    expect(parseSetting('clip_ratio_c', '0')).toBe(0);
    expect(codeOf(() => parseSetting('clip_ratio_c', '1'))).toBe('config.range');
    expect(parseSetting('lr', 0)).toBe(0);
  });

  it("may be verl's own word", () => {
    expect(parseSetting('kl_loss_type', 'low_var_kl')).toBe('k3');
    expect(parseSetting('filter_groups.metric', 'seq_final_reward')).toBe('score');
    expect(parseSetting('policy_loss.loss_mode', 'gmpo')).toBe('geo_mean');
  });

  it('with an unknown key is refused with the nearest key', () => {
    expect(codeOf(() => parseSetting('clip_ratio_hihg', 0.2))).toBe('config.unknown');
    try {
      settingOf('clip_ratio_hihg');
    } catch (error) {
      expect((error as CodedError).advice).toContain('clip_ratio_high');
    }
    expect(codeOf(() => parseSetting('__proto__', 1))).toBe('config.unknown');
    expect(
      nearest(
        'overlong_buffer_len',
        settings.map(({ key }) => key),
      ),
    ).toBe('overlong_buffer.len');
  });
});

describe('values together', () => {
  it.each([
    { mini_batch_size: 5 },
    { window_tokens: 4096 },
    { 'overlong_buffer.len': 1000 },
    { 'aepo.entropy_low': 2 },
  ])('%j do not fit and say so', (changes) => {
    expect(codeOf(() => makeConfig('qwenlong-l1-script', changes))).toBe('config.conflict');
  });

  it('change live as a whole or not at all; what needs a new run says so', () => {
    const config = presets.micro;
    expect(changeLive(config, { clip_ratio_high: 0.3, lr: '1e-4' })).toEqual({
      ...config,
      clip_ratio_high: 0.3,
      lr: 1e-4,
    });
    expect(codeOf(() => changeLive(config, { clip_ratio_high: 0.3, seed: 9 }))).toBe('config.fork');
    expect(changeLive(config, { seed: config.seed })).toEqual(config);
    expect(codeOf(() => changeLive(config, { mini_batch_size: 3 }))).toBe('config.conflict');
  });

  it('map onto every setting of the training loop', () => {
    const mapped = trainerSettings(
      makeConfig('micro', { clip_ratio_low: 0.1, 'filter_groups.metric': 'score' }),
    );
    expect(mapped.clipRatioLow).toBe(0.1);
    expect(mapped.filterGroups.metric).toBe('score');
    expect(JSON.stringify(mapped)).not.toContain('null');
  });
});

describe('named methods', () => {
  const names = Object.keys(algorithms) as (keyof typeof algorithms)[];

  it.each(names)('%s is a valid configuration on top of every preset', (name) => {
    for (const preset of Object.keys(presets) as (keyof typeof presets)[])
      expect(makeConfig(preset, algorithms[name])).toMatchObject(algorithms[name]);
  });

  it('name the same settings each, so that one takes the place of another whole', () => {
    const keys = Object.keys(algorithms.grpo).sort();
    for (const name of names) expect(Object.keys(algorithms[name]).sort(), name).toEqual(keys);
    const there = makeConfig('micro', { ...algorithms.gspo, ...algorithms.dapo });
    expect(there).toEqual(makeConfig('micro', algorithms.dapo));
  });

  it('Dr. GRPO has no deviation and divides by the longest response allowed', () => {
    expect(algorithms['dr-grpo']).toMatchObject({
      norm_adv_by_std: false,
      loss_agg_mode: 'seq-mean-token-sum-norm',
    });
  });

  it('are no part of the presets: every variant is off in each of them', () => {
    for (const preset of Object.values(presets)) {
      expect(preset).toMatchObject({
        'policy_loss.loss_mode': 'vanilla',
        token_mean_over: 'mini-batch',
        norm_adv_std_over: 'group',
        adv_epsilon: 1e-6,
        'negative_clip.level': 'off',
        'aepo.rule': 'off',
        'filter_groups.on_bound': 'train',
      });
    }
  });
});

describe('links', () => {
  it('hold preset, differences and always the seed, and come back equal', () => {
    const config = makeConfig('dapo-clip-higher', {
      clip_ratio_high: 0.3,
      seed: 7,
      'task.families': 'two-hop,cloze',
      'filter_groups.enable': false,
    });
    const query = configToQuery(config);
    expect(query).toBe(
      'preset=dapo-clip-higher&seed=7&clip_ratio_high=0.3&filter_groups.enable=false&task.families=cloze%2Ctwo-hop',
    );
    expect(configFromQuery(`?${query}`)).toEqual({ config, notices: [] });
    expect(configToQuery(presets.micro)).toBe('preset=micro&seed=1');
  });

  it('unknown keys are told, values out of range clamped, page keys passed over', () => {
    const { config, notices } = configFromQuery('?clip_ratio_high=7&clip_ration=1&hide=lab&lr=fast&seed=3');
    expect(notices.map(({ code }) => code)).toEqual(['config.range', 'config.unknown', 'config.type']);
    expect(config).toEqual({ ...presets['qwenlong-l1-script'], clip_ratio_high: 1, seed: 3 });
  });

  it('values that do not go together fall back to the preset with the seed kept', () => {
    const { config, notices } = configFromQuery('preset=micro&mini_batch_size=3&seed=5');
    expect(notices.map(({ code }) => code)).toEqual(['config.conflict']);
    expect(config).toEqual({ ...presets.micro, seed: 5 });
  });

  it('never throw and always give a valid configuration', () => {
    const key = fc.oneof(fc.constantFrom(...settings.map((setting) => setting.key)), fc.string());
    const value = fc.oneof(fc.string(), fc.double().map(String), fc.constantFrom('true', '', 'micro', '0'));
    fc.assert(
      fc.property(fc.array(fc.tuple(key, value)), (pairs) => {
        const { config } = configFromQuery(new URLSearchParams(pairs).toString());
        expect(makeConfig(config.preset, config)).toEqual(config);
        expect(configFromQuery(configToQuery(config)).config).toEqual(config);
      }),
      { numRuns: 300 },
    );
  });
});

describe('files and flags', () => {
  it('flat and nested JSON mean the same', () => {
    const flat = settingsFromJson('{"preset":"micro","filter_groups.enable":false,"task.families":["sum"]}');
    expect(flat).toEqual({ preset: 'micro', 'filter_groups.enable': false, 'task.families': ['sum'] });
    expect(
      settingsFromJson('{"preset":"micro","filter_groups":{"enable":false},"task":{"families":["sum"]}}'),
    ).toEqual(flat);
  });

  it('a broken file is refused', () => {
    expect(codeOf(() => settingsFromJson('{'))).toBe('config.json');
    expect(codeOf(() => settingsFromJson('[1]'))).toBe('config.json');
    expect(codeOf(() => settingsFromJson('{"lr": "1e-4x"}'))).toBe('config.type');
    expect(codeOf(() => settingsFromJson('{"learning_rate": 1}'))).toBe('config.unknown');
  });

  it('flags come on top of a file', () => {
    const config = configFromFlags(
      { lr: '0.002', 'filter_groups.enable': true },
      settingsFromJson('{"preset":"micro","lr":0.001,"seed":4}'),
    );
    expect(config).toEqual({ ...presets.micro, lr: 0.002, seed: 4 });
  });
});
