/** @file An evaluation as a table of text columns. */
import type { Interval } from '../rl/statistics';
import type { MeanScores, Scores } from './scores';
import type { EvaluationTable } from './suites';

/**
 * One line a cell, one a suite where it has several cells, then the macro average. `score` is the mean of max(rule, judge) over
 * sampled answers; `pass@k` is unbiased, `best@N` verl's bootstrap with replacement.
 */
export function tableText(table: EvaluationTable): string {
  const { plan } = table;
  const several = plan.buckets.length * plan.depths.length > 1;
  const head = [
    'suite',
    'length',
    'depth',
    'items',
    'failed',
    'greedy',
    'score',
    'rule only',
    ...table.macro.passAtK.map(({ k }) => `pass@${k}`),
    ...table.macro.bestAtN.map(({ n }) => `best@${n} (verl)`),
  ];
  const counts = ({ items, failed }: Scores) => [String(items), String(failed)];
  const rows = [
    ...table.cells.map(({ suite, bucket, depth, scores }) => [
      suite,
      String(bucket),
      depth === null ? 'any' : String(depth),
      ...counts(scores),
      ...numbers(scores),
    ]),
    ...(several
      ? table.suites.map(({ suite, scores }) => [suite, 'all', 'all', ...counts(scores), ...numbers(scores)])
      : []),
    ...(plan.buckets.length > 1
      ? table.buckets.map(({ bucket, scores }) => [
          'macro average',
          String(bucket),
          'all',
          '',
          '',
          ...numbers(scores),
        ])
      : []),
    ['macro average', 'all', 'all', '', '', ...numbers(table.macro)],
  ];
  return columns([head, ...rows]);
}

function numbers({ greedy, score, interval, rule, passAtK, bestAtN }: MeanScores): string[] {
  return [
    greedy.toFixed(3),
    withInterval(score, interval),
    rule.toFixed(3),
    ...passAtK.map((pass) => withInterval(pass.mean, pass.interval)),
    ...bestAtN.map((best) => best.mean.toFixed(3)),
  ];
}

/** `0.412 [0.36, 0.47]`, without brackets where there is no interval. */
function withInterval(value: number, interval: Interval | null): string {
  const range = interval === null ? '' : ` [${interval.low.toFixed(2)}, ${interval.high.toFixed(2)}]`;
  return `${value.toFixed(3)}${range}`;
}

function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows
    .map((row) =>
      row
        .map((word, i) => word.padEnd(widths[i]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
