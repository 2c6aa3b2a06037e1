/** @file A stored run as the page shows it: its curves, changes and held-out values up to the step it goes on from. */
import { evaluationSamples } from '../src/evaluation/held-out';
import { evalMetric } from '../src/run/eval-metric';
import type { ChangeRow, MetricsRow, RunFolder } from '../src/run/folder';
import { describeRun } from '../src/run/run-description';
import type { RunConfig } from '../src/run/settings';
import type { LongDocument } from '../src/tasks/types';
import type { EvaluationView, RestoredView } from './protocol';

export async function restoredView(
  id: string,
  folder: RunFolder,
  step: number,
  config: RunConfig,
  document: LongDocument,
): Promise<RestoredView> {
  const [rows, changes] = [await folder.readMetrics(), await folder.readChanges()];
  return {
    name: (await describeRun(id, folder.store)).name,
    document,
    ...pastView({ rows, changes, step, config, source: document.source }),
  };
}

interface Past {
  rows: readonly MetricsRow[];
  changes: readonly ChangeRow[];
  step: number;
  config: RunConfig;
  source: LongDocument['source'];
}

/** What has happened up to a step; a change made while it trained acts on the next, and is there already. */
export function pastView({ rows, changes, step, config, source }: Past) {
  const past = rows.filter((row) => row.step <= step);
  return {
    step,
    rows: past.filter((row) => row.step > 0).map((row) => ({ step: row.step, metrics: stepMetrics(row) })),
    changes: changes
      .filter((change) => change.step <= step + 1)
      .map(({ step: at, key, from, to, time }) => ({ step: at, key, from, to, time })),
    evaluations: past.flatMap((row) => evaluationOf(row, config, source)),
  };
}

const evaluationPrefix = 'val-core/';

/** What the step itself gave: an evaluation after it has joined its line. */
export function stepMetrics({ step: _, time: __, ...metrics }: MetricsRow): Record<string, number> {
  return Object.fromEntries(Object.entries(metrics).filter(([name]) => !name.startsWith(evaluationPrefix)));
}

export function evaluationOf(
  row: MetricsRow,
  config: RunConfig,
  source: LongDocument['source'],
): EvaluationView[] {
  const sampledReward: number | undefined = row[evalMetric(source, 'acc', 'mean', evaluationSamples)];
  const greedyAccuracy: number | undefined = row[`val-core/${source}/acc/greedy`];
  if (sampledReward === undefined || greedyAccuracy === undefined) return [];
  const metrics = Object.fromEntries(
    Object.entries(row).filter(([name]) => name.startsWith(evaluationPrefix)),
  );
  return [{ step: row.step, questions: config['eval.questions'], sampledReward, greedyAccuracy, metrics }];
}
