/**
 * @file Calibration: what this adapter reaches at best, so that every speed can be told as a share of it.
 */
import { Buffers } from './buffers';
import code from './calibration.wgsl?raw';
import type { Gpu } from './device';
import { defineKernel, Kernels } from './kernel';
import { Queue } from './queue';
import { stopwatch } from './stopwatch';

export interface Calibration {
  /** f32 multiply-adds in registers, 10⁹ floating-point operations a second; a multiply-add counts two. */
  multiplyAddGflops: number;
  /** Copy from buffer to buffer, 10⁹ bytes a second, read and written bytes both counted. */
  copyGigabytesPerSecond: number;
  /** One dependent dispatch among many in a pass, without the work in it. */
  dispatchMicroseconds: number;
}

const params = { rounds: 'u32', factor: 'f32', offset: 'f32' } as const;
const multiplyAdd = defineKernel({
  label: 'calibration.multiply_add',
  code,
  entryPoint: 'multiply_add',
  storage: ['read-write'],
  params,
});
const touch = defineKernel({
  label: 'calibration.touch',
  code,
  entryPoint: 'touch',
  storage: ['read-write'],
  params,
});

/** Enough to fill a large GPU, and to leave every cache; a software adapter needs less of either. */
const scale = {
  hardware: { threads: 2 ** 18, copyBytes: 2 ** 26, dispatches: 256 },
  software: { threads: 2 ** 14, copyBytes: 2 ** 25, dispatches: 64 },
};
const flopsPerRound = 64;

/** Measures in a few hundred milliseconds of GPU time. @throws CodedError `gpu.*`. */
export async function calibrate(gpu: Gpu): Promise<Calibration> {
  const { threads, copyBytes, dispatches } = scale[gpu.adapter.software ? 'software' : 'hardware'];
  const kernels = new Kernels(gpu);
  const buffers = new Buffers(gpu);
  const queue = new Queue(gpu, kernels, { sliceMs: 1000 });
  const bytes = Math.min(copyBytes, gpu.device.limits.maxStorageBufferBindingSize);
  const [from, to] = [buffers.storage('calibration.from', bytes), buffers.storage('calibration.to', bytes)];
  const timing = { sampleMs: 20, samples: 3, capMs: 200 };
  const once = { sampleMs: 0, samples: 0, capMs: 0 };
  try {
    await kernels.prepare([multiplyAdd, touch]);
    const out = { ...to, size: threads * 4 };
    const run = (rounds: number) =>
      queue.run(multiplyAdd, [out], { rounds, factor: 0.5, offset: 1 }, [threads / 64]);
    // Twice the rounds until a dispatch takes long enough to be told from its own cost.
    let rounds = 16;
    let ms = await stopwatch(queue, () => run(rounds), once);
    while (ms < 8 && rounds < 2 ** 15) {
      rounds *= 2 ** Math.max(1, Math.min(4, Math.floor(Math.log2(8 / ms))));
      ms = await stopwatch(queue, () => run(rounds), once);
    }
    ms = Math.min(ms, await stopwatch(queue, () => run(rounds), timing));
    const copyMs = await stopwatch(queue, () => queue.copy(from, 0, to, 0, bytes), timing);
    const touchMs = await stopwatch(
      queue,
      () => {
        for (let i = 0; i < dispatches; i++)
          queue.run(touch, [out], { rounds: 0, factor: 0, offset: 0 }, [1]);
      },
      timing,
    );
    return {
      multiplyAddGflops: (flopsPerRound * threads * rounds) / ms / 1e6,
      copyGigabytesPerSecond: (2 * bytes) / copyMs / 1e6,
      dispatchMicroseconds: (touchMs * 1000) / dispatches,
    };
  } finally {
    await queue.idle();
    buffers.free(from);
    buffers.free(to);
    queue.dispose();
  }
}
