/** @file Which curves the Lab shows, under which names, over which axis. Pure. */
import type { EvaluationView } from '../../../workers/protocol';
import { metricInfo } from '../../run/metrics';
import type { StepBand } from '../charts/positions';
import { fixed, percent, whole } from '../format';
import { bandOf, type MetricRow, type ValueBand } from '../state/history';
import type { XAxis } from '../state/link';
import { metricNamesOf, metricOf } from '../state/metric-row';

/** What the Overview opens on. */
export const curated = [
  'critic/rewards/mean',
  'held-out/reward',
  'actor/entropy',
  'actor/pg_clipfrac_high',
  'actor/pg_clipfrac_low',
  'response_length/mean',
  'actor/ppo_kl',
  'group/zero_std_frac',
] as const;

/** Names of what an evaluation event says itself; the canonical ones come in its metrics. */
export const heldOutNames = { reward: 'held-out/reward', greedy: 'held-out/greedy' } as const;

export interface Series {
  steps: number[];
  values: (number | null)[];
  xs: number[];
  /** Few values: drawn as diamonds. */
  sparse: boolean;
  band: ValueBand | null;
}

/** Every metric that any step or evaluation has, by the alphabet. */
export function metricNames(rows: readonly MetricRow[], evaluations: readonly EvaluationView[]): string[] {
  const names = new Set(rows.flatMap(metricNamesOf));
  if (evaluations.length > 0) for (const name of Object.values(heldOutNames)) names.add(name);
  for (const { metrics } of evaluations) for (const name of Object.keys(metrics ?? {})) names.add(name);
  return [...names].sort();
}

/** `val-core/{source}/{variable}/{metric}` by what tells it apart; other names as they are. */
export function shortName(name: string): string {
  const [suite, source, , metric] = name.split('/');
  return suite === 'val-core' && metric ? `${source} ${metric}` : name;
}

/** Names by what stands before their first slash, both by the alphabet. */
export function byPrefix(names: readonly string[]): [prefix: string, names: string[]][] {
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const prefix = name.split('/')[0];
    groups.set(prefix, [...(groups.get(prefix) ?? []), name]);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The names a regular expression finds, letters of either case; null where it is none. */
export function matching(names: readonly string[], filter: string): string[] | null {
  try {
    const pattern = new RegExp(filter, 'i');
    return names.filter((name) => pattern.test(name));
  } catch {
    return null;
  }
}

/** One metric over the axis. A step without a value is a gap, and a metric of few steps has only those. */
export function seriesOf(
  name: string,
  rows: readonly MetricRow[],
  evaluations: readonly EvaluationView[],
  axis: XAxis,
  overAnswers = false,
): Series {
  const evaluated = evaluations.flatMap((evaluation) => {
    const value = evaluationValue(evaluation, name);
    return value === undefined ? [] : [{ step: evaluation.step, value }];
  });
  if (evaluated.length > 0) {
    const steps = evaluated.map(({ step }) => step);
    return {
      steps,
      values: evaluated.map(({ value }) => finite(value)),
      xs: steps.map((step) => positionOf(rows, step, axis)),
      sparse: true,
      band: null,
    };
  }
  const known = rows.filter((row) => finite(metricOf(row, name)) !== null);
  const sparse = known.length * 2 < rows.length;
  const used = sparse ? known : rows;
  return {
    steps: used.map(({ step }) => step),
    values: used.map((row) => finite(metricOf(row, name))),
    xs: used.map((row) => position(row, axis)),
    sparse,
    band: sparse ? null : bandOf(used, name, overAnswers),
  };
}

function evaluationValue(evaluation: EvaluationView, name: string): number | undefined {
  if (name === heldOutNames.reward) return evaluation.sampledReward;
  if (name === heldOutNames.greedy) return evaluation.greedyAccuracy;
  return evaluation.metrics?.[name];
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

function position(row: MetricRow, axis: XAxis): number {
  switch (axis) {
    case 'step':
      return row.step;
    case 'time':
      return row.seconds ?? row.step;
    case 'tokens':
      return row.tokens ?? row.step;
    default:
      return axis satisfies never;
  }
}

/** Where the end of a step stands; that of the row before it where its own was thinned out. */
function positionOf(rows: readonly MetricRow[], step: number, axis: XAxis): number {
  const row = rows.findLast((known) => known.step <= step) ?? rows[0];
  return row === undefined ? step : axis === 'step' ? step : position(row, axis);
}

/** Numbers on an axis. */
export function xFormatOf(axis: XAxis): (value: number) => string {
  switch (axis) {
    case 'step':
      return (value) => (Number.isInteger(value) ? whole(value) : '');
    case 'time':
      return (value) =>
        value >= 600 ? `${fixed(value / 60, 0)} min` : `${fixed(value, value < 10 ? 1 : 0)} s`;
    case 'tokens':
      return (value) =>
        value >= 1e6
          ? `${fixed(value / 1e6, 1)} M`
          : value >= 1e3
            ? `${fixed(value / 1e3, 0)} K`
            : whole(value);
    default:
      return axis satisfies never;
  }
}

const small = (value: number) =>
  Math.abs(value) < 0.01 && value !== 0 ? value.toExponential(1).replaceAll('-', '−') : fixed(value, 3);
const two = (value: number) => fixed(value, 2);
const one = (value: number) => fixed(value, 1);
const share = (value: number) => percent(value);
const count = (value: number) => (Number.isInteger(value) ? whole(value) : fixed(value, 1));
const seconds = (value: number) => `${fixed(value, value < 10 ? 2 : 1)} s`;

/** How values of a metric are written, by its unit. */
export function formatOf(name: string): (value: number) => string {
  if (name.startsWith('held-out/') || name.startsWith('val-core/')) return two;
  if (name === 'actor/entropy' || name.startsWith('behavior/')) return two;
  switch (metricInfo(name)?.unit) {
    case 'fraction':
      return share;
    case 'reward':
      return two;
    case 's':
      return seconds;
    case 'tokens':
      return one;
    case 'steps':
    case 'groups':
    case 'rounds':
    case 'questions':
    case 'prompts':
    case 'answers':
    case 'values':
    case 'tokens/s':
    case 'ms':
      return count;
    default:
      return small;
  }
}

/** Stretches of steps of one curriculum stage. */
export function stageBands(rows: readonly MetricRow[], label: (stage: number) => string): StepBand[] {
  const bands: (StepBand & { stage: number })[] = [];
  for (const row of rows) {
    const { step } = row;
    const stage = metricOf(row, 'curriculum/stage');
    if (stage === undefined) continue;
    const last = bands.at(-1);
    if (last?.stage === stage) last.to = step;
    else bands.push({ stage, from: last ? last.to + 1 : step, to: step, label: label(stage) });
  }
  return bands.map(({ from, to, label }) => ({ from, to, label }));
}
