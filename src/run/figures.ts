/**
 * @file The paper's figures of training dynamics from run folders. Runs that differ in nothing but the seed are one curve, the
 * mean over seeds, in a band from the lowest to the highest.
 */
import { CodedError } from '../errors';
import { behaviours } from '../evaluation/behaviour-patterns';
import { behaviourMetric } from '../evaluation/behaviours';
import { sameValue } from './config';
import type { MetricsRow, RunFolder } from './folder';
import type { RunConfig, SettingKey } from './settings';
import { settings } from './settings';
import { type Curve, type CurvePoint, type Figure, figureSvg, type Panel } from './svg-chart';

export interface RunCurves {
  /** Shown where settings do not tell the runs apart. */
  name: string;
  config: RunConfig;
  rows: readonly MetricsRow[];
}

/** Runs of one curve. */
export interface SeedGroup {
  label: string;
  runs: readonly RunCurves[];
}

interface PanelSpec {
  title: string;
  unit: string;
  /** The metric's name, or a pattern of which the first name by the alphabet is taken. */
  metric: string | RegExp;
}

interface FigureSpec {
  file: string;
  title: string;
  panels: readonly PanelSpec[];
}

const reward: PanelSpec = { title: 'Reward', unit: 'mean reward', metric: 'critic/rewards/mean' };
const entropy: PanelSpec = { title: 'Entropy', unit: 'nats', metric: 'actor/entropy' };
const kl: PanelSpec = { title: 'KL to the reference policy', unit: 'nats', metric: 'actor/kl_loss' };

const behaviourTitles = {
  ground: 'Grounding',
  subgoal: 'Sub-goal setting',
  verify: 'Verification',
  backtrack: 'Backtracking',
} as const;

const specs: readonly FigureSpec[] = [
  {
    file: 'figure-2',
    title: 'Training dynamics (as the paper’s figure 2)',
    panels: [
      reward,
      entropy,
      kl,
      { title: 'Response length', unit: 'tokens', metric: 'response_length/mean' },
    ],
  },
  {
    file: 'figure-5',
    title: 'Ablation of training dynamics (as the paper’s figure 5)',
    panels: [reward, { title: 'Gradient norm', unit: '', metric: 'actor/grad_norm' }, kl, entropy],
  },
  {
    file: 'figure-7',
    title: 'Reasoning behaviours (as the paper’s figure 7)',
    panels: [
      ...behaviours.map((behaviour) => ({
        title: behaviourTitles[behaviour],
        unit: 'sentences per answer',
        metric: behaviourMetric(behaviour),
      })),
      { title: 'Held-out score', unit: 'mean score', metric: /^val-core\/[^/]+\/acc\/mean@\d+$/ },
    ],
  },
];

/** @throws CodedError `run.empty`, `config.*`. */
export async function readRunCurves(name: string, folder: RunFolder): Promise<RunCurves> {
  const rows = await folder.readMetrics();
  if (rows.length === 0)
    throw new CodedError(
      'run.empty',
      `There is no run in ${name}.`,
      'Choose the folder that holds config.json and metrics.jsonl.',
    );
  return { name, config: await folder.readConfig(), rows };
}

/** One group for each set of runs whose settings differ in the seed alone, in the order given. */
export function groupBySeed(runs: readonly RunCurves[]): SeedGroup[] {
  const groups: RunCurves[][] = [];
  for (const run of runs) {
    const own = groups.find(
      ([first]) =>
        differing([first.config, run.config]).length === 0 && !seedsOf(groups, first).has(run.config.seed),
    );
    if (own) own.push(run);
    else groups.push([run]);
  }
  const told = differing(groups.map(([first]) => first.config));
  const labels = groups.map(([first]) => told.map((key) => `${key} ${String(first.config[key])}`).join(', '));
  return groups.map((members, i) => {
    const unique = labels[i] !== '' && labels.indexOf(labels[i]) === labels.lastIndexOf(labels[i]);
    const label = unique && labels[i].length <= 80 ? labels[i] : members[0].name;
    return { label, runs: members };
  });
}

/** Mean over seeds at each step, with the lowest and the highest. */
export function seedCurve({ label, runs }: SeedGroup, metric: string): Curve {
  const values = new Map<number, number[]>();
  for (const { rows } of runs)
    for (const row of rows) {
      const value = row[metric];
      if (Number.isFinite(value)) values.set(row.step, [...(values.get(row.step) ?? []), value]);
    }
  const points = [...values]
    .sort(([a], [b]) => a - b)
    .map(
      ([step, list]): CurvePoint => ({
        x: step,
        y: list.reduce((sum, value) => sum + value, 0) / list.length,
        low: Math.min(...list),
        high: Math.max(...list),
      }),
    );
  return { label, points };
}

/** All figures as files: name and SVG text. */
export function dynamicsFigures(groups: readonly SeedGroup[]): { file: string; svg: string }[] {
  return specs.map((spec) => ({ file: `${spec.file}.svg`, svg: figureSvg(figureOf(spec, groups)) }));
}

/** A panel of one metric over groups. */
export function metricPanel({ title, unit, metric }: PanelSpec, groups: readonly SeedGroup[]): Panel {
  const curves = groups.flatMap((group) => {
    const name = typeof metric === 'string' ? metric : firstName(group, metric);
    const curve = name === null ? null : seedCurve(group, name);
    return curve !== null && curve.points.length > 0 ? [curve] : [];
  });
  const empty =
    metric === kl.metric ? 'not recorded: no reference policy was kept' : 'not recorded in these runs';
  return { title, unit, curves, empty };
}

/** What the bands are, in words. */
export function seedNote(groups: readonly SeedGroup[]): string {
  const counts = groups.map(({ runs }) => runs.length);
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)];
  if (most === 1) return 'One seed a curve.';
  const seeds = fewest === most ? `${most} seeds` : `${fewest} to ${most} seeds`;
  return `Mean over ${seeds} a curve; bands from the lowest to the highest seed.`;
}

function figureOf(spec: FigureSpec, groups: readonly SeedGroup[]): Figure {
  return {
    title: spec.title,
    note: seedNote(groups),
    xLabel: 'training step',
    panels: spec.panels.map((panel) => metricPanel(panel, groups)),
  };
}

function firstName({ runs }: SeedGroup, pattern: RegExp): string | null {
  const names = new Set(runs.flatMap(({ rows }) => rows.flatMap((row) => Object.keys(row))));
  return [...names].filter((name) => pattern.test(name)).sort()[0] ?? null;
}

/** Settings, other than the seed, in which configurations differ. */
function differing(configs: readonly RunConfig[]): SettingKey[] {
  return settings
    .map(({ key }) => key)
    .filter((key) => key !== 'seed' && configs.some((config) => !sameValue(config[key], configs[0][key])));
}

function seedsOf(groups: readonly RunCurves[][], first: RunCurves): Set<number> {
  const own = groups.find((group) => group[0] === first) ?? [];
  return new Set(own.map(({ config }) => config.seed));
}
