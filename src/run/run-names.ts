/** @file Names that a person can tell apart and say aloud: an adjective and an animal. */
import { fingerprint } from './document';
import type { SettingValue } from './settings';

const adjectives =
  'able brave calm clear deft eager fair fond glad keen kind light lucid merry mild neat noble patient plain quick quiet rapt ready sage sharp spry steady sunny swift tidy warm wise'.split(
    ' ',
  );
const animals =
  'badger bear bee crane crow deer dove eagle falcon finch fox hare heron ibis jay kite lark lynx marten mole moth newt otter owl pike raven robin seal stork swan tern wren'.split(
    ' ',
  );

/** The same id has the same name. */
export function runName(id: string): string {
  const hash = Number.parseInt(fingerprint(id), 16);
  return `${adjectives[hash % adjectives.length]}-${animals[(hash >>> 8) % animals.length]}`;
}

/** Settings that have a sign in the paper. */
const signs: Partial<Record<string, string>> = { clip_ratio_low: 'ε_low', clip_ratio_high: 'ε_high' };

/** Differences that a name has room for; the others are counted. */
const namedDifferences = 2;

/**
 * What tells a run from the one it is like, beside its name: `ε_high 0.2→0.28, −filter_groups.enable, 2 more`; empty where
 * nothing differs. A switch that is off now has a minus, one that is on a plus; long values are not written out.
 */
export function differenceName(
  differences: readonly { key: string; a: SettingValue; b: SettingValue }[],
): string {
  const parts = differences.slice(0, namedDifferences).map(({ key, a, b }) => {
    const name = signs[key] ?? key;
    if (typeof b === 'boolean') return `${b ? '+' : '−'}${name}`;
    const [from, to] = [a, b].map((value) =>
      typeof value === 'number' ? String(Number(value.toPrecision(3))) : String(value),
    );
    return from.length + to.length > 24 ? `other ${name}` : `${name} ${from || '–'}→${to || '–'}`;
  });
  const more = differences.length - parts.length;
  return [...parts, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

/** What a person may call a run: one line of at most 80 characters; empty where nothing is left. */
export function cleanName(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 80);
}
