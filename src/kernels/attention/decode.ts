/**
 * @file Decode attention: one new token per rollout, rollouts of a group sharing their prompt's keys and values as the
 * prefill left them. The prefix is split over many threads, whose partial sums a second dispatch merges in order. Own keys
 * and values stand in a cache, one row a rollout. On a GPU a workgroup shares the keys of a part; a software adapter, which
 * pays for every barrier, gives a part to one thread.
 */
import {
  type Buffers,
  defineKernel,
  type Gpu,
  grid,
  type Kernel,
  type Piece,
  type Queue,
  type Slice,
} from '../../gpu';
import { type AttentionShape, type KeysValues, keyRowFloats } from '../shared/attention-shape';
import { attentionScale } from './attention';
import registerCode from './attention-decode.wgsl?raw';
import workgroupCode from './attention-decode-workgroup.wgsl?raw';
import { forHeadDim } from './template';
import { itemsPerThread, unlimited } from './tiles';

const params = {
  begin: 'u32',
  end: 'u32',
  rows: 'u32',
  heads: 'u32',
  kvHeads: 'u32',
  vectors: 'u32',
  items: 'u32',
  window: 'u32',
  slot: 'u32',
  slots: 'u32',
  scaleLog2: 'f32',
} as const;

/** Prefix keys of one part: `chunkKeys` of the shader. */
const chunkKeys = 256;
const rowWords = 5;
const partWords = 7;

interface DecodeKernels {
  prefix: Kernel<typeof params>;
  merge: Kernel<typeof params>;
}

export const decodeVariants = ['register', 'workgroup'] as const;
export type DecodeVariant = (typeof decodeVariants)[number];

const codeOf: Record<DecodeVariant, string> = { register: registerCode, workgroup: workgroupCode };
/** Parts, or (row, query head) pairs, that a workgroup serves. */
const servedOf: Record<DecodeVariant, number> = { register: 16, workgroup: 1 };

/** The variant for this kind of adapter. */
export function defaultDecode({ adapter }: Gpu): DecodeVariant {
  return adapter.software ? 'register' : 'workgroup';
}

const made = new Map<string, DecodeKernels>();

function kernelsFor(headDim: number, variant: DecodeVariant): DecodeKernels {
  const name = `${variant}.${headDim}`;
  let kernels = made.get(name);
  if (!kernels) {
    const source = forHeadDim(codeOf[variant], headDim);
    const kernel = (entryPoint: string, storage: readonly ('read' | 'read-write')[]) =>
      defineKernel({
        label: `attention.${entryPoint}.${name}`,
        code: source,
        entryPoint,
        storage,
        params,
      });
    kernels = {
      prefix: kernel('prefix', ['read', 'read', 'read', 'read', 'read-write']),
      merge: kernel('merge', ['read', 'read', 'read', 'read', 'read', 'read-write']),
    };
    made.set(name, kernels);
  }
  return kernels;
}

/** The decode kernels for one head dimension, to be prepared. */
export function attentionDecodeKernels(headDim: number, variant: DecodeVariant): readonly Kernel[] {
  return Object.values(kernelsFor(headDim, variant)) as Kernel[];
}

/** Rows [rowBegin, rowEnd) of the decode batch share rows [prefixBegin, prefixEnd) of the prefill. */
export interface DecodeGroup {
  rowBegin: number;
  rowEnd: number;
  prefixBegin: number;
  prefixEnd: number;
}

/** Where the work of a decode batch lies; see attention-decode.wgsl. */
export interface DecodeTable {
  words: Uint32Array;
  rows: number;
  parts: number;
}

export interface DecodeWork {
  table: DecodeTable;
  /** `table.words` on the GPU. */
  gpuTable: Slice;
  /** `decodePartialsFloats` floats. */
  partials: Slice;
  /** Tokens each cache row can hold. */
  slots: number;
}

/**
 * The parts of each group: its prefix in chunks, each for every kv head and for the (row, query head) items in runs
 * that one thread serves.
 * @param rows rows of the decode batch; those in no group get no output.
 */
export function buildDecodeTable(
  groups: readonly DecodeGroup[],
  rows: number,
  shape: AttentionShape,
): DecodeTable {
  const headsPerKv = shape.heads / shape.kvHeads;
  const rowTable = new Array<number>(rows * rowWords).fill(0);
  const parts: number[] = [];
  for (const { rowBegin, rowEnd, prefixBegin, prefixEnd } of groups) {
    const items = (rowEnd - rowBegin) * headsPerKv;
    const entries = Math.ceil(items / itemsPerThread);
    const firstPart = parts.length / partWords;
    for (let row = rowBegin; row < rowEnd; row++)
      rowTable.splice(row * rowWords, rowWords, prefixBegin, prefixEnd, firstPart, entries, rowBegin);
    for (let begin = prefixBegin; begin < prefixEnd; begin += chunkKeys) {
      const end = Math.min(begin + chunkKeys, prefixEnd);
      for (let kvHead = 0; kvHead < shape.kvHeads; kvHead++) {
        for (let item = 0; item < items; item += itemsPerThread) {
          const itemEnd = Math.min(item + itemsPerThread, items);
          parts.push(rowBegin, item, itemEnd, begin, end, kvHead, prefixEnd);
        }
      }
    }
  }
  return { words: Uint32Array.from([...rowTable, ...parts]), rows, parts: parts.length / partWords };
}

/** Floats of the partial sums of one layer, which all layers can share. */
export function decodePartialsFloats(table: DecodeTable, shape: AttentionShape): number {
  return partialFloats(table.parts, shape);
}

function partialFloats(parts: number, { headDim }: AttentionShape): number {
  return parts * itemsPerThread * (headDim + 4);
}

/**
 * Longest table in words, and longest partial sums in floats, of `rows` answers to prompts of `prefixRows` tokens
 * together, at most `sharing` answers to each.
 */
export function maxDecodeWork(
  rows: number,
  prefixRows: number,
  sharing: number,
  shape: AttentionShape,
): { words: number; partials: number } {
  // Every prompt may end in a chunk that is not full.
  const chunks = Math.floor(prefixRows / chunkKeys) + rows;
  const entries = Math.ceil((sharing * shape.heads) / shape.kvHeads / itemsPerThread);
  const parts = chunks * shape.kvHeads * entries;
  return { words: rows * rowWords + parts * partWords, partials: partialFloats(parts, shape) };
}

/** Uploads a table and makes its partial sums in new buffers; the caller frees them. */
export function uploadDecodeWork(
  buffers: Buffers,
  table: DecodeTable,
  slots: number,
  shape: AttentionShape,
): DecodeWork {
  const floats = Math.max(4, decodePartialsFloats(table, shape));
  const gpuTable = buffers.from('decode.table', table.words);
  return { table, gpuTable, partials: buffers.storage('decode.partials', floats * 4), slots };
}

/** Floats of the rows' own keys in one layer, [rows, slots, kvHeads*headDim], and as many of their values. */
export function decodeCacheFloats(rows: number, slots: number, shape: AttentionShape): number {
  return rows * slots * keyRowFloats(shape);
}

/**
 * o[rows, heads*headDim] for one new token a row.
 * @param q of the new tokens, rotated.
 * @param prefix keys, rotated, and values of the prompts in the same layer.
 * @param own those of the rows, [rows, slots, kvHeads*headDim], with the new tokens' in slot `slot`.
 * @param window keys a row sees at most, itself included; null = all.
 */
export function attentionDecode(
  queue: Queue,
  q: Slice,
  prefix: KeysValues,
  own: KeysValues,
  o: Slice,
  work: DecodeWork,
  slot: number,
  shape: AttentionShape,
  window: number | null = null,
  variant: DecodeVariant = defaultDecode(queue.gpu),
): void {
  const { table, gpuTable, partials, slots } = work;
  const { heads, kvHeads, headDim } = shape;
  const { rows, parts } = table;
  if (slot >= slots) throw new Error(`slot ${slot} of a decode cache with ${slots} slots`);
  const kernels = kernelsFor(headDim, variant);
  const served = servedOf[variant];
  const values = {
    rows,
    heads,
    kvHeads,
    vectors: headDim / 4,
    items: itemsPerThread,
    window: window ?? unlimited,
    slot,
    slots,
    scaleLog2: attentionScale(shape) * Math.LOG2E,
  };
  /** Threads [0, count) in dispatches within the budget of the moment. */
  function* threads(count: number, cost: number): Generator<Piece<typeof params>, void, undefined> {
    for (let begin = 0; begin < count; ) {
      const most = Math.max(1, Math.floor(queue.sliceBudgetFlops / cost / served)) * served;
      const end = Math.min(begin + most, count);
      const workgroups = grid(Math.ceil((end - begin) / served));
      yield { params: { ...values, begin, end }, workgroups, flops: (end - begin) * cost };
      begin = end;
    }
  }
  const partCost = Math.min(chunkKeys, values.window) * itemsPerThread * headDim * 4;
  queue.runPieces(kernels.prefix, [q, prefix.k, prefix.v, gpuTable, partials], threads(parts, partCost));
  const chunks = parts / Math.max(1, rows * kvHeads);
  const mergeCost = (Math.min(slot + 1, values.window) * 4 + chunks * 4) * headDim;
  queue.runPieces(kernels.merge, [q, own.k, own.v, gpuTable, partials, o], threads(rows * heads, mergeCost));
}
