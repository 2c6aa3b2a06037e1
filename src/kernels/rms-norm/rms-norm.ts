/**
 * @file RMSNorm over the last axis, forward and backward.
 *
 * `statistics` (eight partial sums of squares a row) is written by the forward pass and read by the backward pass.
 */
import { alignBytes, defineKernel, grid, type Kernel, type Queue, type Slice, sub } from '../../gpu';
import { rowBlocks, sumRows, sumRowsKernels } from '../shared/sum-rows';
import code from './rms-norm.wgsl?raw';

const lanes = 8;
const params = { rows: 'u32', width: 'u32', rowsPerBlock: 'u32', accumulate: 'u32', epsilon: 'f32' } as const;

const forward = defineKernel({
  label: 'rms-norm.forward',
  code,
  entryPoint: 'forward',
  storage: ['read', 'read', 'read-write', 'read-write'],
  params,
});
const project = defineKernel({
  label: 'rms-norm.project',
  code,
  entryPoint: 'project',
  storage: ['read', 'read', 'read', 'read-write'],
  params,
});
const backward = defineKernel({
  label: 'rms-norm.backward',
  code,
  entryPoint: 'backward',
  storage: ['read', 'read', 'read', 'read-write', 'read', 'read'],
  params,
});
const gainBlocks = defineKernel({
  label: 'rms-norm.gain-blocks',
  code,
  entryPoint: 'gainBlocks',
  storage: ['read', 'read', 'read', 'read-write'],
  params,
});

export const rmsNormKernels: readonly Kernel[] = [forward, project, backward, gainBlocks, ...sumRowsKernels];

/** Bytes of `statistics` for `rows` rows. */
export function rmsNormStatisticsBytes(rows: number): number {
  return rows * lanes * 4;
}

/** Bytes of the scratch buffer of a backward pass. */
export function rmsNormScratchBytes(rows: number, width: number): number {
  return alignBytes(rows * lanes * 4) + rowBlocks(rows).blocks * width * 4;
}

/** y[rows, width] = gain * x / rms(x); also writes `statistics`. */
export function rmsNormForward(
  queue: Queue,
  x: Slice,
  gain: Slice,
  y: Slice,
  statistics: Slice,
  rows: number,
  width: number,
  epsilon: number,
): void {
  const values = { rows, width, rowsPerBlock: 0, accumulate: 0, epsilon };
  queue.run(forward, [x, gain, statistics, y], values, threads(rows * lanes), rows * width * 6);
}

export interface RmsNormBackward {
  x: Slice;
  gain: Slice;
  statistics: Slice;
  dY: Slice;
  /** [rows, width]; must not share a buffer with what is read. */
  dX: Slice;
  /** [width]; this call adds to it. */
  dGain: Slice;
  /** `rmsNormScratchBytes` bytes. */
  scratch: Slice;
}

/** dX (or dX += with `accumulateDx`: the residual stream) and dGain +=. */
export function rmsNormBackward(
  queue: Queue,
  slices: RmsNormBackward,
  rows: number,
  width: number,
  epsilon: number,
  accumulateDx: boolean,
): void {
  const { x, gain, statistics, dY, dX, dGain, scratch } = slices;
  const { blocks, rowsPerBlock } = rowBlocks(rows);
  const projections = sub(scratch, 0, rows * lanes * 4);
  const partials = sub(scratch, alignBytes(rows * lanes * 4), blocks * width * 4);
  const values = { rows, width, rowsPerBlock, accumulate: accumulateDx ? 1 : 0, epsilon };
  queue.run(project, [x, gain, dY, projections], values, threads(rows * lanes), rows * width * 3);
  queue.run(
    backward,
    [x, gain, statistics, dX, dY, projections],
    values,
    threads(rows * lanes),
    rows * width * 6,
  );
  queue.run(
    gainBlocks,
    [x, dY, statistics, partials],
    values,
    threads((blocks * width) / 4),
    rows * width * 3,
  );
  sumRows(queue, partials, dGain, blocks, width);
}

function threads(count: number): [number, number] {
  return grid(Math.ceil(count / 64));
}
