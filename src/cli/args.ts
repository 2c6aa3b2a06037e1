/** @file Command-line arguments: the settings of the schema and a few options of each command. */
import { CodedError } from '../errors';
import { nearest, rangeWords, settings } from '../run/config';
import { presets } from '../run/presets';

/** `text` takes a value, `texts` one at each use, `count` a whole number from 0, `flag` none. */
export type OptionKind = 'text' | 'texts' | 'count' | 'flag';

export interface OptionSpec {
  kind: OptionKind;
  /** Word for the value in the help. */
  value?: string;
  help: string;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

type OptionValues<S extends OptionSpecs> = {
  [K in keyof S]:
    | (S[K]['kind'] extends 'flag'
        ? boolean
        : S[K]['kind'] extends 'count'
          ? number
          : S[K]['kind'] extends 'texts'
            ? string[]
            : string)
    | undefined;
};

export interface Arguments<S extends OptionSpecs> {
  /** Settings given as flags, not yet parsed: text, or true for a flag without a value. */
  settings: Record<string, string | boolean>;
  options: OptionValues<S>;
}

const kinds: ReadonlyMap<string, string> = new Map(settings.map((setting) => [setting.key, setting.kind]));

/**
 * Splits `--key value`, `--key=value` and, for switches, `--key` and `--no-key`.
 * @throws CodedError `cli.usage`, `config.unknown` with the nearest flag.
 */
export function parseArguments<const S extends OptionSpecs>(argv: readonly string[], specs: S): Arguments<S> {
  const given: Record<string, string | boolean> = {};
  const options: Record<string, string | number | boolean | string[]> = {};
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i];
    if (!word.startsWith('--')) throw usage(`"${word}" stands where a flag was expected.`);
    const equals = word.indexOf('=');
    let name = word.slice(2, equals < 0 ? undefined : equals);
    let value: string | boolean | undefined = equals < 0 ? undefined : word.slice(equals + 1);
    if (name.startsWith('no-') && kinds.get(name.slice(3)) === 'boolean' && value === undefined) {
      name = name.slice(3);
      value = false;
    }
    const kind = Object.hasOwn(specs, name) ? specs[name].kind : kinds.get(name);
    if (kind === undefined) {
      const known = [...Object.keys(specs), ...kinds.keys(), 'help'];
      throw new CodedError(
        'config.unknown',
        `There is no flag --${name}.`,
        `Did you mean --${nearest(name, known)}?`,
      );
    }
    if (value === undefined) {
      const next = argv[i + 1];
      const isValue = next !== undefined && !next.startsWith('--');
      if (kind === 'flag' || (kind === 'boolean' && !isValue)) value = true;
      else if (!isValue) throw usage(`--${name} needs a value.`);
      else value = argv[++i];
    }
    if (Object.hasOwn(specs, name)) {
      const { kind } = specs[name];
      const before = options[name];
      options[name] =
        kind === 'texts'
          ? [...(Array.isArray(before) ? before : []), String(value)]
          : optionValue(name, kind, value);
    } else given[name] = value;
  }
  // Each value was made by optionValue from the kind of its own spec.
  return { settings: given, options: options as OptionValues<S> };
}

function optionValue(
  name: string,
  kind: Exclude<OptionKind, 'texts'>,
  value: string | boolean,
): string | number | boolean {
  switch (kind) {
    case 'flag':
      if (typeof value !== 'boolean') throw usage(`--${name} takes no value.`);
      return value;
    case 'text':
      return String(value);
    case 'count':
      if (!/^\d{1,9}$/.test(String(value)))
        throw usage(`--${name} is "${value}"; it must be a whole number.`);
      return Number(value);
    default:
      return kind satisfies never;
  }
}

export function usage(message: string): CodedError {
  return new CodedError('cli.usage', message, 'Add --help to see the flags.');
}

/** `1,2,3` as numbers. @throws CodedError `cli.usage`. */
export function numberList(flag: string, text: string): number[] {
  const numbers = text.split(',').map((word) => (word.trim() === '' ? Number.NaN : Number(word)));
  if (!numbers.every(Number.isFinite)) throw usage(`--${flag} must be numbers with commas between.`);
  return numbers;
}

/** The flags of a command in columns. */
export function optionHelp(specs: OptionSpecs): string {
  return columns(
    Object.entries(specs).map(([name, spec]) => [
      `--${name}${spec.value ? ` ${spec.value}` : ''}`,
      spec.help,
    ]),
  );
}

/** Every setting as a flag, with its range and its value in the opening preset. */
export function settingHelp(): string {
  const preset = presets['qwenlong-l1-script'];
  return columns(
    settings.map((setting) => [
      `--${setting.key}`,
      `${setting.label}: ${rangeWords(setting)} [${String(preset[setting.key])}]`,
    ]),
  );
}

function columns(rows: [string, string][]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n');
}
