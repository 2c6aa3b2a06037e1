/** @file Times of whole operations by the wall clock. Operations that are compared take turns, so that a busy machine slows all alike. */

export interface Timed {
  /** Milliseconds of each run, in order; the first run, in which drivers compile, is not among them. */
  samples: number[];
  medianMs: number;
  /** The fastest: whatever else the machine does can only slow one down. */
  bestMs: number;
}

/** Runs each operation once uncounted, then `repeats` times in turns. */
export async function timeInTurns(
  operations: readonly (() => Promise<unknown>)[],
  repeats: number,
): Promise<Timed[]> {
  for (const operation of operations) await operation();
  const samples = operations.map((): number[] => []);
  for (let turn = 0; turn < repeats; turn++) {
    for (const [i, operation] of operations.entries()) {
      const begin = performance.now();
      await operation();
      samples[i].push(performance.now() - begin);
    }
  }
  return samples.map(timed);
}

export function timed(samples: number[]): Timed {
  return { samples, medianMs: median(samples), bestMs: Math.min(...samples) };
}

/** The middle one, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(half)] : (sorted[half - 1] + sorted[half]) / 2;
}

/**
 * Milliseconds of processor time of this thread where the system tells them (Node on Linux), so that other programs do not
 * count; the wall clock elsewhere.
 */
export const threadMs: () => number = threadClock() ?? (() => performance.now());

function threadClock(): (() => number) | null {
  // A page has no such module, and its bundle must not ask for one.
  const files = globalThis.process?.getBuiltinModule?.('node:fs');
  if (!files) return null;
  const read = () => Number(files.readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6;
  try {
    return Number.isFinite(read()) ? read : null;
  } catch {
    return null;
  }
}
