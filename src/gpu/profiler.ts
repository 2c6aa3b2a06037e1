/**
 * @file GPU time by kernel, from timestamps around every dispatch (feature timestamp-query).
 *
 * Each dispatch gets a compute pass of its own while profiling, so the sum of the times is the work of the GPU, not the
 * length of the window: gaps between passes are not in it. Browsers round timestamps to 100 µs; times of single short
 * dispatches mean little there, sums over many are right on average.
 */
import { CodedError } from '../errors';
import type { Gpu } from './device';
import type { Queue } from './queue';

export interface KernelTime {
  /** Label of the kernel. */
  label: string;
  dispatches: number;
  /** Milliseconds of GPU time, all its dispatches together. */
  ms: number;
}

/** Timestamps a query set holds; WebGPU's maximum. */
const setSize = 4096;

/** Whether this device can tell the time of single dispatches. */
export function canProfile(gpu: Gpu): boolean {
  return gpu.device.features.has('timestamp-query');
}

/**
 * Runs `work` and tells the GPU time of each kernel on `queue`, the longest first. The work itself is a little slower.
 * @throws CodedError `gpu.no_timestamps` where the device has no timestamps.
 */
export async function profile(queue: Queue, work: () => Promise<unknown>): Promise<KernelTime[]> {
  const { device } = queue.gpu;
  if (!canProfile(queue.gpu))
    throw new CodedError(
      'gpu.no_timestamps',
      'Times of single kernels are not available: this GPU or browser offers no timestamp-query.',
      'Use Chrome on a desktop, or go by the times of whole steps.',
    );
  const sets: GPUQuerySet[] = [];
  const labels: string[] = [];
  await queue.idle();
  queue.timestamps = (label) => {
    const at = (2 * labels.length) % setSize;
    if (at === 0) sets.push(device.createQuerySet({ type: 'timestamp', count: setSize }));
    labels.push(label);
    return {
      querySet: sets[sets.length - 1],
      beginningOfPassWriteIndex: at,
      endOfPassWriteIndex: at + 1,
    };
  };
  try {
    await work();
    await queue.idle();
  } finally {
    queue.timestamps = null;
  }
  try {
    const times = new Map<string, KernelTime>();
    for (const [i, set] of sets.entries()) {
      const here = labels.slice((i * setSize) / 2, ((i + 1) * setSize) / 2);
      const stamps = await readTimestamps(queue.gpu, set, 2 * here.length);
      here.forEach((label, d) => {
        const time = times.get(label) ?? { label, dispatches: 0, ms: 0 };
        // Some drivers let a later clock read be a little smaller.
        const nanoseconds = Math.max(0, Number(stamps[2 * d + 1] - stamps[2 * d]));
        times.set(label, { label, dispatches: time.dispatches + 1, ms: time.ms + nanoseconds / 1e6 });
      });
    }
    return [...times.values()].sort((a, b) => b.ms - a.ms);
  } finally {
    for (const set of sets) set.destroy();
  }
}

/** The first `count` timestamps of a set, in nanoseconds. */
async function readTimestamps(gpu: Gpu, set: GPUQuerySet, count: number): Promise<BigUint64Array> {
  const { device } = gpu;
  const size = count * 8;
  const resolved = device.createBuffer({
    label: 'timestamps',
    size,
    usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
  });
  const readable = device.createBuffer({
    label: 'timestamps read',
    size,
    usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
  });
  try {
    const encoder = device.createCommandEncoder();
    encoder.resolveQuerySet(set, 0, count, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, readable, 0, size);
    device.queue.submit([encoder.finish()]);
    await gpu.guard(readable.mapAsync(GPUMapMode.READ));
    return new BigUint64Array(readable.getMappedRange().slice(0));
  } finally {
    resolved.destroy();
    readable.destroy();
  }
}
