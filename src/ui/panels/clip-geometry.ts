/**
 * @file What the clip plot shows for each policy loss, and where: curves from the loss table that training uses, knees,
 * axes, and the tokens of an update as points on them.
 *
 * y is the objective of one token ÷ |A|; for cispo, which keeps every gradient and bounds its weight, y is that weight
 * ÷ |A|. x is the ratio the loss looks at: the token's, for gspo the answer's. Where the bounds are narrow (gspo), both
 * axes zoom in on ratio 1 and y counts from there.
 */
import type { AnswerView } from '../../../workers/protocol';
import { policyLosses } from '../../rl/policy-loss';
import { clipMark, type ShownObjective, termsOf } from './answer-terms';
import type { StoredTokens } from './clip-prediction';

export const frame = { width: 360, height: 178, left: 34, right: 8, top: 4, bottom: 30 };
/** More dots than this say nothing more and cost time. */
const maxDots = 3000;
const curvePoints = 96;

export interface Axes {
  /** The plot shows ratios of 1 ± half. */
  half: number;
  /** It shows y of ± limit. */
  limit: number;
  /** y counts from its value at ratio 1. */
  fromOne: boolean;
}

/** Ratios where the bounds stand; null where the loss has none. */
export function knees({ lossMode, clipRatioLow, clipRatioHigh }: ShownObjective): [number, number] | null {
  switch (lossMode) {
    case 'vanilla':
    case 'gspo':
    case 'cispo':
      return [1 - clipRatioLow, 1 + clipRatioHigh];
    case 'geo_mean':
      // Its bounds hold the log-ratio.
      return [Math.exp(-clipRatioLow), Math.exp(clipRatioHigh)];
    case 'sapo':
      return null;
    default:
      return lossMode satisfies never;
  }
}

/** The bound that puts a knee at this ratio: what a dragged handle means. */
export function boundAt(ratio: number, side: 'low' | 'high', { lossMode }: ShownObjective): number {
  const distance = lossMode === 'geo_mean' ? Math.log(Math.max(ratio, 1e-6)) : ratio - 1;
  return Math.min(1, Math.max(0, side === 'low' ? -distance : distance));
}

/** y ÷ |A| of a token at this ratio, its answer's other tokens like it. */
export function objectiveAt(ratio: number, sign: 1 | -1, options: ShownObjective): number {
  const loss = policyLosses[options.lossMode];
  const difference = Math.log(Math.max(ratio, 1e-6));
  const term = loss.term(
    {
      logprob: difference,
      oldLogprob: 0,
      advantage: sign,
      meanLogRatio: loss.summand?.(difference, sign, options) ?? difference,
      meanAdvantage: sign,
    },
    options,
  );
  return options.lossMode === 'cispo' ? -term.gradient : -term.loss;
}

/** Axes that hold three times the bounds: ratios 0 to 2 for all but the narrow bounds of an answer's ratio. */
export function axesFor(options: ShownObjective): Axes {
  const widest = Math.max(options.clipRatioLow, options.clipRatioHigh);
  const half =
    options.lossMode === 'gspo' ? ([0.002, 0.01, 0.05, 0.2].find((size) => size >= 3 * widest) ?? 1) : 1;
  if (half < 1) return { half, limit: half, fromOne: true };
  const ends = ([1, -1] as const).flatMap((sign) => [
    Math.abs(objectiveAt(2, sign, options)),
    Math.abs(objectiveAt(0.001, sign, options)),
  ]);
  return { half, limit: Math.max(2, Math.ceil(Math.max(...ends))), fromOne: false };
}

export function xOf(ratio: number, { half }: Axes): number {
  const share = (Math.min(1 + half, Math.max(1 - half, ratio)) - 1 + half) / (2 * half);
  return frame.left + share * (frame.width - frame.left - frame.right);
}

export function ratioAt(x: number, { half }: Axes): number {
  return 1 - half + ((x - frame.left) / (frame.width - frame.left - frame.right)) * 2 * half;
}

/** @param y ÷ |A|, counted as the axes say. */
export function yOf(y: number, { limit }: Axes): number {
  const share = (limit - Math.min(limit, Math.max(-limit, y))) / (2 * limit);
  return frame.top + share * (frame.height - frame.top - frame.bottom);
}

/** The objective of one token by ratio, for advantage 1 or −1, knees and all. */
export function curve(sign: 1 | -1, options: ShownObjective, axes: Axes): string {
  const { half } = axes;
  const even = Array.from({ length: curvePoints + 1 }, (_, i) => 1 - half + (2 * half * i) / curvePoints);
  const ratios = [...even, ...(knees(options) ?? []), options.clipRatioC]
    .filter((ratio) => ratio >= 1 - half && ratio <= 1 + half)
    .sort((a, b) => a - b);
  return ratios
    .map((ratio, i) => `${i === 0 ? 'M' : 'L'}${at(ratio, objectiveAt(ratio, sign, options), sign, axes)}`)
    .join('');
}

function at(ratio: number, y: number, sign: 1 | -1, axes: Axes): string {
  return `${round(xOf(ratio, axes))} ${round(yOf(axes.fromOne ? y - sign : y, axes))}`;
}

export interface PlotPoint {
  ratio: number;
  sign: 1 | -1;
  clipped: boolean;
  /** Place of the point in the list of all, so that it is drawn at the same place at every redraw. */
  index: number;
}

/** The tokens of one update by the ratio their loss looks at; for gspo one point an answer. Tokens without advantage are none. */
export function points(stored: StoredTokens, update: number, options: ShownObjective): PlotPoint[] {
  const found: PlotPoint[] = [];
  let index = 0;
  for (const answer of stored.answers) {
    index += answer.tokens.length;
    if (answer.update !== update || answer.advantage === 0) continue;
    const terms = termsOf(answer, options) ?? [];
    const sign = answer.advantage > 0 ? 1 : -1;
    const count = options.lossMode === 'gspo' ? Math.min(1, terms.length) : terms.length;
    for (let t = 0; t < count; t++) {
      if (answer.policyMask?.[t] === 0) continue;
      found.push({
        ratio: ratioOf(answer, t, terms[t].ratio, options),
        sign,
        clipped: clipMark(terms[t]) !== '',
        index: index + t,
      });
    }
  }
  return found;
}

function ratioOf(answer: AnswerView, t: number, ratio: number, { lossMode }: ShownObjective): number {
  // Its term carries the mean of the answer, its bounds hold each token.
  if (lossMode !== 'geo_mean' || !answer.newLogprobs || !answer.oldLogprobs) return ratio;
  return Math.exp(answer.newLogprobs[t] - answer.oldLogprobs[t]);
}

export interface DotPaths {
  positive: string;
  negative: string;
  clippedPositive: string;
  clippedNegative: string;
  /** Points with a ratio above the right edge. */
  beyond: number;
}

/** Points as dots and crosses on the curves, spread a little so that they do not hide each other. */
export function dotPaths(found: readonly PlotPoint[], options: ShownObjective, axes: Axes): DotPaths {
  const paths: DotPaths = { positive: '', negative: '', clippedPositive: '', clippedNegative: '', beyond: 0 };
  const stride = Math.ceil(found.length / maxDots);
  found.forEach(({ ratio, sign, clipped, index }, k) => {
    if (ratio > 1 + axes.half) paths.beyond++;
    if (k % stride !== 0) return;
    const objective = objectiveAt(ratio, sign, options) - (axes.fromOne ? sign : 0);
    const x = round(xOf(ratio, axes));
    const y = round(yOf(objective, axes) + spread(index) * 7);
    const mark = clipped
      ? `M${round(x - 3)} ${round(y - 3)}l6 6m0-6l-6 6`
      : // A line of no length with round ends is a dot.
        `M${x} ${y}h0`;
    if (sign > 0) paths[clipped ? 'clippedPositive' : 'positive'] += mark;
    else paths[clipped ? 'clippedNegative' : 'negative'] += mark;
  });
  return paths;
}

/** How many points stand at each ratio, as bars on the axis. */
export function rug(found: readonly PlotPoint[], axes: Axes, bars = 60): string {
  const counts = new Uint32Array(bars);
  const { half } = axes;
  for (const { ratio } of found) {
    const bar = Math.floor(((ratio - 1 + half) / (2 * half)) * bars);
    counts[Math.min(bars - 1, Math.max(0, bar))]++;
  }
  const most = Math.log1p(Math.max(...counts));
  const base = frame.height - frame.bottom;
  let path = '';
  counts.forEach((count, bar) => {
    const ratio = 1 - half + ((bar + 0.5) / bars) * 2 * half;
    if (count > 0) path += `M${round(xOf(ratio, axes))} ${base}v${round(-14 * (Math.log1p(count) / most))}`;
  });
  return path;
}

/** −1 to 1 from an index, the same at every redraw. */
function spread(index: number): number {
  return ((Math.imul(index + 1, 2654435761) >>> 0) / 2 ** 32) * 2 - 1;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
