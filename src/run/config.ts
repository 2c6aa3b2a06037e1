/**
 * @file The one settings schema: every control, flag, URL key and file key of a run is a descriptor in `settings`,
 * and every value from outside passes `parseSetting`.
 *
 * A *default* is the value of the preset (presets.ts); a configuration is whole, never partial.
 */
import { CodedError } from '../errors';
import { type PresetName, presets } from './presets';
import type { Setting } from './setting-types';
import { type RunConfig, type SettingKey, type SettingValue, settings } from './settings';
import { formatStages, noStages, parseStages } from './stages-text';

export type { RunConfig, SettingKey, SettingValue } from './settings';
export { settings } from './settings';

const descriptors: ReadonlyMap<string, (typeof settings)[number]> = new Map(
  settings.map((setting) => [setting.key, setting]),
);

/** The descriptor of a setting. @throws CodedError `config.unknown` with the nearest known key. */
export function settingOf(key: string): Setting & { key: SettingKey } {
  const setting = descriptors.get(key);
  if (setting) return setting;
  throw new CodedError(
    'config.unknown',
    `There is no setting "${shown(key)}".`,
    `Did you mean "${nearest(key, descriptors.keys())}"?`,
  );
}

/**
 * Reads one value, from text (flag, URL) or JSON.
 * @throws CodedError `config.unknown`, `config.type`, `config.range`, `curriculum.*`.
 */
export function parseSetting<K extends SettingKey>(key: K, raw: unknown): RunConfig[K];
export function parseSetting(key: string, raw: unknown): SettingValue;
export function parseSetting(key: string, raw: unknown): SettingValue {
  const setting = settingOf(key);
  switch (setting.kind) {
    case 'number':
    case 'integer': {
      const value = typeof raw === 'string' && raw.trim() !== '' ? Number(raw) : raw;
      if (typeof value !== 'number' || !Number.isFinite(value))
        throw typeError(setting, raw, `a ${setting.kind === 'integer' ? 'whole number' : 'number'}`);
      if (setting.kind === 'integer' && !Number.isInteger(value))
        throw typeError(setting, raw, 'a whole number');
      if (value === setting.off) return value;
      if (value < setting.min || value > setting.max) throw rangeError(setting, raw, rangeWords(setting));
      return value;
    }
    case 'boolean': {
      if (raw === true || raw === 'true' || raw === '1' || raw === 'on') return true;
      if (raw === false || raw === 'false' || raw === '0' || raw === 'off') return false;
      throw typeError(setting, raw, 'true or false');
    }
    case 'choice': {
      if (typeof raw !== 'string') throw typeError(setting, raw, rangeWords(setting));
      const aliases = setting.aliases ?? {};
      const value = Object.hasOwn(aliases, raw) ? aliases[raw] : raw;
      if (!setting.options.includes(value)) throw rangeError(setting, raw, rangeWords(setting));
      // Membership in `options` is what the derived type says.
      return value as SettingValue;
    }
    case 'choices': {
      const items = typeof raw === 'string' ? raw.split(',').map((item) => item.trim()) : raw;
      if (!Array.isArray(items) || !items.every((item) => typeof item === 'string'))
        throw typeError(setting, raw, rangeWords(setting));
      const unknown = items.find((item) => !setting.options.includes(item));
      if (unknown !== undefined && unknown !== '')
        throw new CodedError(
          'config.range',
          `${setting.key} has no "${shown(unknown)}".`,
          `Did you mean "${nearest(unknown, setting.options)}"? Valid: ${rangeWords(setting)}.`,
        );
      if (items.length === 0 || unknown !== undefined) throw rangeError(setting, raw, rangeWords(setting));
      return setting.options.filter((option) => items.includes(option)) as SettingValue;
    }
    case 'string': {
      if (typeof raw !== 'string' || raw === '') throw typeError(setting, raw, 'a text');
      if (raw.length > setting.maxLength) throw rangeError(setting, raw, rangeWords(setting));
      return raw;
    }
    case 'stages': {
      if (typeof raw !== 'string' || raw === '') throw typeError(setting, raw, rangeWords(setting));
      return formatStages(parseStages(raw));
    }
    default:
      return setting satisfies never;
  }
}

/** The valid values of a setting in words, such as `0 (off) or 1.1 to 20`. */
export function rangeWords(setting: Setting): string {
  switch (setting.kind) {
    case 'number':
    case 'integer':
      return `${setting.off === undefined ? '' : `${setting.off} (off) or `}${setting.min} to ${setting.max}${setting.unit ? ` ${setting.unit}` : ''}`;
    case 'boolean':
      return 'true or false';
    case 'choice':
      return `one of ${setting.options.join(', ')}`;
    case 'choices':
      return `one or more of ${setting.options.join(', ')}, with commas between`;
    case 'string':
      return `a text of at most ${setting.maxLength} characters`;
    case 'stages':
      return `${noStages}, or stages such as sft:96x200,256x40,1024x60/share=0.25`;
    default:
      return setting satisfies never;
  }
}

/**
 * A whole configuration: a preset with changes on top, checked value by value and together.
 * @throws CodedError `config.unknown`, `config.type`, `config.range`, `config.conflict`.
 */
export function makeConfig(preset: PresetName, changes: Readonly<Record<string, unknown>> = {}): RunConfig {
  const config: Record<string, SettingValue> = { ...presets[preset] };
  for (const [key, raw] of Object.entries(changes)) config[settingOf(key).key] = parseSetting(key, raw);
  config.preset = preset;
  // Every key came from the preset or passed parseSetting.
  const whole = config as RunConfig;
  checkTogether(whole);
  return whole;
}

/**
 * Changes of a run that goes on: all of them or none.
 * @throws CodedError as makeConfig, and `config.fork` for a setting that only a new run can take.
 */
export function changeLive(config: RunConfig, changes: Readonly<Record<string, unknown>>): RunConfig {
  const changed: Record<string, SettingValue> = { ...config };
  for (const [key, raw] of Object.entries(changes)) {
    const setting = settingOf(key);
    const value = parseSetting(key, raw);
    if (setting.effect === 'F' && !sameValue(value, config[setting.key])) {
      throw new CodedError(
        'config.fork',
        `${key} cannot change while a run goes on.`,
        'Start a new run with it.',
      );
    }
    changed[setting.key] = value;
  }
  // Every key came from a whole configuration or passed parseSetting.
  const whole = changed as RunConfig;
  checkTogether(whole);
  return whole;
}

/** Checks what single ranges cannot say. @throws CodedError `config.conflict`, `curriculum.too_long`, `curriculum.share`. */
export function checkTogether(config: RunConfig): void {
  const conflict = (message: string, advice: string) => new CodedError('config.conflict', message, advice);
  if (config.train_batch_size % config.mini_batch_size !== 0) {
    throw conflict(
      `train_batch_size ${config.train_batch_size} is not a multiple of mini_batch_size ${config.mini_batch_size}.`,
      'Choose a mini-batch that divides the training batch.',
    );
  }
  if (config.window_tokens >= config.max_prompt_length) {
    throw conflict(
      `A document window of ${config.window_tokens} tokens and its question do not fit a prompt of ${config.max_prompt_length} tokens.`,
      'Shorten window_tokens or raise max_prompt_length.',
    );
  }
  if (config['overlong_buffer.enable'] && config['overlong_buffer.len'] > config.max_response_length) {
    throw conflict(
      `overlong_buffer.len ${config['overlong_buffer.len']} is longer than the longest answer (${config.max_response_length} tokens).`,
      'Shorten the buffer or raise max_response_length.',
    );
  }
  if (config['aepo.entropy_low'] > config['aepo.entropy_high']) {
    throw conflict(
      `aepo.entropy_low ${config['aepo.entropy_low']} is above aepo.entropy_high ${config['aepo.entropy_high']}.`,
      'Lower the one or raise the other.',
    );
  }
  checkCurriculum(config);
}

function checkCurriculum(config: RunConfig): void {
  const stages = parseStages(config.curriculum);
  const longest = Math.max(0, ...stages.map(({ maxTokens }) => maxTokens));
  if (longest > config.max_prompt_length) {
    throw new CodedError(
      'curriculum.too_long',
      `A stage takes prompts of up to ${longest} tokens, and max_prompt_length is ${config.max_prompt_length}.`,
      'Raise max_prompt_length or shorten the stage.',
    );
  }
  if (config['pool.rule'] === 'off' && stages.some(({ share }) => share !== null && share > 0)) {
    throw new CodedError(
      'curriculum.share',
      'A stage asks for retrospective questions, and pool.rule is off.',
      'Choose a pool.rule, or leave the share out.',
    );
  }
}

/** The settings that differ from the configuration's own preset; `preset` itself is never among them. */
export function differenceFromPreset(config: RunConfig): Partial<RunConfig> {
  const base = presets[config.preset];
  return Object.fromEntries(
    settings.filter(({ key }) => !sameValue(config[key], base[key])).map(({ key }) => [key, config[key]]),
  );
}

/** Optimiser steps made from one rollout batch; with 1 the ratio stays 1 and the clip bounds are inert. */
export function updatesPerBatch(config: RunConfig): number {
  return (config.train_batch_size / config.mini_batch_size) * config.ppo_epochs;
}

export function sameValue(a: SettingValue, b: SettingValue): boolean {
  return Array.isArray(a) && Array.isArray(b) ? a.join() === b.join() : a === b;
}

/** The candidate with the fewest letters to change; ties go to the first. */
export function nearest(word: string, candidates: Iterable<string>): string {
  let best = '';
  let fewest = Number.POSITIVE_INFINITY;
  // A pasted text must not cost quadratic time.
  const given = word.slice(0, 64).toLowerCase();
  for (const candidate of candidates) {
    const distance = editDistance(given, candidate.toLowerCase());
    if (distance < fewest) [best, fewest] = [candidate, distance];
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}

function typeError(setting: Setting, raw: unknown, wanted: string): CodedError {
  return new CodedError(
    'config.type',
    `${setting.key} must be ${wanted}, not ${shown(raw)}.`,
    `Valid: ${rangeWords(setting)}.`,
  );
}

function rangeError(setting: Setting, raw: unknown, wanted: string): CodedError {
  return new CodedError(
    'config.range',
    `${setting.key} is ${shown(raw)}, outside its range.`,
    `Valid: ${wanted}.`,
  );
}

function shown(raw: unknown): string {
  const text = typeof raw === 'string' ? raw : (JSON.stringify(raw) ?? String(raw));
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
