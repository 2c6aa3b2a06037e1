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
  /**
   * No two people, places, books or companies of a document share a word of their names, as long as there are names: in a
   * longer text more are alike by chance, which is another difficulty than its length. Of families whose documents
   * name many: frames, 2wiki, hotpot, musique, keychain. Default false.
   */
  distinct?: boolean;
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
