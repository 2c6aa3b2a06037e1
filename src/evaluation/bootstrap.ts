/**
 * @file verl's validation statistic `best@N/mean`: the best of N answers drawn from a question's answers **with**
 * replacement, averaged over many draws. Not pass@k: for answers of 0 and 1 its expectation is 1 − (1 − c/n)^N, lower
 * than the unbiased 1 − C(n−c, N)/C(n, N).
 */
import { mean, standardDeviation } from '../rl/statistics';
import { Random } from '../tasks/random';

/** Number of draws and seed of verl's `bootstrap_metric`. The draws come from our own generator, not from NumPy's. */
export const bootstrapDraws = 1000;
export const bootstrapSeed = 42;

export interface BestAtN {
  n: number;
  mean: number;
  /** Population deviation over the draws, averaged over questions. */
  std: number;
}

/** Places drawn for a question of `answers` answers; verl seeds every question alike, so one table serves all. */
const tables = new Map<string, Uint16Array>();

function drawnPlaces(answers: number, n: number): Uint16Array {
  const key = `${answers} ${n}`;
  const known = tables.get(key);
  if (known) return known;
  const random = new Random(bootstrapSeed, answers, n);
  const places = Uint16Array.from({ length: bootstrapDraws * n }, () => random.int(answers));
  tables.set(key, places);
  return places;
}

/** Bootstrap best@n of one question's scores, whatever their order. @throws RangeError without scores or with n below 1. */
export function bestAtN(scores: readonly number[], n: number): BestAtN {
  if (scores.length === 0 || n < 1) throw new RangeError(`best@${n} of ${scores.length} scores`);
  const sorted = Float64Array.from(scores).sort();
  const places = drawnPlaces(scores.length, n);
  const best = new Float64Array(bootstrapDraws).fill(Number.NEGATIVE_INFINITY);
  for (let draw = 0; draw < bootstrapDraws; draw++)
    for (let i = 0; i < n; i++) best[draw] = Math.max(best[draw], sorted[places[draw * n + i]]);
  return { n, mean: mean(best), std: standardDeviation(best, 0) };
}

/** Mean over questions, as verl reports it. */
export function meanBestAtN(questions: readonly (readonly number[])[], n: number): BestAtN {
  // Most questions share their scores with another: only how many were right matters.
  const known = new Map<string, BestAtN>();
  const values = questions.map((scores) => {
    const key = [...scores].sort().join();
    const value = known.get(key) ?? bestAtN(scores, n);
    known.set(key, value);
    return value;
  });
  return { n, mean: mean(values.map((value) => value.mean)), std: mean(values.map((value) => value.std)) };
}

/** The N that verl reports for `samples` answers: 2, 4, 8 … below it, and itself. */
export function reportedN(samples: number): number[] {
  const list: number[] = [];
  for (let n = 2; n < samples; n *= 2) list.push(n);
  return samples > 1 ? [...list, samples] : list;
}
