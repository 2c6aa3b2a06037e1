/**
 * @file Training attention over segments that share a prefix: forward, and backward without atomics.
 *
 * Kernels exist per variant and head dimension, as register arrays need a constant size; `attentionKernels` makes and
 * remembers them. Each kernel takes a run of tiles and a run of blocks of each tile's loop, so that the work is
 * cut by the queue's budget (cut.ts); results do not depend on the cut.
 */
import {
  defineKernel,
  grid,
  type Kernel,
  type Kernels,
  type ParamValues,
  type Piece,
  type Queue,
  type Slice,
} from '../../gpu';
import type { AttentionShape, KeysValues, Qkv } from '../shared/attention-shape';
import backwardQCode from './attention-backward-q.wgsl?raw';
import { cutTiles } from './cut';
import { forHeadDim } from './template';
import { type AttentionWork, itemsPerThread, type TileLoads } from './tiles';
import { type AttentionVariant, defaultAttention, portableAttention } from './variants';

const forwardParams = {
  tileBegin: 'u32',
  heads: 'u32',
  kvHeads: 'u32',
  vectors: 'u32',
  items: 'u32',
  window: 'u32',
  blockBegin: 'u32',
  blockEnd: 'u32',
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

const made = new Map<string, TrainingKernels>();

function kernelsOf(variant: AttentionVariant, headDim: number): TrainingKernels {
  const key = `${variant.name}.${headDim}`;
  let kernels = made.get(key);
  if (!kernels) {
    const { forward, backwardQ, backwardKV } = variant.sources(headDim);
    kernels = {
      forward: defineKernel({
        label: `attention.forward.${key}`,
        code: forward,
        entryPoint: 'forward',
        storage: ['read', 'read', 'read', 'read', 'read-write', 'read-write'],
        params: forwardParams,
      }),
      rowTerms: defineKernel({
        label: `attention.rowTerms.${headDim}`,
        code: forHeadDim(backwardQCode, headDim),
        entryPoint: 'rowTerms',
        storage: ['read', 'read', 'read-write'],
        params: rowParams,
      }),
      backwardQ: defineKernel({
        label: `attention.backwardQ.${key}`,
        code: backwardQ,
        entryPoint: 'backwardQ',
        storage: ['read', 'read', 'read', 'read', 'read', 'read', 'read-write'],
        params: backwardParams,
      }),
      backwardKV: defineKernel({
        label: `attention.backwardKV.${key}`,
        code: backwardKV,
        entryPoint: 'backwardKV',
        storage: ['read', 'read', 'read', 'read', 'read', 'read', 'read-write', 'read-write'],
        params: backwardParams,
      }),
    };
    made.set(key, kernels);
  }
  return kernels;
}

const variantInUse = new WeakMap<Kernels, AttentionVariant>();
const variantOf = (queue: Queue) => variantInUse.get(queue.kernels) ?? portableAttention;
const kernelsFor = (queue: Queue, headDim: number) => kernelsOf(variantOf(queue), headDim);

/** Makes queues on these kernels use a variant, and returns its kernels for one head dimension, to be prepared. */
export function attentionKernelsFor(
  kernels: Kernels,
  headDim: number,
  variant: AttentionVariant = defaultAttention(kernels.gpu),
): readonly Kernel[] {
  variantInUse.set(kernels, variant);
  return Object.values(kernelsOf(variant, headDim)) as Kernel[];
}

/** The portable training kernels for one head dimension, to be prepared. */
export function attentionKernels(headDim: number): readonly Kernel[] {
  return Object.values(kernelsOf(portableAttention, headDim)) as Kernel[];
}

/** Softmax scale of the scores. */
export function attentionScale(shape: AttentionShape): number {
  return 1 / Math.sqrt(shape.headDim);
}

/**
 * o[rows, heads*headDim] and ld[rows, heads, 2] from q, k and v; `attentionD` completes ld. Rows outside all segments stay.
 */
export function attentionForward(
  queue: Queue,
  { q, k, v }: Qkv,
  o: Slice,
  ld: Slice,
  work: AttentionWork,
  shape: AttentionShape,
): void {
  const { tiles, queryTable } = work;
  const { forward } = kernelsFor(queue, shape.headDim);
  const values = valuesOf(shape, tiles.window);
  const cost = shape.heads * shape.headDim * 4;
  queue.runPieces(
    forward,
    [q, k, v, queryTable, o, ld],
    pieces<typeof forwardParams>(queue, tiles.queryLoads, cost, values, shape),
  );
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
    kernelsFor(queue, headDim).rowTerms,
    [o, dO, ld],
    params,
    grid(Math.ceil(count / 64)),
    count * headDim * 2,
  );
}

/** dQ[rows, heads*headDim]. Rows outside all segments stay. */
export function attentionBackwardQ(
  queue: Queue,
  { q, k, v }: Qkv,
  dO: Slice,
  ld: Slice,
  dQ: Slice,
  work: AttentionWork,
  shape: AttentionShape,
): void {
  const { tiles, queryTable } = work;
  const cost = shape.heads * shape.headDim * 6;
  queue.runPieces(
    kernelsFor(queue, shape.headDim).backwardQ,
    [q, dO, ld, k, v, queryTable, dQ],
    pieces<typeof backwardParams>(queue, tiles.queryLoads, cost, backwardValues(work, shape), shape),
  );
}

/** dK and dV[rows, kvHeads*headDim]. Rows outside all segments stay. */
export function attentionBackwardKV(
  queue: Queue,
  { q, k, v }: Qkv,
  dO: Slice,
  ld: Slice,
  { k: dK, v: dV }: KeysValues,
  work: AttentionWork,
  shape: AttentionShape,
): void {
  const { tiles, keyTable } = work;
  const cost = shape.heads * shape.headDim * 8;
  queue.runPieces(
    kernelsFor(queue, shape.headDim).backwardKV,
    [q, dO, ld, k, v, keyTable, dK, dV],
    pieces<typeof backwardParams>(queue, tiles.keyLoads, cost, backwardValues(work, shape), shape),
  );
}

type Cut = 'tileBegin' | 'blockBegin' | 'blockEnd';

/** Dispatches over all tiles, cut by the queue's budget of the moment. */
function* pieces<P extends typeof forwardParams>(
  queue: Queue,
  loads: TileLoads,
  costPerPair: number,
  values: Omit<ParamValues<P>, Cut>,
  shape: AttentionShape,
): Generator<Piece<P>, void, undefined> {
  const { parts } = variantOf(queue);
  for (const run of cutTiles(loads, costPerPair, () => queue.sliceBudgetFlops)) {
    const { begin: tileBegin, count, blockBegin, blockEnd, cost: flops } = run;
    const params = { ...values, tileBegin, blockBegin, blockEnd } as ParamValues<P>;
    yield { params, workgroups: [count, shape.kvHeads, parts], flops };
  }
}

function backwardValues(work: AttentionWork, shape: AttentionShape) {
  return { ...valuesOf(shape, work.tiles.window), scale: attentionScale(shape) };
}

function valuesOf(shape: AttentionShape, window: number) {
  const { heads, kvHeads, headDim } = shape;
  const scaleLog2 = attentionScale(shape) * Math.LOG2E;
  return { heads, kvHeads, vectors: headDim / 4, items: itemsPerThread, window, scaleLog2 };
}
