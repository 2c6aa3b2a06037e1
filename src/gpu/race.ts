/**
 * @file A race between variants of one kernel: each must first compile and give right numbers, then the fastest wins.
 * Samples go round in turns, so that a busy machine slows all alike.
 */
import { asCodedError } from '../errors';
import type { Gpu } from './device';
import type { Queue } from './queue';
import { Stopwatch } from './stopwatch';

export interface Candidate {
  name: string;
  /** Compiles. */
  prepare(): Promise<void>;
  /** Computes something small: ‖result − float64 reference‖ / ‖reference‖, NaN counting as wrong. */
  error(): Promise<number>;
  /** Records the work that is timed. */
  record(): void;
  /** Relative error above which its result is wrong, where that is not the race's. */
  tolerance?: number;
}

export type RaceResult = { name: string } & (
  | { outcome: 'timed'; ms: number }
  /** Disqualified: its numbers are off by `error`, or NaN. */
  | { outcome: 'wrong'; error: number }
  /** Disqualified: it did not compile. */
  | { outcome: 'failed'; reason: string }
  /** The time was up before its turn. */
  | { outcome: 'not raced' }
);

export interface RaceOptions {
  /** Relative error above which a result is wrong. */
  tolerance: number;
  /** No further round starts after this much time, and no further candidate once one has right numbers. */
  capMs: number;
  /** Ends the race as if the time were up: somebody needs the GPU. */
  stops?(): boolean;
  /** Samples of each candidate after its first. */
  rounds: number;
  /** Who takes more than so many times as long as the fastest has no further samples. */
  outOfRace: number;
}

/** Long against the cost of a wait. */
const sampleMs = 4;

/** Results in the order of the candidates. @throws CodedError `gpu.lost`. */
export async function race(
  gpu: Gpu,
  queue: Queue,
  candidates: readonly Candidate[],
  options: RaceOptions,
): Promise<RaceResult[]> {
  const begin = performance.now();
  const late = () => performance.now() - begin > options.capMs || options.stops?.() === true;
  const watches = new Map<string, Stopwatch>();
  const results: RaceResult[] = [];
  for (const candidate of candidates) {
    const { name } = candidate;
    if (watches.size > 0 && late()) {
      results.push({ name, outcome: 'not raced' });
      continue;
    }
    const fault = await disqualify(gpu, candidate, candidate.tolerance ?? options.tolerance);
    if (fault) {
      results.push(fault);
      continue;
    }
    const watch = new Stopwatch(queue, () => candidate.record(), sampleMs);
    await watch.start();
    watches.set(name, watch);
    results.push({ name, outcome: 'timed', ms: watch.bestMs });
  }
  for (let round = 0; round < options.rounds && !late(); round++) {
    const limitMs = options.outOfRace * Math.min(...[...watches.values()].map(({ bestMs }) => bestMs));
    for (const watch of watches.values()) if (watch.bestMs <= limitMs) await watch.sample();
  }
  return results.map((result) => {
    const watch = watches.get(result.name);
    return watch ? { name: result.name, outcome: 'timed', ms: watch.bestMs } : result;
  });
}

/** The fastest, the earlier one of two equals; null where none qualified. */
export function winner(results: readonly RaceResult[]): string | null {
  let best: { name: string; ms: number } | null = null;
  for (const result of results)
    if (result.outcome === 'timed' && (best === null || result.ms < best.ms)) best = result;
  return best?.name ?? null;
}

/** Compiles and checks; null where all is well. */
async function disqualify(gpu: Gpu, candidate: Candidate, tolerance: number): Promise<RaceResult | null> {
  const { name } = candidate;
  // A shader that the driver turns down must not end the device's life, as an uncaptured error would.
  gpu.device.pushErrorScope('validation');
  const prepared = candidate.prepare().then(
    () => null,
    (error: unknown) => asCodedError(error).message,
  );
  const scope = gpu.device.popErrorScope();
  const [reason, captured] = await gpu.guard(Promise.all([prepared, scope]));
  if (reason !== null || captured)
    return { name, outcome: 'failed', reason: reason ?? captured?.message ?? '' };
  const error = await candidate.error();
  return error <= tolerance ? null : { name, outcome: 'wrong', error };
}
