/**
 * @file Configurations from and to the outside: command-line flags, a link's query, a JSON file.
 *
 * Flags and files are strict: the first fault ends the command. A link is lenient: what cannot be used is left out or
 * clamped, and told as a notice.
 */
import { asCodedError, CodedError } from '../errors';
import {
  checkTogether,
  differenceFromPreset,
  makeConfig,
  parseSetting,
  type RunConfig,
  type SettingKey,
  type SettingValue,
  settingOf,
  settings,
} from './config';
import { openingPreset, presets } from './presets';

/** Query keys that belong to the page, not to the run. */
const pageKeys: ReadonlySet<string> = new Set(['hide', 'level', 'autostart', 'embed', 'replay']);

/** Keys of a run folder's config.json that are not settings. */
const recordKeys: ReadonlySet<string> = new Set([
  'schema_version',
  'app_version',
  'commit',
  'adapter_class',
  'kernels',
  'document_id',
  'document_title',
  'time',
  'name',
  'forked_from',
  'seed_of',
]);

/**
 * Settings given as flags, on top of `base` (a file's settings) or of the preset they name.
 * @throws CodedError `config.*`; see makeConfig.
 */
export function configFromFlags(
  flags: Readonly<Record<string, unknown>>,
  base: Readonly<Record<string, unknown>> = {},
): RunConfig {
  const merged = { ...base, ...flags };
  return makeConfig(parseSetting('preset', merged.preset ?? openingPreset), merged);
}

/**
 * Reads the text of a settings file: flat keys (`"filter_groups.enable"`) or nested objects; a run folder's own
 * config.json is one too. Returns the settings it names, parsed.
 * @throws CodedError `config.json`, `config.unknown`, `config.type`, `config.range`.
 */
export function settingsFromJson(text: string): Partial<RunConfig> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new CodedError(
      'config.json',
      'The settings file is not valid JSON.',
      'Check its commas and quotes.',
      { cause },
    );
  }
  if (!isObject(json))
    throw new CodedError(
      'config.json',
      'The settings file is not a JSON object.',
      'Write {"key": value, …}.',
    );
  const found: Record<string, SettingValue> = {};
  const values = Object.fromEntries(Object.entries(json).filter(([key]) => !recordKeys.has(key)));
  for (const [key, value] of flatten(values)) {
    found[settingOf(key).key] = parseSetting(key, value);
  }
  return found;
}

export interface LinkSettings {
  config: RunConfig;
  /** What was left out or clamped, to be shown. */
  notices: CodedError[];
}

/** Settings of a link's query, such as `?preset=micro&clip_ratio_high=0.28&seed=7`. Never throws. */
export function configFromQuery(query: string): LinkSettings {
  const notices: CodedError[] = [];
  const values: Record<string, SettingValue> = {};
  for (const [key, raw] of new URLSearchParams(query)) {
    if (pageKeys.has(key)) continue;
    try {
      values[settingOf(key).key] = parseSetting(key, raw);
    } catch (error) {
      const notice = asCodedError(error);
      notices.push(notice);
      const clamped = notice.code === 'config.range' ? clamp(key, raw) : null;
      if (clamped !== null) values[key] = clamped;
    }
  }
  const preset = 'preset' in values ? parseSetting('preset', values.preset) : openingPreset;
  const config = { ...presets[preset], ...values } as RunConfig;
  try {
    checkTogether(config);
    return { config, notices };
  } catch (error) {
    // Values that do not go together: the preset is the nearest thing that runs; the seed always survives.
    notices.push(asCodedError(error));
    return { config: { ...presets[preset], seed: config.seed }, notices };
  }
}

/** The query of a link to this configuration: preset, differences from it, and always the seed. */
export function configToQuery(config: RunConfig): string {
  const changes: Record<string, SettingValue> = { ...differenceFromPreset(config), seed: config.seed };
  const query = new URLSearchParams({ preset: config.preset });
  for (const { key } of settings)
    if (key !== 'preset' && key in changes) query.set(key, String(changes[key]));
  return query.toString();
}

/** Into [min, max], for numbers; null where there is nothing to clamp to. */
function clamp(key: string, raw: string): SettingValue | null {
  const setting = settingOf(key);
  if (setting.kind !== 'number' && setting.kind !== 'integer') return null;
  return Math.min(setting.max, Math.max(setting.min, Number(raw)));
}

function flatten(object: Record<string, unknown>, prefix = ''): [SettingKey | string, unknown][] {
  return Object.entries(object).flatMap(([key, value]): [string, unknown][] =>
    isObject(value) && prefix === '' ? flatten(value, `${key}.`) : [[prefix + key, value]],
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
