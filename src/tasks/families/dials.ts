/** @file What families share about their dials: when a document counts as short, and refusing impossible values. */
import { TaskError } from '../errors';

/** Below this many tokens passages hold only what is needed. */
const SHORT_TOKENS = 448;
export const isShort = (tokens: number): boolean => tokens < SHORT_TOKENS;

/** @throws TaskError `family.invalid_options` unless `value` is a whole number in [low, high]. */
export function checkWhole(name: string, value: number | undefined, low: number, high: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= low && value <= high)) return;
  throw new TaskError(
    'family.invalid_options',
    `${name} cannot be ${value}.`,
    `Choose a whole number from ${low} to ${high}.`,
  );
}
