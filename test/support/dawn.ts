/**
 * @file Gives a Node test the WebGPU a page has: the GPU* globals and `navigator.gpu`, by Dawn.
 *
 * Setup files run once per test file, but the tests of a run share one process, so the GPU is made once and kept on
 * `globalThis`: Dawn crashes when the object behind `create` is collected.
 */
import { create, globals } from 'webgpu';
import { paceDawnEvents } from '../../src/cli/dawn-events';

const holder = globalThis as typeof globalThis & { longviewGpu?: GPU };

if (!holder.longviewGpu) {
  paceDawnEvents();
  Object.assign(globalThis, globals);
  const gpu: GPU = create([]);
  holder.longviewGpu = gpu;
  // Node 20 has no navigator; later ones have one without `gpu`.
  if (!('navigator' in globalThis))
    Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
  Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true });
}
