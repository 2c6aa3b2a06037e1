/**
 * @file Decode attention: one new token per rollout, rollouts of a group sharing their prompt's keys and
 * values as the prefill left them in its packed QKV buffer. Own keys and values go to a suffix cache, one row
 * a rollout.
 */
import { defineKernel, grid, type Kernel, type Queue, type Slice } from '../../gpu';
import type { AttentionShape } from '../shared/attention-shape';
import { attentionScale } from './attention';
import code from './attention-decode.wgsl?raw';
import { forHeadDim } from './template';
import { cutTiles, itemsPerThread } from './tiles';

const params = {
  begin: 'u32',
  end: 'u32',
  heads: 'u32',
  kvHeads: 'u32',
  vectors: 'u32',
  items: 'u32',
  slot: 'u32',
  slots: 'u32',
  scaleLog2: 'f32',
} as const;

const entryWords = 5;

interface DecodeKernels {
  append: Kernel<typeof params>;
  decode: Kernel<typeof params>;
}

const made = new Map<number, DecodeKernels>();

function kernelsFor(headDim: number): DecodeKernels {
  let kernels = made.get(headDim);
  if (!kernels) {
    const source = forHeadDim(code, headDim);
    kernels = {
      append: defineKernel({
        label: `attention.append.${headDim}`,
        code: source,
        entryPoint: 'append',
        storage: ['read', 'read-write'],
        params,
      }),
      decode: defineKernel({
        label: `attention.decode.${headDim}`,
        code: source,
        entryPoint: 'decode',
        storage: ['read', 'read', 'read', 'read', 'read-write'],
        params,
      }),
    };
    made.set(headDim, kernels);
  }
  return kernels;
}

/** The decode kernels for one head dimension, to be prepared. */
export function attentionDecodeKernels(headDim: number): readonly Kernel[] {
  const { append, decode } = kernelsFor(headDim);
  return [append, decode] as unknown as Kernel[];
}

/** Rows [rowBegin, rowEnd) of the decode batch share rows [prefixBegin, prefixEnd) of the prefill's QKV. */
export interface DecodeGroup {
  rowBegin: number;
  rowEnd: number;
  prefixBegin: number;
  prefixEnd: number;
}

export interface DecodeWork {
  /** What `buildDecodeTable` returned, and its copy on the GPU. */
  table: Uint32Array;
  gpuTable: Slice;
  /** Tokens each cache row can hold. */
  slots: number;
}

/** The kernel's entries: the (row, query head) items of each group in runs that one thread serves. */
export function buildDecodeTable(groups: readonly DecodeGroup[], shape: AttentionShape): Uint32Array {
  const headsPerKv = shape.heads / shape.kvHeads;
  const table: number[] = [];
  for (const { rowBegin, rowEnd, prefixBegin, prefixEnd } of groups) {
    const items = (rowEnd - rowBegin) * headsPerKv;
    for (let begin = 0; begin < items; begin += itemsPerThread) {
      table.push(rowBegin, begin, Math.min(begin + itemsPerThread, items), prefixBegin, prefixEnd);
    }
  }
  return Uint32Array.from(table);
}

/** Floats of the suffix cache of one layer: [rows, slots, 2*kvHeads*headDim]. */
export function decodeCacheFloats(rows: number, slots: number, shape: AttentionShape): number {
  return rows * slots * 2 * shape.kvHeads * shape.headDim;
}

/**
 * o[rows, heads*headDim] for one new token a row, and the append of its k and v to `cache`.
 * @param qkv the new packed rows, rotated.
 * @param prefix packed QKV rows of the prompts, rotated, of the same layer.
 * @param rows rows of the decode batch; those in no group of the table are appended but get no output.
 * @param slot tokens already cached in each row; the new ones go to this slot.
 */
export function attentionDecode(
  queue: Queue,
  qkv: Slice,
  prefix: Slice,
  cache: Slice,
  o: Slice,
  work: DecodeWork,
  rows: number,
  slot: number,
  shape: AttentionShape,
): void {
  const { table, gpuTable, slots } = work;
  const { heads, kvHeads, headDim } = shape;
  if (slot >= slots) throw new Error(`slot ${slot} of a decode cache with ${slots} slots`);
  const { append, decode } = kernelsFor(headDim);
  const scaleLog2 = attentionScale(shape) * Math.LOG2E;
  const values = { heads, kvHeads, vectors: headDim / 4, items: itemsPerThread, slot, slots, scaleLog2 };
  const vectors = rows * 2 * kvHeads;
  queue.run(
    append,
    [qkv, cache],
    { begin: 0, end: rows, ...values },
    grid(Math.ceil(vectors / 64)),
    vectors * headDim,
  );

  const pairs = new Float64Array(table.length / entryWords);
  for (let i = 0; i < pairs.length; i++) {
    const [, itemBegin, itemEnd, prefixBegin, prefixEnd] = table.subarray(
      i * entryWords,
      (i + 1) * entryWords,
    );
    pairs[i] = (itemEnd - itemBegin) * (prefixEnd - prefixBegin + slot + 1);
  }
  for (const { begin, count, cost } of cutTiles(pairs, kvHeads * headDim * 4, queue.sliceBudgetFlops)) {
    const threads = count * kvHeads;
    const range = { begin, end: begin + count, ...values };
    queue.run(decode, [qkv, prefix, gpuTable, cache, o], range, grid(Math.ceil(threads / 16)), cost);
  }
}
