/** @file What a live change took away, so that Ctrl+Z can bring it back. A drag is one change, not a hundred. */
import { type RunConfig, type SettingKey, sameValue } from '../../run/config';
import type { UndoEntry } from './model';

const maxEntries = 100;
/** Further changes of the same settings within this time continue the last one. */
const oneChangeMs = 1000;

/** @param before the configuration the change starts from. */
export function withUndo(
  entries: readonly UndoEntry[],
  change: Partial<RunConfig>,
  before: RunConfig,
  nowMs: number,
): readonly UndoEntry[] {
  const keys = (Object.keys(change) as SettingKey[]).filter((key) => {
    const next = change[key];
    return next !== undefined && !sameValue(next, before[key]);
  });
  if (keys.length === 0) return entries;
  const last = entries.at(-1);
  if (last && nowMs - last.ms < oneChangeMs && sameKeys(Object.keys(last.before), keys)) {
    return [...entries.slice(0, -1), { ...last, ms: nowMs }];
  }
  const values = Object.fromEntries(keys.map((key) => [key, before[key]])) as Partial<RunConfig>;
  return [...entries, { before: values, ms: nowMs }].slice(-maxEntries);
}

function sameKeys(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((key) => b.includes(key));
}
