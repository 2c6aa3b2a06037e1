/**
 * @file Training attention over segments that share a prefix: forward, and backward without atomics.
 *
 * Kernels exist per head dimension, as register arrays need a constant size; `attentionKernels` makes and
 * remembers them. Each kernel takes a run of tiles, so the dispatchers cut the work into slices of equal
 * cost; results do not depend on the cut. A variant with workgroup memory for real GPUs can be chosen in
 * `attentionKernels`: it reads the same tables and buffers.
 */
import { defineKernel, grid, type Kernel, type Queue, type Slice } from '../../gpu';
import type { AttentionShape } from '../shared/attention-shape';
import backwardKVCode from './attention-backward-kv.wgsl?raw';
import backwardQCode from './attention-backward-q.wgsl?raw';
import forwardCode from './attention-forward.wgsl?raw';
import { forHeadDim } from './template';
import { type AttentionWork, cutTiles, itemsPerThread } from './tiles';

const forwardParams = {
  tileBegin: 'u32',
  heads: 'u32',
  kvHeads: 'u32',
  vectors: 'u32',
  items: 'u32',
  scaleLog2: 'f32',
} as const;
const backwardParams = { ...forwardParams, scale: 'f32' } as const;
const rowParams = { count: 'u32', vectors: 'u32' } as const;

interface TrainingKernels {
  forward: Kernel<typeof forwardParams>;
  rowTerms: Kernel<typeof rowParams>;
  backwardQ: Kernel<typeof backwardParams>;
  backwardKV: Kernel<typeof backwardParams>;
}

const made = new Map<number, TrainingKernels>();

function kernelsFor(headDim: number): TrainingKernels {
  let kernels = made.get(headDim);
  if (!kernels) {
    const backwardQ = forHeadDim(backwardQCode, headDim);
    kernels = {
      forward: defineKernel({
        label: `attention.forward.${headDim}`,
        code: forHeadDim(forwardCode, headDim),
        entryPoint: 'forward',
        storage: ['read', 'read', 'read-write', 'read-write'],
        params: forwardParams,
      }),
      rowTerms: defineKernel({
        label: `attention.rowTerms.${headDim}`,
        code: backwardQ,
        entryPoint: 'rowTerms',
        storage: ['read', 'read', 'read-write'],
        params: rowParams,
      }),
      backwardQ: defineKernel({
        label: `attention.backwardQ.${headDim}`,
        code: backwardQ,
        entryPoint: 'backwardQ',
        storage: ['read', 'read', 'read', 'read', 'read-write'],
        params: backwardParams,
      }),
      backwardKV: defineKernel({
        label: `attention.backwardKV.${headDim}`,
        code: forHeadDim(backwardKVCode, headDim),
        entryPoint: 'backwardKV',
        storage: ['read', 'read', 'read', 'read', 'read-write'],
        params: backwardParams,
      }),
    };
    made.set(headDim, kernels);
  }
  return kernels;
}

/** The training kernels for one head dimension, to be prepared. */
export function attentionKernels(headDim: number): readonly Kernel[] {
  return Object.values(kernelsFor(headDim)) as Kernel[];
}

/** Softmax scale of the scores. */
export function attentionScale(shape: AttentionShape): number {
  return 1 / Math.sqrt(shape.headDim);
}

/** o[rows, heads*headDim] and the L2 half of ld[rows, heads, 2] from qkv. Rows outside all segments stay. */
export function attentionForward(
  queue: Queue,
  qkv: Slice,
  o: Slice,
  ld: Slice,
  work: AttentionWork,
  shape: AttentionShape,
): void {
  const { heads, kvHeads, headDim } = shape;
  const { forward } = kernelsFor(headDim);
  const values = valuesOf(shape);
  for (const { begin, count, cost } of cutTiles(
    work.tiles.queryPairs,
    heads * headDim * 4,
    queue.sliceBudgetFlops,
  )) {
    queue.run(
      forward,
      [qkv, work.queryTable, o, ld],
      { tileBegin: begin, ...values },
      [count, kvHeads],
      cost,
    );
  }
}

/** The D half of ld[rows, heads, 2]: dO . o a row and head. Must run before the two backward kernels. */
export function attentionD(
  queue: Queue,
  o: Slice,
  dO: Slice,
  ld: Slice,
  rows: number,
  shape: AttentionShape,
): void {
  const { heads, headDim } = shape;
  const count = rows * heads;
  const params = { count, vectors: headDim / 4 };
  queue.run(
    kernelsFor(headDim).rowTerms,
    [o, dO, ld],
    params,
    grid(Math.ceil(count / 64)),
    count * headDim * 2,
  );
}

/** The q part of dQkv. */
export function attentionBackwardQ(
  queue: Queue,
  qkv: Slice,
  dO: Slice,
  ld: Slice,
  dQkv: Slice,
  work: AttentionWork,
  shape: AttentionShape,
): void {
  const { tiles, queryTable } = work;
  const cost = shape.heads * shape.headDim * 6;
  runBackward(
    queue,
    kernelsFor(shape.headDim).backwardQ,
    [qkv, dO, ld, queryTable, dQkv],
    tiles.queryPairs,
    cost,
    shape,
  );
}

/** The k and v parts of dQkv. */
export function attentionBackwardKV(
  queue: Queue,
  qkv: Slice,
  dO: Slice,
  ld: Slice,
  dQkv: Slice,
  work: AttentionWork,
  shape: AttentionShape,
): void {
  const { tiles, keyTable } = work;
  const cost = shape.heads * shape.headDim * 8;
  runBackward(
    queue,
    kernelsFor(shape.headDim).backwardKV,
    [qkv, dO, ld, keyTable, dQkv],
    tiles.keyPairs,
    cost,
    shape,
  );
}

function runBackward(
  queue: Queue,
  kernel: Kernel<typeof backwardParams>,
  slices: readonly Slice[],
  pairs: Float64Array,
  costPerPair: number,
  shape: AttentionShape,
): void {
  const values = { ...valuesOf(shape), scale: attentionScale(shape) };
  for (const { begin, count, cost } of cutTiles(pairs, costPerPair, queue.sliceBudgetFlops)) {
    queue.run(kernel, slices, { tileBegin: begin, ...values }, [count, shape.kvHeads], cost);
  }
}

function valuesOf(shape: AttentionShape) {
  const { heads, kvHeads, headDim } = shape;
  const scaleLog2 = attentionScale(shape) * Math.LOG2E;
  return { heads, kvHeads, vectors: headDim / 4, items: itemsPerThread, scaleLog2 };
}
