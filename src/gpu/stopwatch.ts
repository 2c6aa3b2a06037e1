/**
 * @file Timing of GPU work by the wall clock: record, submit, wait until the queue is idle. Many repeats are put into
 * one wait, so that its own cost does not count.
 */
import type { Queue } from './queue';

const maxRepeats = 256;

/** Times one piece of work in samples. The fastest counts: whatever else the machine does can only slow one down. */
export class Stopwatch {
  /** Milliseconds of one `record`, the fastest so far. */
  bestMs = Number.POSITIVE_INFINITY;
  private readonly queue: Queue;
  private readonly record: () => void;
  private readonly sampleMs: number;

  /** @param sampleMs a sample repeats the work until it lasts about this long. */
  constructor(queue: Queue, record: () => void, sampleMs: number) {
    this.queue = queue;
    this.record = record;
    this.sampleMs = sampleMs;
  }

  /** The first run, in which drivers compile, and one that counts. */
  async start(): Promise<void> {
    await this.run(1);
    this.bestMs = await this.run(1);
  }

  /** One more sample. */
  async sample(): Promise<void> {
    const repeats = Math.max(1, Math.min(maxRepeats, Math.ceil(this.sampleMs / this.bestMs)));
    this.bestMs = Math.min(this.bestMs, await this.run(repeats));
  }

  private async run(repeats: number): Promise<number> {
    const begin = performance.now();
    for (let i = 0; i < repeats; i++) this.record();
    await this.queue.idle();
    return (performance.now() - begin) / repeats;
  }
}

/** Milliseconds of one `record`: a start and at most `samples` samples, none begun after `capMs`. */
export async function stopwatch(
  queue: Queue,
  record: () => void,
  { sampleMs, samples, capMs }: { sampleMs: number; samples: number; capMs: number },
): Promise<number> {
  const begin = performance.now();
  const watch = new Stopwatch(queue, record, sampleMs);
  await watch.start();
  for (let i = 0; i < samples && performance.now() - begin < capMs; i++) await watch.sample();
  return watch.bestMs;
}
