/**
 * @file Timing of GPU work by the wall clock: record, submit, wait until the queue is idle. Many repeats are put into
 * one wait, so that its own cost does not count.
 */
import type { Queue } from './queue';

export interface StopwatchOptions {
  /** A sample lasts at least this long, by repeats; so many milliseconds are well above the cost of a wait. */
  sampleMs: number;
  /** Samples taken; the fastest counts, since everything else on the machine can only slow one down. */
  samples: number;
  /** No further sample is begun after this much time. At least one is taken. */
  capMs: number;
  /** A first sample above this is the only one: the work is out of the race. */
  giveUpMs?: number;
}

const maxRepeats = 256;

/** Milliseconds of one `record`; its first run is not counted, as drivers compile in it. */
export async function stopwatch(
  queue: Queue,
  record: () => void,
  { sampleMs, samples, capMs, giveUpMs = Number.POSITIVE_INFINITY }: StopwatchOptions,
): Promise<number> {
  const begin = performance.now();
  const timed = async (repeats: number) => {
    const started = performance.now();
    for (let i = 0; i < repeats; i++) record();
    await queue.idle();
    return (performance.now() - started) / repeats;
  };
  record();
  await queue.idle();
  let best = await timed(1);
  if (best > giveUpMs) return best;
  const repeats = Math.max(1, Math.min(maxRepeats, Math.ceil(sampleMs / best)));
  for (let i = 0; i < samples && performance.now() - begin < capMs; i++)
    best = Math.min(best, await timed(repeats));
  return best;
}
