/** @file What families share about their dials: the one that all have, and refusing impossible values. */
import { TaskError } from '../errors';

/** Below this many tokens passages are short by default. */
export const SHORT_TOKENS = 448;

/** A dial of every family. */
export interface CommonDials {
  /**
   * Passages hold only what is needed, so that a document's length is all that its length changes; otherwise they also
   * say things about the same subject that nobody asks for. Default below 448 tokens.
   */
  short?: boolean;
}

/** @throws TaskError `family.invalid_options` unless `value` is a whole number in [low, high]. */
export function checkWhole(name: string, value: number | undefined, low: number, high: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= low && value <= high)) return;
  throw new TaskError(
    'family.invalid_options',
    `${name} cannot be ${value}.`,
    `Choose a whole number from ${low} to ${high}.`,
  );
}
