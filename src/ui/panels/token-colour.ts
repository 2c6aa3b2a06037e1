/** @file Which colour bin and which clip mark a token gets. Colours themselves are in the style sheet. */
import type { AnswerView } from '../../../workers/protocol';
import { type ClipOptions, tokenObjective } from '../../rl/objective';
import type { TokenColour } from '../state/model';

export type ClipMark = '' | 'high' | 'low' | 'dual';

export interface TokenPaint {
  /** `d` diverging with bins −7 … 7, `s` sequential with bins 0 … 15, as in `d-3`, `s12`; '' = no colour. */
  bin: string;
  clipped: ClipMark;
}

const divergingBins = 7;
const sequentialBins = 16;

/** A value of [−limit, limit] as one of fifteen bins; 0 and what is not finite stay plain. */
export function divergingBin(value: number, limit: number): string {
  const bin = Math.round((Math.min(limit, Math.max(-limit, value)) / limit) * divergingBins);
  // A small value is not nothing: only exact 0 is plain.
  const shown = bin === 0 && value !== 0 ? Math.sign(value) : bin;
  return Number.isFinite(shown) && shown !== 0 ? `d${shown}` : '';
}

/** A value of [low, high] as one of sixteen bins. */
export function sequentialBin(value: number, low: number, high: number): string {
  if (!Number.isFinite(value)) return '';
  const share = (Math.min(high, Math.max(low, value)) - low) / (high - low);
  return `s${Math.min(sequentialBins - 1, Math.floor(share * sequentialBins))}`;
}

/** Paint of every token of an answer, under the bounds the controls show. */
export function paintAnswer(answer: AnswerView, colour: TokenColour, bounds: ClipOptions): TokenPaint[] {
  const paints = new Array<TokenPaint>(answer.tokens.length);
  for (let t = 0; t < paints.length; t++) {
    const clipped = clipMark(answer, t, bounds);
    paints[t] = { bin: binOf(answer, t, colour, clipped), clipped };
  }
  return paints;
}

function clipMark(
  { newLogprobs, oldLogprobs, advantage }: AnswerView,
  t: number,
  bounds: ClipOptions,
): ClipMark {
  if (!newLogprobs || !oldLogprobs) return '';
  const term = tokenObjective(newLogprobs[t], oldLogprobs[t], advantage, bounds);
  if (term.clippedHigh) return 'high';
  if (term.clippedLow) return 'low';
  return term.clippedDual ? 'dual' : '';
}

function binOf(answer: AnswerView, t: number, colour: TokenColour, clipped: ClipMark): string {
  const { advantage, newLogprobs, oldLogprobs, sampledLogprobs, entropies } = answer;
  switch (colour) {
    case 'advantage':
      return divergingBin(advantage, 2);
    case 'logprob':
      return sequentialBin((newLogprobs ?? oldLogprobs ?? sampledLogprobs)[t], -5, 0);
    case 'ratio':
      return newLogprobs && oldLogprobs ? divergingBin(newLogprobs[t] - oldLogprobs[t], Math.LN2) : '';
    case 'entropy':
      return sequentialBin(entropies[t], 0, 3);
    case 'clipped':
      return clipped === '' ? '' : clipped === 'high' ? 'd6' : 'd-6';
    default:
      return colour satisfies never;
  }
}
