/** @file The metric history: a bounded window over a run of any length, thinner the older it is. */

export interface MetricRow {
  step: number;
  metrics: Record<string, number>;
}

export const maxRows = 2000;

/**
 * The history with one more row. At the bound every second row of the older half leaves, so that the newest steps
 * stay whole and the shape of the whole run stays visible. A row of a known step replaces it.
 */
export function appendRow(rows: readonly MetricRow[], row: MetricRow, limit = maxRows): readonly MetricRow[] {
  const last = rows.at(-1);
  if (last && last.step >= row.step) return [...rows.filter(({ step }) => step < row.step), row];
  const grown = [...rows, row];
  if (grown.length <= limit) return grown;
  const half = Math.floor(grown.length / 2);
  return grown.filter((_, index) => index >= half || index % 2 === 0);
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
