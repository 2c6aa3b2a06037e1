/** @file The names of evaluation metrics: verl's `val-core/…`, made from source, statistic and number of samples. */

export type EvalStatistic = 'mean' | 'maj' | 'best' | 'pass';

/**
 * Canonical name of an evaluation metric over `samples` answers a question, such as `val-core/lookup/reward/mean@8`.
 * `pass` is the unbiased pass@k of Longview; `best` and `maj` are verl's bootstrap statistics.
 */
export function evalMetric(
  source: string,
  variable: string,
  statistic: EvalStatistic,
  samples: number,
): string {
  const prefix = `val-core/${source}/${variable}`;
  switch (statistic) {
    case 'mean':
    case 'pass':
      return `${prefix}/${statistic}@${samples}`;
    case 'maj':
    case 'best':
      return `${prefix}/${statistic}@${samples}/mean`;
    default:
      return statistic satisfies never;
  }
}
