/** @file Which colour bin and which clip mark a token gets. Colours themselves are in styles/bins.css. */
import type { AnswerView } from '../../../workers/protocol';
import type { PolicyLossTerm } from '../../rl/policy-loss';
import type { TokenColour } from '../state/model';
import { type ClipMark, clipMark, klOf, type ShownObjective, termsOf } from './answer-terms';

export interface TokenPaint {
  /** `d` diverging with bins −7 … 7, `s` sequential with bins 0 … 15, as in `d-3`, `s12`; '' = no colour. */
  bin: string;
  clipped: ClipMark;
  /** The token's policy gradient was left out. */
  masked: boolean;
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

/** Ends of the scales: beyond them the colour stays at its end. */
export const scales = {
  advantage: 2,
  ratio: Math.LN2,
  objective: 2,
  kl: 0.5,
  logprob: [-5, 0],
  entropy: [0, 3],
} as const;

/** What a colouring shows, in its own unit: bars of the strip and the numbers of its tooltip; NaN where unknown. */
export function tokenValue(
  answer: AnswerView,
  t: number,
  colour: TokenColour,
  options: ShownObjective,
): number {
  const { newLogprobs, oldLogprobs, sampledLogprobs, entropies } = answer;
  switch (colour) {
    case 'advantage':
      return answer.policyMask?.[t] === 0 ? 0 : answer.advantage;
    case 'logprob':
      return (newLogprobs ?? oldLogprobs ?? sampledLogprobs)[t];
    case 'ratio':
      return newLogprobs && oldLogprobs ? newLogprobs[t] - oldLogprobs[t] : Number.NaN;
    case 'entropy':
      return entropies[t];
    case 'kl':
      return klOf(answer, t, options) ?? Number.NaN;
    case 'clipped': {
      const mark = clipMark(termsOf(answer, options)?.[t]);
      return mark === '' ? 0 : mark === 'high' ? 1 : -1;
    }
    case 'objective': {
      const term = termsOf(answer, options)?.[t];
      // A term of 0 is no −0.
      return term ? 0 - term.loss : Number.NaN;
    }
    default:
      return colour satisfies never;
  }
}

/** Paint of every token of an answer (or of its first `count`), under the objective the controls show. */
export function paintAnswer(
  answer: AnswerView,
  colour: TokenColour,
  options: ShownObjective,
  count = answer.tokens.length,
): TokenPaint[] {
  const terms = termsOf(answer, options);
  return Array.from({ length: Math.min(count, answer.tokens.length) }, (_, t) => ({
    bin: binOf(tokenValue(answer, t, colour, options), colour),
    clipped: clipMark(terms?.[t]),
    masked: answer.policyMask?.[t] === 0,
  }));
}

function binOf(value: number, colour: TokenColour): string {
  switch (colour) {
    case 'advantage':
    case 'ratio':
    case 'objective':
    case 'kl':
      return divergingBin(value, scales[colour]);
    case 'logprob':
    case 'entropy':
      return sequentialBin(value, scales[colour][0], scales[colour][1]);
    case 'clipped':
      return value === 0 ? '' : `d${value * 6}`;
    default:
      return colour satisfies never;
  }
}

/** The next token after `from` (wrapping round) that a bound stops; null where none is. */
export function nextClipped(terms: readonly PolicyLossTerm[] | null, from: number): number | null {
  return nextWhere(terms?.length ?? 0, from, (t) => clipMark(terms?.[t]) !== '');
}

/** The next token after `from` (wrapping round) among the tenth of the answer with the highest entropy. */
export function nextSurprising(entropies: Float32Array, from: number): number | null {
  const sorted = [...entropies].sort((a, b) => b - a);
  const bound = sorted[Math.floor(sorted.length / 10)] ?? Number.POSITIVE_INFINITY;
  return nextWhere(entropies.length, from, (t) => entropies[t] >= bound && entropies[t] > 0);
}

function nextWhere(count: number, from: number, holds: (token: number) => boolean): number | null {
  for (let by = 1; by <= count; by++) {
    const t = (from + by) % count;
    if (holds(t)) return t;
  }
  return null;
}
