/** @file Metrics in the forms other tools import. */
import type { MetricsRow } from './folder';
import { metricInfo } from './metrics';

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

/** The reward function of the exported TRL script; TRL names its values after it. */
const rewardFunction = 'reward';

/** One line a step under TRL's own names, as its trainer logs; what TRL has no name for is left out. */
export function trlLines(rows: readonly MetricsRow[]): string {
  return rows
    .map(({ step, time: _, ...metrics }) => {
      const named = Object.entries(metrics).flatMap(([name, value]) => {
        const trl = metricInfo(name)?.trl;
        return trl ? [[trl.replace('{fn}', rewardFunction), value]] : [];
      });
      return `${JSON.stringify({ step, ...Object.fromEntries(named) })}\n`;
    })
    .join('');
}

/** A Python script that logs a metrics.jsonl to Weights & Biases: each step once, as its last whole line has it. */
export const wandbScript = `# Replays metrics.jsonl into Weights & Biases.
# pip install wandb; python wandb_replay.py [metrics.jsonl] [name of the run]
import json
import sys
import wandb

path = sys.argv[1] if len(sys.argv) > 1 else "metrics.jsonl"
steps = {}
for line in open(path, encoding="utf-8"):
    if line.endswith("\\n"):
        row = json.loads(line)
        steps[row.pop("step")] = row
run = wandb.init(project="longview", name=sys.argv[2] if len(sys.argv) > 2 else None)
for step, row in sorted(steps.items()):
    run.log(row, step=step)
run.finish()
`;

function quoted(cell: string): string {
  return /[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
