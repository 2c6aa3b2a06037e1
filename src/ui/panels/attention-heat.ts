/** @file Attention over the text as marks: tokens well above an even share, and sums of neighbours for the map. Pure. */
import type { AnswerAttention } from '../../run/answer-attention';
import type { Span } from '../../tasks/types';

/** A run of neighbouring tokens with the same mark. */
export interface HeatSpan extends Span {
  /** 1 to 4: from 2, 4, 8 and 16 times an even share on. */
  level: number;
  /** Of all attention, the question's and the answer's own included. */
  share: number;
  /** Times what each token would have if the text's attention were spread evenly. */
  lift: number;
}

/** Tokens of a bin of the map. */
const binTokens = 64;
const levels = [2, 4, 8, 16];
/** Marks that the walk from hot spot to hot spot stops at. */
const hotLevel = 3;

type Shares = Pick<AnswerAttention, 'starts' | 'ends' | 'shares'>;

/** Marks in the order of the text, without overlap. Tokens below twice an even share have none. */
export function heatSpans(view: Shares): HeatSpan[] {
  const even = total(view.shares) / Math.max(1, view.shares.length);
  const spans: (HeatSpan & { cells: number })[] = [];
  if (even === 0) return spans;
  for (const { start, end, share } of cells(view)) {
    const level = levels.filter((least) => share >= least * even).length;
    if (level === 0) continue;
    const before = spans.at(-1);
    if (before && before.level === level && before.end === start) {
      before.end = end;
      before.cells++;
      before.share += share;
      before.lift = before.share / before.cells / even;
    } else spans.push({ start, end, level, share, lift: share / even, cells: 1 });
  }
  return spans.map(({ cells: _, ...span }) => span);
}

/** The tokens' characters with their shares; the tokens that spell one character together are one. */
function cells({ starts, ends, shares }: Shares): (Span & { share: number })[] {
  const found: (Span & { share: number })[] = [];
  shares.forEach((share, i) => {
    const before = found.at(-1);
    const start = Math.max(before?.end ?? 0, starts[i]);
    if (ends[i] > start) found.push({ start, end: ends[i], share });
    else if (before) before.share += share;
  });
  return found;
}

/** Spans worth going to. */
export function hotSpots(spans: readonly HeatSpan[]): HeatSpan[] {
  return spans.filter(({ level }) => level >= hotLevel);
}

/** The text in runs of 64 tokens; `weight` is a run's share of the largest. */
export function heatBins({ starts, ends, shares }: Shares): (Span & { weight: number })[] {
  const bins = Array.from({ length: Math.ceil(shares.length / binTokens) }, (_, i) => {
    const end = Math.min((i + 1) * binTokens, shares.length);
    const share = total(shares.subarray(i * binTokens, end));
    return { start: starts[i * binTokens], end: ends[end - 1], share };
  });
  const most = bins.reduce((largest, { share }) => Math.max(largest, share), 0);
  return bins.map(({ start, end, share }) => ({ start, end, weight: most > 0 ? share / most : 0 }));
}

function total(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
