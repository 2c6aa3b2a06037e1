/**
 * @file What differs between two runs: settings, curves step by step, the first differing token of an answer, and what may
 * honestly be said of it over seeds.
 */
import { type Interval, mean, meanInterval95 } from '../rl/statistics';
import { sameValue } from './config';
import type { MetricsRow } from './folder';
import { presets } from './presets';
import type { RolloutRow } from './rollout-rows';
import type { RunConfig, SettingKey, SettingValue } from './settings';

export interface SettingDifference {
  key: SettingKey;
  a: SettingValue;
  b: SettingValue;
}

/** Settings with different values, in the order of the schema. */
export function settingDifferences(a: RunConfig, b: RunConfig): SettingDifference[] {
  return (Object.keys(a) as SettingKey[])
    .filter((key) => !sameValue(a[key], b[key]))
    .map((key) => ({ key, a: a[key], b: b[key] }));
}

/** What differs from the settings of a run's preset, but for the seed. */
export function presetDifferences(config: RunConfig): SettingDifference[] {
  return settingDifferences(presets[config.preset], config).filter(({ key }) => key !== 'seed');
}

/** One step that both runs have measured. */
export interface StripStep {
  step: number;
  a: number;
  b: number;
  /** b − a. */
  delta: number;
}

/** The steps where both have a value of `metric`, ascending. */
export function differenceStrip(
  rowsA: readonly MetricsRow[],
  rowsB: readonly MetricsRow[],
  metric: string,
): StripStep[] {
  const byStep = new Map(rowsB.map((row) => [row.step, row[metric] as number | undefined]));
  return rowsA.flatMap((row) => {
    const a = row[metric] as number | undefined;
    const b = byStep.get(row.step);
    return a === undefined || b === undefined ? [] : [{ step: row.step, a, b, delta: b - a }];
  });
}

/** Lowest and highest value of a metric at a step. */
export type BandStep = [step: number, low: number, high: number];

/** The reach of a metric over runs that differ in their seed alone, where at least two of them have a value. */
export function seedBand(runs: readonly (readonly MetricsRow[])[], metric: string): BandStep[] {
  const values = new Map<number, number[]>();
  for (const row of runs.flat()) {
    if (row[metric] !== undefined) values.set(row.step, [...(values.get(row.step) ?? []), row[metric]]);
  }
  return [...values]
    .filter(([, list]) => list.length > 1)
    .map(([step, list]): BandStep => [step, Math.min(...list), Math.max(...list)])
    .sort(([a], [b]) => a - b);
}

/** Values of the clock differ between any two runs. */
const clock = /^time$|^timing_s|^perf\//;

/** The first step at which any value but the clock's differs; null where all common steps are equal. */
export function firstDifferentStep(
  rowsA: readonly MetricsRow[],
  rowsB: readonly MetricsRow[],
): number | null {
  const byStep = new Map(rowsB.map((row) => [row.step, row]));
  for (const row of rowsA) {
    const other = byStep.get(row.step);
    if (!other) continue;
    const names = new Set([...Object.keys(row), ...Object.keys(other)].filter((name) => !clock.test(name)));
    for (const name of names) if (!Object.is(row[name], other[name])) return row.step;
  }
  return null;
}

/**
 * Index of the first element that differs; the length of the shorter where it begins the longer; null where both are equal.
 */
export function firstDifference(a: ArrayLike<number>, b: ArrayLike<number>): number | null {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) if (a[i] !== b[i]) return i;
  return a.length === b.length ? null : shorter;
}

/** The same question's answers in both runs. */
export interface QuestionPair {
  /** The prompt. */
  input: string;
  gold: string;
  answers: AnswerPair[];
}

export interface AnswerPair {
  index: number;
  a: RolloutRow | null;
  b: RolloutRow | null;
  /** First differing token of the two outputs; null where they are equal or one is absent. */
  token: number | null;
}

/** Answers by question, those of both runs first; a question that only one run asked keeps its place without a partner. */
export function alignAnswers(rowsA: readonly RolloutRow[], rowsB: readonly RolloutRow[]): QuestionPair[] {
  const pairs = new Map<string, QuestionPair>();
  const place = (row: RolloutRow): AnswerPair => {
    const pair = pairs.get(row.input) ?? { input: row.input, gold: row.gts, answers: [] };
    pairs.set(row.input, pair);
    let answer = pair.answers.find(({ index }) => index === row.index);
    if (!answer) {
      answer = { index: row.index, a: null, b: null, token: null };
      pair.answers.push(answer);
    }
    return answer;
  };
  // A question asked twice in a step keeps the answers of its first group.
  for (const row of rowsA) place(row).a ??= row;
  for (const row of rowsB) place(row).b ??= row;
  for (const { answers } of pairs.values()) {
    answers.sort((x, y) => x.index - y.index);
    for (const answer of answers) answer.token = tokenOf(answer);
  }
  const isShared = ({ answers }: QuestionPair) => answers.some(({ a, b }) => a !== null && b !== null);
  const all = [...pairs.values()];
  return [...all.filter(isShared), ...all.filter((pair) => !isShared(pair))];
}

function tokenOf({ a, b }: AnswerPair): number | null {
  return a?.token_ids && b?.token_ids ? firstDifference(a.token_ids, b.token_ids) : null;
}

/** Steps at the end over which a difference is averaged. */
export const verdictSteps = 20;

/**
 * B − A of one seed: the mean over the last steps up to `lastStep`; null where a run does not reach it.
 * @param sharedSteps steps of a past that both share, which say nothing of a difference.
 */
export function seedDifference(
  rowsA: readonly MetricsRow[],
  rowsB: readonly MetricsRow[],
  metric: string,
  lastStep: number,
  sharedSteps = 0,
): number | null {
  const strip = differenceStrip(rowsA, rowsB, metric).filter(
    ({ step }) => step > sharedSteps && step <= lastStep,
  );
  if (strip.at(-1)?.step !== lastStep) return null;
  return mean(strip.slice(-verdictSteps).map(({ delta }) => delta));
}

/**
 * What may be said of a difference. One seed speaks of two runs, never of their settings; more seeds speak of the settings
 * where the 95 % interval of the mean difference (Student's t, paired by seed) leaves out 0.
 */
export type Verdict =
  | { kind: 'nothing' }
  | { kind: 'identical' }
  | { kind: 'one seed'; delta: number }
  | { kind: 'not separable' | 'separable'; seeds: number; mean: number; interval: Interval };

/**
 * @param deltas B − A, one a seed.
 * @param isIdentical the two runs are equal in every value so far.
 */
export function verdict(deltas: readonly number[], isIdentical = false): Verdict {
  if (deltas.length === 0) return { kind: 'nothing' };
  if (isIdentical) return { kind: 'identical' };
  const interval = meanInterval95(deltas);
  if (interval === null) return { kind: 'one seed', delta: deltas[0] };
  const isSeparable = interval.low > 0 || interval.high < 0;
  return {
    kind: isSeparable ? 'separable' : 'not separable',
    seeds: deltas.length,
    mean: mean(deltas),
    interval,
  };
}
