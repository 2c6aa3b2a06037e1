/** @file The metric history: a bounded window over a run of any length, thinner the older it is. */

export interface MetricRow {
  step: number;
  metrics: Record<string, number>;
  /** Training time and tokens read and generated up to the end of the step. */
  seconds?: number;
  tokens?: number;
}

export const maxRows = 2000;

/**
 * The history with one more row. At the bound every second row of the older half leaves, so that the newest steps
 * stay whole and the shape of the whole run stays visible. A row of a known step replaces it.
 */
export function appendRow(rows: readonly MetricRow[], row: MetricRow, limit = maxRows): readonly MetricRow[] {
  const last = rows.at(-1);
  const earlier = last && last.step >= row.step ? rows.filter(({ step }) => step < row.step) : rows;
  const grown = [...earlier, summed(earlier.at(-1), row)];
  if (grown.length <= limit) return grown;
  const half = Math.floor(grown.length / 2);
  return grown.filter((_, index) => index >= half || index % 2 === 0);
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
    values: rows.map((row) => row.metrics[name] ?? null),
  };
}
