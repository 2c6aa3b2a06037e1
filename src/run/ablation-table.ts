/**
 * @file From the finished cells of an ablation to one table: means over seeds with intervals, and what each level adds, seed
 * by seed, on the longest bucket.
 */
import { type Interval, mean, meanInterval95 } from '../rl/statistics';
import type { AblationResult } from './ablation';
import { type AblationAxis, ablationAxes, cellName } from './ablation-grid';
import { metricPanel, type SeedGroup, seedNote } from './figures';
import { type FigureLook, figureSvg } from './svg-chart';

/** A number over seeds. */
export interface OverSeeds {
  mean: number;
  /** 95 % by Student's t; null with a single seed, which shows nothing about others. */
  interval: Interval | null;
  values: number[];
}

export interface AblationRow {
  levels: readonly string[];
  seeds: number[];
  /** Training steps, warm-up included. */
  steps: number;
  /** Macro average of max(rule, judge) before training. */
  before: OverSeeds;
  after: OverSeeds;
  /** After − before, seed by seed. */
  rise: OverSeeds;
  /** Macro average after training by length. */
  buckets: { bucket: number; score: OverSeeds }[];
}

/** Two levels of one axis, all else equal. */
export interface AblationComparison {
  axis: string;
  from: string;
  to: string;
  /** The levels of the other axes. */
  rest: readonly string[];
  /** Seeds that both have. */
  seeds: number[];
  /** Score of `to` − score of `from` on the longest bucket, after training. */
  difference: OverSeeds;
}

export interface AblationTable {
  rows: AblationRow[];
  longest: number | null;
  comparisons: AblationComparison[];
  absent: string[];
}

export function ablationTable(
  results: readonly AblationResult[],
  absent: readonly string[],
  axes: readonly AblationAxis[] = ablationAxes,
): AblationTable {
  const groups = byName(results);
  const buckets = results[0]?.after.buckets.map(({ bucket }) => bucket) ?? [];
  const longest = buckets.length > 0 ? Math.max(...buckets) : null;
  const rows = groups.map(
    (group): AblationRow => ({
      levels: group[0].cell.levels,
      steps: group[0].cell.steps,
      seeds: group.map(({ cell }) => cell.seed),
      before: overSeeds(group.map(({ before }) => before.macro.score)),
      after: overSeeds(group.map(({ after }) => after.macro.score)),
      rise: overSeeds(group.map(({ before, after }) => after.macro.score - before.macro.score)),
      buckets: buckets.map((bucket) => ({
        bucket,
        score: overSeeds(group.map((result) => bucketScore(result, bucket))),
      })),
    }),
  );
  const comparisons = longest === null ? [] : compare(groups, longest, axes);
  return { rows, longest, comparisons, absent: [...absent] };
}

/** The table as Markdown. */
export function ablationMarkdown(table: AblationTable): string {
  const buckets = table.rows[0]?.buckets.map(({ bucket }) => bucket) ?? [];
  const cells = table.rows.map(({ levels, seeds, steps, before, after, rise, buckets: own }) => [
    levels.join(', '),
    seeds.join(', '),
    String(steps),
    words(before),
    words(after),
    words(rise, true),
    ...own.map(({ score }) => words(score)),
  ]);
  const differences = table.comparisons.map(({ from, to, rest, seeds, difference }) => [
    `${to} against ${from}`,
    rest.join(', '),
    seeds.join(', '),
    words(difference, true),
  ]);
  return `${[
    '# Ablation',
    'Macro average over suites of max(rule, judge) on held-out questions; mean over seeds with its 95 % interval. Steps include those of warm-up.',
    rows(
      [
        'cell',
        'seeds',
        'steps',
        'before',
        'after',
        'rise',
        ...buckets.map((bucket) => `after, ≤ ${bucket} tokens`),
      ],
      cells,
    ),
    ...(differences.length > 0
      ? [
          `Differences seed by seed after training, ≤ ${table.longest} tokens:`,
          rows(['levels', 'all else', 'seeds', 'difference'], differences),
        ]
      : []),
    ...(table.absent.length > 0
      ? [`Not in this grid, as its settings name no such stages: ${table.absent.join('; ')}.`]
      : []),
  ].join('\n\n')}\n`;
}

/** Reward, held-out score, entropy and length of all cells, with seed bands. */
export function ablationFigure(results: readonly AblationResult[], look?: FigureLook): string {
  const groups = byName(results).map(
    (group): SeedGroup => ({
      label: cellName(group[0].cell),
      runs: group.map(({ cell, rows }) => ({ name: cell.folder, config: cell.config, rows })),
    }),
  );
  const panels = [
    { title: 'Reward', unit: 'mean reward', metric: 'critic/rewards/mean' },
    { title: 'Held-out score', unit: 'mean score', metric: /^val-core\/[^/]+\/acc\/mean@\d+$/ },
    { title: 'Entropy', unit: 'nats', metric: 'actor/entropy' },
    { title: 'Response length', unit: 'tokens', metric: 'response_length/mean' },
  ];
  const figure = {
    title: 'Ablation',
    note: groups.length > 0 ? seedNote(groups) : 'No cell is finished.',
    xLabel: 'training step',
    panels: panels.map((panel) => metricPanel(panel, groups)),
  };
  return figureSvg(figure, look);
}

function compare(
  groups: readonly AblationResult[][],
  longest: number,
  axes: readonly AblationAxis[],
): AblationComparison[] {
  return axes.flatMap((axis, place) => {
    const order = axis.levels.map(({ name }) => name);
    const rest = (group: AblationResult[]) => group[0].cell.levels.filter((_, i) => i !== place);
    return groups.flatMap((from) => {
      // The next level of this axis that is there, with all else equal.
      const own = order.indexOf(from[0].cell.levels[place]);
      const [to] = groups
        .filter(
          (group) =>
            order.indexOf(group[0].cell.levels[place]) > own &&
            rest(group).join('\n') === rest(from).join('\n'),
        )
        .sort((a, b) => order.indexOf(a[0].cell.levels[place]) - order.indexOf(b[0].cell.levels[place]));
      if (to === undefined) return [];
      const pairs = from.flatMap((a) => {
        const b = to.find(({ cell }) => cell.seed === a.cell.seed);
        return b
          ? [{ seed: a.cell.seed, difference: bucketScore(b, longest) - bucketScore(a, longest) }]
          : [];
      });
      if (pairs.length === 0) return [];
      return [
        {
          axis: axis.name,
          from: order[own],
          to: to[0].cell.levels[place],
          rest: rest(from),
          seeds: pairs.map(({ seed }) => seed),
          difference: overSeeds(pairs.map(({ difference }) => difference)),
        },
      ];
    });
  });
}

/** Cells that differ in the seed alone, in the order of the grid. */
function byName(results: readonly AblationResult[]): AblationResult[][] {
  const groups = new Map<string, AblationResult[]>();
  for (const result of results) {
    const name = cellName(result.cell);
    groups.set(name, [...(groups.get(name) ?? []), result]);
  }
  return [...groups.values()];
}

function bucketScore({ after }: AblationResult, bucket: number): number {
  return after.buckets.find((row) => row.bucket === bucket)?.scores.score ?? Number.NaN;
}

function overSeeds(values: number[]): OverSeeds {
  return { mean: mean(values), interval: meanInterval95(values), values };
}

function words({ mean: value, interval }: OverSeeds, signed = false): string {
  const number = (x: number) => `${x < 0 ? '−' : signed ? '+' : ''}${Math.abs(x).toFixed(3)}`;
  return interval === null
    ? number(value)
    : `${number(value)} [${number(interval.low)}, ${number(interval.high)}]`;
}

function rows(head: readonly string[], body: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...body.map(line)].join('\n');
}
