/** @file Metrics in the forms other tools import. */
import type { MetricsRow } from './folder';

/**
 * CSV as trackio imports it: `step`, `timestamp` (ISO 8601), then one column a metric; a step without a value has an
 * empty cell.
 */
export function metricsCsv(rows: readonly MetricsRow[]): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))]
    .filter((name) => name !== 'step' && name !== 'time')
    .sort();
  const lines = rows.map((row) => [
    row.step,
    new Date(row.time * 1000).toISOString(),
    ...names.map((name) => row[name] ?? ''),
  ]);
  return [['step', 'timestamp', ...names.map(quoted)], ...lines]
    .map((cells) => `${cells.join(',')}\n`)
    .join('');
}

/** One line `{"step": n, "data": {…}}` a step, as verl's FileLogger writes. */
export function verlLines(rows: readonly MetricsRow[]): string {
  return rows.map(({ step, time: _, ...data }) => `${JSON.stringify({ step, data })}\n`).join('');
}

function quoted(cell: string): string {
  return /[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
