/**
 * @file Calibration: what this adapter reaches at best, so that every speed can be told as a share of it.
 */
import { Buffers } from './buffers';
import code from './calibration.wgsl?raw';
import type { Gpu } from './device';
import { defineKernel, type Kernel, Kernels } from './kernel';
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

export interface MultiplyAdd {
  kernel: Kernel<typeof params>;
  /** Numbers that are independent of each other: the lanes of all chains of a thread. */
  lanes: number;
  /** Multiply-adds of each lane in one round. */
  steps: number;
}

/** Steps written out in the loop's body. */
const steps = 16;

/** Which chains fill the machine and fit into its registers is the machine's matter: the fastest counts. */
export const multiplyAdds: readonly MultiplyAdd[] = [
  multiplyAdd('ten_scalars', 10),
  multiplyAdd('two_vectors', 8),
  multiplyAdd('eight_vectors', 32),
];

function multiplyAdd(entryPoint: string, lanes: number): MultiplyAdd {
  const kernel = defineKernel({
    label: `calibration.${entryPoint}`,
    // Each run of lines marked as a step, so many times.
    code: code.replace(/(?:^.*\/\/ step\n)+/gm, (lines) => lines.repeat(steps)),
    entryPoint,
    storage: ['read-write'],
    params,
  });
  return { kernel, lanes, steps };
}

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
/** Long enough to be told from the cost of a dispatch, short enough to fall between two turns of other programs. */
const dispatchMs = 4;
const maxRounds = 2 ** 15;

/** Measures in a few hundred milliseconds of GPU time. @throws CodedError `gpu.*`. */
export async function calibrate(gpu: Gpu): Promise<Calibration> {
  const { threads, copyBytes, dispatches } = scale[gpu.adapter.software ? 'software' : 'hardware'];
  const kernels = new Kernels(gpu);
  const buffers = new Buffers(gpu);
  const queue = new Queue(gpu, kernels, { sliceMs: 1000 });
  const bytes = Math.min(copyBytes, gpu.device.limits.maxStorageBufferBindingSize);
  const [from, to] = [buffers.storage('calibration.from', bytes), buffers.storage('calibration.to', bytes)];
  const timing = { sampleMs: dispatchMs, samples: 8, capMs: 150 };
  const out = { ...to, size: threads * 4 };
  try {
    await kernels.prepare([...multiplyAdds.map(({ kernel }) => kernel), touch]);
    let multiplyAddGflops = 0;
    for (const { kernel, lanes, steps } of multiplyAdds) {
      const run = (rounds: number) =>
        queue.run(kernel, [out], { rounds, factor: 0.5, offset: 1 }, [threads / 64]);
      let rounds = 1;
      let ms = await stopwatch(queue, () => run(rounds), { ...timing, samples: 0 });
      while (ms < dispatchMs / 2 && rounds < maxRounds) {
        rounds *= Math.min(16, Math.ceil(dispatchMs / ms));
        ms = await stopwatch(queue, () => run(rounds), { ...timing, samples: 0 });
      }
      ms = Math.min(ms, await stopwatch(queue, () => run(rounds), timing));
      multiplyAddGflops = Math.max(multiplyAddGflops, (2 * lanes * steps * threads * rounds) / ms / 1e6);
    }
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
      multiplyAddGflops,
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

/** The better of two: whatever else the machine does can only slow one down. */
export function betterCalibration(a: Calibration, b: Calibration): Calibration {
  return {
    multiplyAddGflops: Math.max(a.multiplyAddGflops, b.multiplyAddGflops),
    copyGigabytesPerSecond: Math.max(a.copyGigabytesPerSecond, b.copyGigabytesPerSecond),
    dispatchMicroseconds: Math.min(a.dispatchMicroseconds, b.dispatchMicroseconds),
  };
}
