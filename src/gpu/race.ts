/**
 * @file A race between variants of one kernel: each must first compile and give right numbers, then the fastest wins.
 */
import { asCodedError } from '../errors';
import type { Gpu } from './device';
import type { Queue } from './queue';
import { type StopwatchOptions, stopwatch } from './stopwatch';

export interface Candidate {
  name: string;
  /** Compiles. */
  prepare(): Promise<void>;
  /** Computes something small: ‖result − float64 reference‖ / ‖reference‖, NaN counting as wrong. */
  error(): Promise<number>;
  /** Records the work that is timed. */
  record(): void;
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
  /** No further candidate starts after this much time. The first always does. */
  capMs: number;
  timing: StopwatchOptions;
}

/** Results in the order of the candidates. @throws CodedError `gpu.lost`. */
export async function race(
  gpu: Gpu,
  queue: Queue,
  candidates: readonly Candidate[],
  options: RaceOptions,
): Promise<RaceResult[]> {
  const begin = performance.now();
  const results: RaceResult[] = [];
  for (const candidate of candidates) {
    const late = results.length > 0 && performance.now() - begin > options.capMs;
    results.push(
      late
        ? { name: candidate.name, outcome: 'not raced' }
        : await heat(gpu, queue, candidate, options, 2 * fastest(results)),
    );
  }
  return results;
}

function fastest(results: readonly RaceResult[]): number {
  return Math.min(
    ...results.map((result) => (result.outcome === 'timed' ? result.ms : Number.POSITIVE_INFINITY)),
  );
}

/** The fastest, the earlier one of two equals; null where none qualified. */
export function winner(results: readonly RaceResult[]): string | null {
  let best: { name: string; ms: number } | null = null;
  for (const result of results)
    if (result.outcome === 'timed' && (best === null || result.ms < best.ms)) best = result;
  return best?.name ?? null;
}

async function heat(
  gpu: Gpu,
  queue: Queue,
  candidate: Candidate,
  { tolerance, timing }: RaceOptions,
  giveUpMs: number,
): Promise<RaceResult> {
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
  if (!(error <= tolerance)) return { name, outcome: 'wrong', error };
  return {
    name,
    outcome: 'timed',
    ms: await stopwatch(queue, () => candidate.record(), { ...timing, giveUpMs }),
  };
}
