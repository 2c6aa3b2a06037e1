/** @file A curve in one sentence, made from its own numbers. */
import { strings } from '../strings';

const flatWindow = 20;
/** Smaller moves than this share of the whole range, or of the value itself, count as flat. */
const flatShare = 0.1;

/** "reward rose from 0.12 to 0.61 over 142 steps; last 20 flat." Ends are means over up to five steps. */
export function describeSeries(
  name: string,
  steps: readonly number[],
  values: readonly (number | null)[],
  format: (value: number) => string,
): string {
  const words = strings.charts.describe;
  const points = steps.flatMap((step, i) => {
    const value = values[i];
    return value === null || value === undefined || !Number.isFinite(value) ? [] : [{ step, value }];
  });
  if (points.length === 0) return words.none(name);
  if (points.length === 1) return words.one(name, format(points[0].value), points[0].step);
  const count = Math.max(1, Math.min(5, Math.floor(points.length / 4)));
  const from = mean(points.slice(0, count));
  const to = mean(points.slice(-count));
  const all = points.map(({ value }) => value);
  const range = Math.max(...all) - Math.min(...all);
  const span = points[points.length - 1].step - points[0].step + 1;
  const threshold = Math.max(range * flatShare, Math.abs(from) * 0.01, 1e-12);
  const sentence =
    Math.abs(to - from) < threshold
      ? words.still(name, words.stayed, format(to), span)
      : words.moved(name, to > from ? words.rose : words.fell, format(from), format(to), span);
  const tail = points.slice(-flatWindow);
  const half = Math.floor(tail.length / 2);
  const isFlat =
    points.length >= flatWindow * 2 &&
    Math.abs(mean(tail.slice(half)) - mean(tail.slice(0, half))) < range * flatShare;
  return isFlat ? `${sentence}; ${words.flat(flatWindow)}.` : `${sentence}.`;
}

function mean(points: readonly { value: number }[]): number {
  return points.reduce((sum, { value }) => sum + value, 0) / points.length;
}
