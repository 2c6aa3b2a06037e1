/** @file Where things stand in the clip plot: ratio and objective → pixels, curves and token dots as SVG paths. */
import { type ClipOptions, tokenObjective } from '../../rl/objective';
import type { StoredTokens } from './clip-prediction';

export const frame = { width: 360, height: 178, left: 30, right: 8, top: 4, bottom: 30 };
const maxRatio = 2;
const maxObjective = 2;
/** More dots than this say nothing more and cost time. */
const maxDots = 3000;

export function xOf(ratio: number): number {
  return (
    frame.left +
    (Math.min(maxRatio, Math.max(0, ratio)) / maxRatio) * (frame.width - frame.left - frame.right)
  );
}

export function yOf(objective: number): number {
  const share =
    (maxObjective - Math.min(maxObjective, Math.max(-maxObjective, objective))) / (2 * maxObjective);
  return frame.top + share * (frame.height - frame.top - frame.bottom);
}

export function ratioAt(x: number): number {
  return ((x - frame.left) / (frame.width - frame.left - frame.right)) * maxRatio;
}

/** The objective of one token by ratio, for advantage 1 or −1, knees and all. */
export function curve(sign: 1 | -1, bounds: ClipOptions): string {
  const knees = [0, 1 - bounds.clipRatioLow, 1, 1 + bounds.clipRatioHigh, bounds.clipRatioC, maxRatio]
    .filter((ratio) => ratio >= 0 && ratio <= maxRatio)
    .sort((a, b) => a - b);
  return knees
    .map((ratio, i) => `${i === 0 ? 'M' : 'L'}${at(ratio, -objectiveLoss(ratio, sign, bounds))}`)
    .join('');
}

function objectiveLoss(ratio: number, sign: 1 | -1, bounds: ClipOptions): number {
  return tokenObjective(Math.log(Math.max(ratio, 1e-6)), 0, sign, bounds).loss;
}

export interface DotPaths {
  positive: string;
  negative: string;
  clippedPositive: string;
  clippedNegative: string;
  tokens: number;
  /** Tokens with a ratio above the right edge. */
  beyond: number;
}

/** The tokens of one update as dots and crosses on the curves, spread a little so that they do not hide each other. */
export function dotPaths(stored: StoredTokens, update: number, bounds: ClipOptions): DotPaths {
  const paths: DotPaths = {
    positive: '',
    negative: '',
    clippedPositive: '',
    clippedNegative: '',
    tokens: 0,
    beyond: 0,
  };
  const chosen: number[] = [];
  stored.updates.forEach((value, i) => {
    if (value === update && stored.advantages[i] !== 0) chosen.push(i);
  });
  paths.tokens = chosen.length;
  const stride = Math.ceil(chosen.length / maxDots);
  for (let k = 0; k < chosen.length; k += stride) {
    const i = chosen[k];
    const sign = stored.advantages[i] > 0 ? 1 : -1;
    const term = tokenObjective(stored.logprobs[i], stored.oldLogprobs[i], sign, bounds);
    if (term.ratio > maxRatio) paths.beyond++;
    const x = xOf(term.ratio);
    const y = yOf(-term.loss) + spread(i) * 7;
    const isClipped = term.gradient === 0;
    const mark = isClipped
      ? `M${round(x - 3)} ${round(y - 3)}l6 6m0-6l-6 6`
      : // A line of no length with round ends is a dot.
        `M${round(x)} ${round(y)}h0`;
    if (sign > 0) paths[isClipped ? 'clippedPositive' : 'positive'] += mark;
    else paths[isClipped ? 'clippedNegative' : 'negative'] += mark;
  }
  return paths;
}

/** How many tokens stand at each ratio, as bars on the axis. */
export function rug(stored: StoredTokens, update: number, bars = 60): string {
  const counts = new Uint32Array(bars);
  stored.updates.forEach((value, i) => {
    if (value !== update) return;
    const ratio = Math.exp(stored.logprobs[i] - stored.oldLogprobs[i]);
    counts[Math.min(bars - 1, Math.floor((ratio / maxRatio) * bars))]++;
  });
  const most = Math.log1p(Math.max(...counts));
  const base = frame.height - frame.bottom;
  let path = '';
  counts.forEach((count, bar) => {
    if (count > 0)
      path += `M${round(xOf(((bar + 0.5) / bars) * maxRatio))} ${base}v${round(-14 * (Math.log1p(count) / most))}`;
  });
  return path;
}

/** The same token stands at the same place at every redraw: −1 to 1 from its index. */
function spread(index: number): number {
  return ((Math.imul(index + 1, 2654435761) >>> 0) / 2 ** 32) * 2 - 1;
}

function at(ratio: number, objective: number): string {
  return `${round(xOf(ratio))} ${round(yOf(objective))}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
