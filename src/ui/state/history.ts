/** @file The metric history: a bounded window over a run of any length, thinner the older it is. */

import { type MetricRow, metricOf, packedRow } from './metric-row';

export type { MetricRow } from './metric-row';

/** About as many as a chart has pixels across; with 120 values a row, three quarters of a megabyte. */
export const maxRows = 512;

/**
 * The history with one more row. At the bound every second row of the older half leaves, so that the newest steps
 * stay whole and the shape of the whole run stays visible; the row behind it keeps its extremes. A row of a known step
 * replaces it.
 */
export function appendRow(rows: readonly MetricRow[], row: MetricRow, limit = maxRows): readonly MetricRow[] {
  const last = rows.at(-1);
  const earlier = last && last.step >= row.step ? rows.filter(({ step }) => step < row.step) : rows;
  const grown = [...earlier, packedRow(summed(earlier.at(-1), row))];
  if (grown.length <= limit) return grown;
  const half = Math.floor(grown.length / 2);
  const leaves = (index: number) => index < half && index % 2 === 1;
  return grown.flatMap((own, index) => {
    if (leaves(index)) return [];
    return [leaves(index - 1) ? covering(own, grown[index - 1]) : own];
  });
}

/** A row that stands for the one before it as well. */
function covering(row: MetricRow, before: MetricRow): MetricRow {
  const extreme = (side: 'low' | 'high', pick: (a: number, b: number) => number) => {
    const [own, other] = [row[side] ?? row.metrics, before[side] ?? before.metrics];
    const names = [...new Set([...Object.keys(own), ...Object.keys(other)])];
    return Object.fromEntries(
      names.map((name) => [name, pick(own[name] ?? other[name], other[name] ?? own[name])]),
    );
  };
  const { step, metrics, seconds, tokens } = row;
  const [low, high] = [extreme('low', Math.min), extreme('high', Math.max)];
  return packedRow({ step, metrics, seconds, tokens, low, high });
}

/** What the points of a curve reach down and up to. */
export interface ValueBand {
  low: readonly (number | null)[];
  high: readonly (number | null)[];
}

/**
 * The band of one metric: the extremes of the steps a row stands for, and of the answers of a step where `overAnswers`
 * and the metric is a mean with its min and max beside it. Null where every row stands for its one value.
 */
export function bandOf(rows: readonly MetricRow[], name: string, overAnswers: boolean): ValueBand | null {
  const stem = overAnswers && name.endsWith('/mean') ? name.slice(0, -'/mean'.length) : null;
  const bounds = (side: 'low' | 'high', beside: string) =>
    rows.map((row) => {
      const value =
        (stem === null ? undefined : metricOf(row, `${stem}/${beside}`, side)) ?? metricOf(row, name, side);
      return value !== undefined && Number.isFinite(value) ? value : null;
    });
  const band = { low: bounds('low', 'min'), high: bounds('high', 'max') };
  return band.low.some((value, i) => value !== band.high[i]) ? band : null;
}

/** The row with time and tokens of all steps up to it: sums that survive when rows are thinned out. */
function summed(before: MetricRow | undefined, row: MetricRow): MetricRow {
  const { 'perf/time_per_step': seconds = 0, 'perf/total_num_tokens': tokens = 0 } = row.metrics;
  return { ...row, seconds: (before?.seconds ?? 0) + seconds, tokens: (before?.tokens ?? 0) + tokens };
}

/** The row of a step, or null where it was thinned out. */
export function rowOf(rows: readonly MetricRow[], step: number): MetricRow | null {
  return rows.findLast((row) => row.step === step) ?? null;
}

/** Steps and values of one metric; null where a step has none. */
export function series(
  rows: readonly MetricRow[],
  name: string,
): { steps: number[]; values: (number | null)[] } {
  return {
    steps: rows.map((row) => row.step),
    values: rows.map((row) => metricOf(row, name) ?? null),
  };
}
