/** @file A GPU rig for kernel tests: one device a file, random inputs, comparison with float64 references. */
import { afterAll, beforeAll, expect } from 'vitest';
import {
  Buffers,
  type DeviceOptions,
  type Gpu,
  type Kernel,
  Kernels,
  openGpu,
  Queue,
  type Slice,
} from '../../src/gpu';

/**
 * Buffers that begin as NaN: what a kernel does not write, or reads before it is written, shows. Kernels that count on
 * zeros say so, and their tests clear the buffer.
 */
class PoisonedBuffers extends Buffers {
  override storage(label: string, bytes: number, usage = 0): Slice {
    const slice = super.storage(label, bytes, usage);
    this.write(slice, new Float32Array(slice.size / 4).fill(Number.NaN));
    return slice;
  }
}

export interface Rig {
  gpu: Gpu;
  buffers: Buffers;
  kernels: Kernels;
  queue: Queue;
}

/**
 * Opens a device, by default with WebGPU's default limits and no optional feature, and compiles `kernels`, a list or what
 * chooses one.
 */
export function useRig(
  kernels: readonly Kernel[] | ((cache: Kernels) => readonly Kernel[]),
  options: DeviceOptions = { defaultsOnly: true },
): () => Rig {
  let rig: Rig | null = null;
  beforeAll(async () => {
    const gpu = await openGpu(navigator.gpu, options);
    const cache = new Kernels(gpu);
    await cache.prepare(typeof kernels === 'function' ? kernels(cache) : kernels);
    rig = { gpu, buffers: new PoisonedBuffers(gpu), kernels: cache, queue: new Queue(gpu, cache) };
  }, 120_000);
  afterAll(async () => {
    await rig?.queue.idle();
    rig?.gpu.close();
  });
  return () => {
    if (!rig) throw new Error('the GPU rig is not open');
    return rig;
  };
}

/** Deterministic uniform numbers in [-scale, scale]. */
export function randomFloats(count: number, seed: number, scale = 1): Float32Array {
  let state = (seed * 2654435761 + 1) >>> 0;
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    const mixed = Math.imul(state ^ (state >>> 12), 0x297a2d39) >>> 0;
    out[i] = ((mixed / 2 ** 32) * 2 - 1) * scale;
  }
  return out;
}

const canary = 123456.5;

/** An output buffer of `count` floats, poisoned with NaN, with a canary tail of 16 floats behind it. */
export function outputBuffer(rig: Rig, label: string, count: number): Slice {
  return rig.buffers.from(label, new Float32Array(count + 16).fill(Number.NaN, 0, count).fill(canary, count));
}

/** Reads `count` floats, checking that the canary tail is untouched and that no poison is left. */
export async function readOutput(rig: Rig, slice: Slice, count: number): Promise<Float32Array> {
  const all = await rig.queue.readFloats(slice, count + 16);
  for (let i = count; i < count + 16; i++) expect(all[i], 'canary tail').toBe(canary);
  const out = all.subarray(0, count);
  expect(out.findIndex(Number.isNaN), 'index of an element that is NaN').toBe(-1);
  return out;
}

/** ‖actual − expected‖ / ‖expected‖ (or the plain norm where expected is 0). */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < expected.length; i++) {
    if (!Number.isFinite(actual[i])) return Number.NaN;
    difference += (actual[i] - expected[i]) ** 2;
    norm += expected[i] ** 2;
  }
  return Math.sqrt(difference) / (Math.sqrt(norm) || 1);
}
