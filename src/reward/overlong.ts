/**
 * @file The soft overlong penalty: a linear ramp over the last tokens of the allowed length (paper Eq. 7;
 * `naive.py`/`dapo.py` reward managers). It is added after the score and does not touch `correct`.
 */

import type { RuleMode } from './types';

export interface OverlongOptions {
  /** Lmax: the longest response generation allows, tokens. */
  maxResponseLength: number;
  /** Lcache: the ramp, tokens before Lmax. */
  bufferLength: number;
  /** Penalty at Lmax. */
  penaltyFactor: number;
}

/** Why the options are unusable, or null. Requires 0 < Lcache ≤ Lmax and a factor ≥ 0. */
export function overlongProblem(options: OverlongOptions): string | null {
  const { maxResponseLength, bufferLength, penaltyFactor } = options;
  if (!(bufferLength > 0)) return 'The overlong buffer must be longer than 0 tokens.';
  if (!(bufferLength <= maxResponseLength))
    return 'The overlong buffer must not exceed the longest response.';
  if (!(penaltyFactor >= 0)) return 'The overlong penalty factor must not be negative.';
  return null;
}

/**
 * The overlong term of a response of `length` tokens, ≤ 0:
 * min(−(length − (Lmax − Lcache)) / Lcache · factor, 0). Strict caps it at −factor beyond Lmax, as Eq. 7 does.
 * Throws RangeError on options that `overlongProblem` rejects.
 */
export function overlongPenalty(length: number, options: OverlongOptions, mode: RuleMode): number {
  const problem = overlongProblem(options);
  if (problem !== null) throw new RangeError(problem);
  const { maxResponseLength, bufferLength, penaltyFactor } = options;
  const excess = length - (maxResponseLength - bufferLength);
  if (excess <= 0) return 0;
  const share = excess / bufferLength;
  return -(mode === 'strict' ? Math.min(share, 1) : share) * penaltyFactor;
}
