/** @file SwiGLU activation: y = silu(g) * u, forward and backward. */
import { defineKernel, grid, type Kernel, type Queue, type Slice } from '../../gpu';
import code from './swiglu.wgsl?raw';

const forward = defineKernel({
  label: 'swiglu.forward',
  code,
  entryPoint: 'forward',
  storage: ['read', 'read-write'],
  params: { rows: 'u32', width: 'u32' },
});

const backward = defineKernel({
  label: 'swiglu.backward',
  code,
  entryPoint: 'backward',
  storage: ['read', 'read', 'read-write'],
  params: { rows: 'u32', width: 'u32' },
});

export const swigluKernels: readonly Kernel[] = [forward, backward];

/** y[rows, width] = silu(gateUp[:, :width]) * gateUp[:, width:]. */
export function swigluForward(queue: Queue, gateUp: Slice, y: Slice, rows: number, width: number): void {
  queue.run(forward, [gateUp, y], { rows, width }, grid(Math.ceil((rows * width) / 64)), rows * width * 8);
}

/** dGateUp[rows, 2*width] from gateUp and dY[rows, width]. */
export function swigluBackward(
  queue: Queue,
  gateUp: Slice,
  dY: Slice,
  dGateUp: Slice,
  rows: number,
  width: number,
): void {
  queue.run(
    backward,
    [gateUp, dY, dGateUp],
    { rows, width },
    grid(Math.ceil((rows * width) / 64)),
    rows * width * 16,
  );
}
