/**
 * @file Decode attention: one new token per rollout, rollouts of a group sharing their prompt's keys and values as the
 * prefill left them in its packed QKV buffer. Own keys and values go to a suffix cache, one row a rollout.
 */
import { defineKernel, type Kernel, type Queue, type Slice } from '../../gpu';
import { attentionScale } from './attention';
import code from './attention-decode.wgsl?raw';
import { withHeadDim } from './head-dim';
import type { AttentionShape } from './segments';
import { cutTiles, queryTileRows } from './tiles';

const params = { groupBegin: 'u32', heads: 'u32', kvHeads: 'u32', slot: 'u32', slots: 'u32', scaleLog2: 'f32' } as const;

const made = new Map<number, Kernel<typeof params>>();

function kernelFor(headDim: number): Kernel<typeof params> {
  let kernel = made.get(headDim);
  if (!kernel) {
    kernel = defineKernel({
      label: `attention.decode.${headDim}`,
      code: withHeadDim(code, headDim),
      entryPoint: 'decode',
      storage: ['read', 'read', 'read', 'read-write', 'read-write'],
      params,
    });
    made.set(headDim, kernel);
  }
  return kernel;
}

/** The decode kernel for one head dimension, to be prepared. */
export function attentionDecodeKernels(headDim: number): readonly Kernel[] {
  return [kernelFor(headDim) as unknown as Kernel];
}

/** Rows [rowBegin, rowEnd) of the decode batch share rows [prefixBegin, prefixEnd) of the prefill's QKV buffer. */
export interface DecodeGroup {
  rowBegin: number;
  rowEnd: number;
  prefixBegin: number;
  prefixEnd: number;
}

/** Four u32 an entry: a DecodeGroup, cut so that one workgroup serves it. */
export function buildDecodeTable(groups: readonly DecodeGroup[], shape: AttentionShape): Uint32Array {
  const most = queryTileRows(shape);
  const table: number[] = [];
  for (const { rowBegin, rowEnd, prefixBegin, prefixEnd } of groups) {
    for (let begin = rowBegin; begin < rowEnd; begin += most) {
      table.push(begin, Math.min(begin + most, rowEnd), prefixBegin, prefixEnd);
    }
  }
  return Uint32Array.from(table);
}

export interface DecodeWork {
  /** What `buildDecodeTable` returned, and its copy on the GPU. */
  table: Uint32Array;
  gpuTable: Slice;
  /** Tokens each cache row can hold. */
  slots: number;
}

/** Floats of the suffix cache of one layer: [rows, slots, 2*kvHeads*headDim]. */
export function decodeCacheFloats(rows: number, slots: number, shape: AttentionShape): number {
  return rows * slots * 2 * shape.kvHeads * shape.headDim;
}

/**
 * o[rows, heads*headDim] for one new token a row, and the append of its k and v to `cache`.
 * @param qkv the new packed rows, rotated.
 * @param prefix packed QKV rows of the prompts, rotated, of the same layer.
 * @param slot tokens already cached in each row; the new ones go to this slot.
 */
export function attentionDecode(queue: Queue, qkv: Slice, prefix: Slice, cache: Slice, o: Slice, work: DecodeWork, slot: number, shape: AttentionShape): void {
  const { table, gpuTable, slots } = work;
  const { heads, kvHeads, headDim } = shape;
  if (slot >= slots) throw new Error(`slot ${slot} of a decode cache with ${slots} slots`);
  const pairs = new Float64Array(table.length / 4);
  for (let i = 0; i < pairs.length; i++) {
    pairs[i] = (table[4 * i + 1] - table[4 * i]) * (table[4 * i + 3] - table[4 * i + 2] + slot + 1);
  }
  const scaleLog2 = attentionScale(shape) * Math.LOG2E;
  for (const { begin, count, cost } of cutTiles(pairs, heads * headDim * 4, queue.sliceBudgetFlops)) {
    const values = { groupBegin: begin, heads, kvHeads, slot, slots, scaleLog2 };
    queue.run(kernelFor(headDim), [qkv, prefix, gpuTable, cache, o], values, [count, kvHeads], cost);
  }
}
