/**
 * @file The Canon layer (causal depthwise convolution with a residual) over prefixes and suffixes: forward, backward,
 * and the decode step that equals the forward pass token by token.
 */
import { defineKernel, grid, type Kernel, type Queue, type Slice } from '../../gpu';
import { rowBlocks, sumRows, sumRowsKernels } from '../shared/sum-rows';
import code from './causal-conv.wgsl?raw';
import stepCode from './causal-conv-step.wgsl?raw';
import type { SegmentBuffers } from './segments';

/** Rows one thread walks: the four taps it starts with are then loads over eight rows, and runs stay plentiful. */
const rowsPerRun = 8;
const params = {
  rows: 'u32',
  width: 'u32',
  taps: 'u32',
  rowsPerBlock: 'u32',
  accumulate: 'u32',
  begin: 'u32',
} as const;
const pathStorage = ['read', 'read', 'read', 'read', 'read-write'] as const;
const stepParams = { rollouts: 'u32', width: 'u32', taps: 'u32' } as const;

const forward = defineKernel({
  label: 'causal-conv.forward',
  code,
  entryPoint: 'forward',
  storage: pathStorage,
  params,
});
const backward = defineKernel({
  label: 'causal-conv.backward',
  code,
  entryPoint: 'backward',
  storage: pathStorage,
  params,
});
const weightBlocks = defineKernel({
  label: 'causal-conv.weight-blocks',
  code,
  entryPoint: 'weightBlocks',
  storage: pathStorage,
  params,
});
const initState = defineKernel({
  label: 'causal-conv.init-state',
  code: stepCode,
  entryPoint: 'initState',
  storage: ['read', 'read', 'read-write'],
  params: stepParams,
});
const decodeStep = defineKernel({
  label: 'causal-conv.step',
  code: stepCode,
  entryPoint: 'decodeStep',
  storage: ['read', 'read', 'read-write', 'read-write'],
  params: stepParams,
});

export const causalConvKernels: readonly Kernel[] = [
  forward,
  backward,
  weightBlocks,
  initState,
  decodeStep,
  ...sumRowsKernels,
];

/**
 * y = x + Σ_k weight[k] · x[k steps back along the token's path] for rows [begin, rows) of x[rows, width]; weight is
 * [taps, width], row `begin` goes to the first row of y.
 */
export function causalConvForward(
  queue: Queue,
  x: Slice,
  weight: Slice,
  tables: SegmentBuffers,
  y: Slice,
  rows: number,
  width: number,
  taps: number,
  begin = 0,
): void {
  const values = { rows, width, taps, rowsPerBlock: rowsPerRun, accumulate: 0, begin };
  const slices = [tables.tokenSegment, tables.segments, x, weight, y];
  const count = rows - begin;
  queue.run(forward, slices, values, runs(count, width), count * width * taps * 2);
}

/** Bytes of the scratch buffer of a backward pass. */
export function causalConvScratchBytes(rows: number, width: number, taps: number): number {
  return rowBlocks(rows).blocks * taps * width * 4;
}

export interface CausalConvBackward {
  x: Slice;
  weight: Slice;
  tables: SegmentBuffers;
  dY: Slice;
  /** [rows, width]; must not share a buffer with what is read. */
  dX: Slice;
  /** [taps, width]; this call adds to it. */
  dWeight: Slice;
  /** `causalConvScratchBytes` bytes. */
  scratch: Slice;
}

/** dX (or dX += with `accumulateDx`), the residual term dY included, and dWeight +=. */
export function causalConvBackward(
  queue: Queue,
  slices: CausalConvBackward,
  rows: number,
  width: number,
  taps: number,
  accumulateDx: boolean,
): void {
  const { x, weight, tables, dY, dX, dWeight, scratch } = slices;
  const { tokenSegment, segments } = tables;
  const { blocks, rowsPerBlock } = rowBlocks(rows);
  const values = { rows, width, taps, rowsPerBlock: rowsPerRun, accumulate: accumulateDx ? 1 : 0, begin: 0 };
  const flops = rows * width * taps * 2;
  queue.run(backward, [tokenSegment, segments, dY, weight, dX], values, runs(rows, width), flops);
  const quads = Math.ceil(taps / 4);
  const workgroups = grid(Math.ceil((blocks * quads * width) / 256));
  queue.run(
    weightBlocks,
    [tokenSegment, segments, x, dY, scratch],
    { ...values, rowsPerBlock },
    workgroups,
    flops,
  );
  sumRows(queue, scratch, dWeight, blocks, taps * width);
}

/** Bytes of the decode state [rollouts, taps − 1, width]. */
export function causalConvStateBytes(rollouts: number, width: number, taps: number): number {
  return Math.max(1, rollouts * (taps - 1) * width) * 4;
}

/**
 * Fills the decode state from the last taps − 1 inputs of each rollout's prefix.
 * @param x prefill activations [tokens, width], the convolution's input.
 * @param prefixes u32 [rollouts, 2]: flat start and end of the rollout's prefix in `x`.
 */
export function causalConvInitState(
  queue: Queue,
  x: Slice,
  prefixes: Slice,
  state: Slice,
  rollouts: number,
  width: number,
  taps: number,
): void {
  const workgroups = Math.ceil((rollouts * width) / 256);
  queue.run(
    initState,
    [x, prefixes, state],
    { rollouts, width, taps },
    [workgroups],
    rollouts * width * taps,
  );
}

/** y[rollouts, width] for one new token x[rollouts, width] a rollout; moves the state on by one token. */
export function causalConvStep(
  queue: Queue,
  x: Slice,
  weight: Slice,
  state: Slice,
  y: Slice,
  rollouts: number,
  width: number,
  taps: number,
): void {
  const workgroups = Math.ceil((rollouts * width) / 256);
  queue.run(
    decodeStep,
    [x, weight, state, y],
    { rollouts, width, taps },
    [workgroups],
    rollouts * width * taps * 2,
  );
}

/** Workgroups of 64 threads, one thread a (run of rows, vec4 column). */
function runs(rows: number, width: number): [number, number] {
  return grid(Math.ceil((Math.ceil(rows / rowsPerRun) * width) / 256));
}
