/** @file Two stored runs side by side, read from their folders: what the Compare view shows. */
import { sameValue } from '../src/run/config';
import {
  type AnswerPair,
  alignAnswers,
  differenceStrip,
  firstDifferentStep,
  seedBand,
  seedDifference,
  settingDifferences,
  type Verdict,
  verdict,
} from '../src/run/difference';
import { type MetricsRow, RunFolder } from '../src/run/folder';
import type { RolloutRow } from '../src/run/rollout-rows';
import { describeRun, listedMetric, type RunDescription } from '../src/run/run-description';
import type { RunConfig, SettingKey } from '../src/run/settings';
import { loadTokenizer } from '../src/run/tokenizer-files';
import type { RunDisk } from './run-disk';
import type { ComparedAnswer, ComparedQuestion, ComparedRuns } from './runs-protocol';

/** Metrics that are overlaid, the judged one first. */
export const comparedMetrics = [
  listedMetric,
  'actor/entropy',
  'actor/pg_clipfrac_high',
  'response_length/mean',
] as const;

interface Side {
  run: RunDescription;
  rows: MetricsRow[];
}

/** @param also further runs whose curves are overlaid. */
export async function compareRuns(
  disk: RunDisk,
  idA: string,
  idB: string,
  also: readonly string[] = [],
): Promise<ComparedRuns> {
  const [a, b] = [await readSide(disk, idA), await readSide(disk, idB)];
  const stored: Side[] = [];
  for (const id of await disk.ids()) if (id !== idA && id !== idB) stored.push(await readSide(disk, id));
  const others = also.flatMap((id) => stored.find(({ run }) => run.id === id) ?? []);
  const differences = a.run.config && b.run.config ? settingDifferences(a.run.config, b.run.config) : [];
  const common = differenceStrip(a.rows, b.rows, listedMetric);
  const lastCommon = common.at(-1)?.step ?? null;
  const shared = sharedSteps(a.run, b.run);
  const ownSteps = common.filter(({ step }) => step > shared).length;
  const partedAt = firstDifferentStep(a.rows, b.rows);
  const seeds = lastCommon === null ? [] : seedDifferences(stored, a, b, lastCommon);
  const seedsOf = (side: Side) => [side, ...stored.filter(({ run }) => isSeedOf(run, side.run))];
  const [likeA, likeB] = [seedsOf(a), seedsOf(b)].map((sides) => sides.map(({ rows }) => rows));
  return {
    a: a.run,
    b: b.run,
    others: others.map(({ run }) => run),
    differences,
    equalSettings: a.run.config ? Object.keys(a.run.config).length - differences.length : 0,
    curves: comparedMetrics.map((metric) => ({
      metric,
      a: pointsOf(a.rows, metric),
      b: pointsOf(b.rows, metric),
      strip: differenceStrip(a.rows, b.rows, metric),
      bandA: seedBand(likeA, metric),
      bandB: seedBand(likeB, metric),
      others: others.map(({ rows }) => pointsOf(rows, metric)),
    })),
    steps: common.map(({ step }) => step),
    sharedSteps: shared,
    commonSteps: ownSteps,
    lastCommon,
    partedAt,
    sameDocument: a.run.documentId === b.run.documentId,
    seeds: seeds.map(({ seed }) => seed),
    verdict: verdictOf(seeds, partedAt === null && ownSteps > 0),
  };
}

function verdictOf(seeds: readonly { delta: number }[], isIdentical: boolean): Verdict {
  return verdict(
    seeds.map(({ delta }) => delta),
    isIdentical,
  );
}

function pointsOf(rows: readonly MetricsRow[], metric: string): [number, number][] {
  return rows.flatMap((row) => (row[metric] === undefined ? [] : [[row.step, row[metric]]]));
}

/** The pair on screen, and every other stored pair with the same settings but for the seed. */
function seedDifferences(others: readonly Side[], a: Side, b: Side, lastStep: number) {
  const found = new Map<number, number>();
  const own = differenceOf(a, b, lastStep);
  if (own !== null && a.run.config) found.set(a.run.config.seed, own);
  if (a.run.config?.seed !== b.run.config?.seed) return [...found].map(([seed, delta]) => ({ seed, delta }));
  for (const x of others) {
    const seed = x.run.config?.seed;
    if (seed === undefined || found.has(seed) || !isLike(x.run, a.run)) continue;
    const partner = others.find(
      ({ run }) => run.config?.seed === seed && run !== x.run && isLike(run, b.run),
    );
    const delta = partner && differenceOf(x, partner, lastStep);
    if (typeof delta === 'number') found.set(seed, delta);
  }
  return [...found].map(([seed, delta]) => ({ seed, delta }));
}

function differenceOf(a: Side, b: Side, lastStep: number): number | null {
  return seedDifference(a.rows, b.rows, listedMetric, lastStep, sharedSteps(a.run, b.run));
}

/** Steps of the past that a fork or twin has from the other run, or both from a third. */
function sharedSteps(a: RunDescription, b: RunDescription): number {
  const [fromA, fromB] = [a.forkedFrom, b.forkedFrom];
  if (fromB?.run === a.id) return fromB.step;
  if (fromA?.run === b.id) return fromA.step;
  return fromA && fromB && fromA.run === fromB.run ? Math.min(fromA.step, fromB.step) : 0;
}

/** A run with the settings of another and a seed of its own. */
function isSeedOf(x: RunDescription, y: RunDescription): boolean {
  return isLike(x, y) && x.config?.seed !== y.config?.seed;
}

/** Equal in every setting but the seed, on the same document. */
function isLike(x: RunDescription, y: RunDescription): boolean {
  if (!x.config || !y.config || x.documentId !== y.documentId) return false;
  const [a, b]: RunConfig[] = [x.config, y.config];
  return (Object.keys(a) as SettingKey[]).every((key) => key === 'seed' || sameValue(a[key], b[key]));
}

async function readSide(disk: RunDisk, id: string): Promise<Side> {
  const store = await disk.open(id, false);
  return { run: await describeRun(id, store), rows: await new RunFolder(store).readMetrics() };
}

/** The answers of one step in both runs, by question, with the place in the text where each pair parts. */
export async function compareAnswers(
  disk: RunDisk,
  idA: string,
  idB: string,
  step: number,
): Promise<ComparedQuestion[]> {
  const [a, b] = [new RunFolder(await disk.open(idA, false)), new RunFolder(await disk.open(idB, false))];
  const newest = await a.newestCheckpoint().catch(() => null);
  const tokenizer = newest && loadTokenizer(newest);
  const startOf = (row: RolloutRow | null, token: number | null): number | null => {
    if (!row?.token_ids || token === null || !tokenizer) return null;
    const { text, spans } = tokenizer.decodeWithSpans(Uint32Array.from(row.token_ids));
    return spans[token]?.start ?? text.length;
  };
  const shown = (row: RolloutRow | null, { token }: AnswerPair): ComparedAnswer | null =>
    row && { output: row.output, score: row.score, acc: row.acc, differsFrom: startOf(row, token) };
  return alignAnswers(await a.readRollouts(step), await b.readRollouts(step)).map(
    ({ input, gold, answers }) => ({
      input,
      gold,
      answers: answers.map((pair) => ({
        index: pair.index,
        a: shown(pair.a, pair),
        b: shown(pair.b, pair),
        token: pair.token,
      })),
    }),
  );
}
