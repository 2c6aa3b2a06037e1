/** @file A stored run as the page shows it: its curves, changes and held-out values up to the step it goes on from. */
import { evaluationSamples } from '../src/evaluation/held-out';
import type { MetricsRow, RunFolder } from '../src/run/folder';
import { evalMetric } from '../src/run/metrics';
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
  const rows = (await folder.readMetrics()).filter((row) => row.step <= step);
  const changes = (await folder.readChanges()).filter((change) => change.step <= step + 1);
  return {
    name: (await describeRun(id, folder.store)).name,
    step,
    document,
    rows: rows
      .filter((row) => row.step > 0)
      .map(({ step: at, time: _, ...metrics }) => ({ step: at, metrics: metrics as Record<string, number> })),
    changes: changes.map(({ step: at, key, from, to, time }) => ({ step: at, key, from, to, time })),
    evaluations: rows.flatMap((row) => evaluationOf(row, config, document)),
  };
}

function evaluationOf(row: MetricsRow, config: RunConfig, { source }: LongDocument): EvaluationView[] {
  const sampledReward: number | undefined = row[evalMetric(source, 'acc', 'mean', evaluationSamples)];
  const greedyAccuracy: number | undefined = row[`val-core/${source}/acc/greedy`];
  if (sampledReward === undefined || greedyAccuracy === undefined) return [];
  return [{ step: row.step, questions: config['eval.questions'], sampledReward, greedyAccuracy }];
}
