/**
 * @file Training attention over segments that share a prefix: forward, and backward without atomics.
 *
 * Kernels exist per role, variant and head dimension, as register arrays need a constant size; they are made once and
 * remembered. Each kernel takes a run of tiles and a run of blocks of each tile's loop, so that the work is
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
import {
  type AttentionChoice,
  type AttentionRole,
  type AttentionVariant,
  attentionVariant,
  defaultAttention,
  portableAttention,
} from './variants';

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
  forward: Tiled<typeof forwardParams>;
  rowTerms: Kernel<typeof rowParams>;
  backward_q: Tiled<typeof backwardParams>;
  backward_kv: Tiled<typeof backwardParams>;
}

/** A kernel and the workgroups that share a tile in it. */
interface Tiled<P extends typeof forwardParams> {
  kernel: Kernel<P>;
  parts: number;
}

const bindings = {
  forward: ['read', 'read', 'read', 'read', 'read-write', 'read-write'],
  backward_q: ['read', 'read', 'read', 'read', 'read', 'read', 'read-write'],
  backward_kv: ['read', 'read', 'read', 'read', 'read', 'read', 'read-write', 'read-write'],
} as const;
const entryPoints = { forward: 'forward', backward_q: 'backwardQ', backward_kv: 'backwardKV' } as const;

const made = new WeakMap<AttentionVariant, Map<string, Tiled<typeof forwardParams>>>();
const madeRowTerms = new Map<number, Kernel<typeof rowParams>>();

/** A role's kernel in a variant, or in the portable one where the variant has none for this head dimension. */
function tiledOf<P extends typeof forwardParams>(
  role: AttentionRole,
  params: P,
  variant: AttentionVariant,
  headDim: number,
): Tiled<P> {
  const ofVariant = made.get(variant) ?? new Map<string, Tiled<typeof forwardParams>>();
  made.set(variant, ofVariant);
  const key = `${role}.${headDim}`;
  let tiled = ofVariant.get(key);
  if (!tiled) {
    const code = variant.source(role, headDim);
    if (code === null) return tiledOf(role, params, portable[role], headDim);
    const kernel = defineKernel({
      label: `attention.${entryPoints[role]}.${variant.name}.${headDim}`,
      code,
      entryPoint: entryPoints[role],
      storage: bindings[role],
      params,
    });
    tiled = { kernel, parts: variant.parts };
    ofVariant.set(key, tiled);
  }
  return tiled as Tiled<P>;
}

function rowTermsOf(headDim: number): Kernel<typeof rowParams> {
  let kernel = madeRowTerms.get(headDim);
  if (!kernel) {
    kernel = defineKernel({
      label: `attention.rowTerms.${headDim}`,
      code: forHeadDim(backwardQCode, headDim),
      entryPoint: 'rowTerms',
      storage: ['read', 'read', 'read-write'],
      params: rowParams,
    });
    madeRowTerms.set(headDim, kernel);
  }
  return kernel;
}

type Chosen = Readonly<Record<AttentionRole, AttentionVariant>>;

/** @throws Error for a variant that does not exist. */
function chosen(choice: AttentionChoice): Chosen {
  const named = (role: AttentionRole) => {
    const variant = attentionVariant(choice[role]);
    if (!variant) throw new Error(`no attention variant ${choice[role]} for ${role}`);
    return variant;
  };
  return {
    forward: named('forward'),
    backward_q: named('backward_q'),
    backward_kv: named('backward_kv'),
  };
}

const portable = chosen(portableAttention);

function kernelsOf(variants: Chosen, headDim: number): TrainingKernels {
  return {
    forward: tiledOf('forward', forwardParams, variants.forward, headDim),
    rowTerms: rowTermsOf(headDim),
    backward_q: tiledOf('backward_q', backwardParams, variants.backward_q, headDim),
    backward_kv: tiledOf('backward_kv', backwardParams, variants.backward_kv, headDim),
  };
}

const variantsInUse = new WeakMap<Kernels, Chosen>();
const kernelsFor = (queue: Queue, headDim: number) =>
  kernelsOf(variantsInUse.get(queue.kernels) ?? portable, headDim);

/**
 * Makes queues on these kernels use a choice of variants, and returns its kernels for one head dimension, to be prepared.
 * @throws Error for a variant that does not exist.
 */
export function attentionKernelsFor(
  kernels: Kernels,
  headDim: number,
  choice: AttentionChoice = defaultAttention(kernels.gpu),
): readonly Kernel[] {
  const variants = chosen(choice);
  variantsInUse.set(kernels, variants);
  return kernelList(variants, headDim);
}

/** The same for one role, which alone may be used then; returns its kernel. */
export function attentionKernelWith(
  kernels: Kernels,
  headDim: number,
  role: AttentionRole,
  variant: AttentionVariant,
): Kernel {
  const variants = { ...portable, [role]: variant };
  variantsInUse.set(kernels, variants);
  return kernelsOf(variants, headDim)[role].kernel as unknown as Kernel;
}

/** The portable training kernels for one head dimension, to be prepared. */
export function attentionKernels(headDim: number): readonly Kernel[] {
  return kernelList(portable, headDim);
}

function kernelList(variants: Chosen, headDim: number): Kernel[] {
  const { forward, rowTerms, backward_q, backward_kv } = kernelsOf(variants, headDim);
  return [forward.kernel, rowTerms, backward_q.kernel, backward_kv.kernel] as unknown as Kernel[];
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
    forward.kernel,
    [q, k, v, queryTable, o, ld],
    pieces<typeof forwardParams>(queue, tiles.queryLoads, cost, values, [shape.kvHeads, forward.parts]),
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
  const { kernel, parts } = kernelsFor(queue, shape.headDim).backward_q;
  const values = backwardValues(work, shape);
  queue.runPieces(
    kernel,
    [q, dO, ld, k, v, queryTable, dQ],
    pieces<typeof backwardParams>(queue, tiles.queryLoads, cost, values, [shape.kvHeads, parts]),
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
  const { kernel, parts } = kernelsFor(queue, shape.headDim).backward_kv;
  const values = backwardValues(work, shape);
  queue.runPieces(
    kernel,
    [q, dO, ld, k, v, keyTable, dK, dV],
    pieces<typeof backwardParams>(queue, tiles.keyLoads, cost, values, [shape.kvHeads, parts]),
  );
}

type Cut = 'tileBegin' | 'blockBegin' | 'blockEnd';

/** Dispatches over all tiles, cut by the queue's budget of the moment. */
function* pieces<P extends typeof forwardParams>(
  queue: Queue,
  loads: TileLoads,
  costPerPair: number,
  values: Omit<ParamValues<P>, Cut>,
  [kvHeads, parts]: readonly [kvHeads: number, parts: number],
): Generator<Piece<P>, void, undefined> {
  for (const run of cutTiles(loads, costPerPair, () => queue.sliceBudgetFlops)) {
    const { begin: tileBegin, count, blockBegin, blockEnd, cost: flops } = run;
    const params = { ...values, tileBegin, blockBegin, blockEnd } as ParamValues<P>;
    yield { params, workgroups: [count, kvHeads, parts], flops };
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
