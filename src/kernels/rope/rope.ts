/**
 * @file Rotary position embedding and its table. It takes packed rows of the projections apart into q, k and v, of which k
 * and v may go to a slot of a cache, and puts their gradients together again.
 */
import { defineKernel, grid, type Kernel, type Queue, type Slice } from '../../gpu';
import { type AttentionShape, type Qkv, qkvRowFloats } from '../shared/attention-shape';
import code from './rope.wgsl?raw';

const params = {
  rows: 'u32',
  heads: 'u32',
  kvHeads: 'u32',
  halfDim: 'u32',
  maxPositions: 'u32',
  slots: 'u32',
  slot: 'u32',
} as const;

const spread = defineKernel({
  label: 'rope.spread',
  code,
  entryPoint: 'spread',
  storage: ['read', 'read', 'read', 'read-write', 'read-write', 'read-write'],
  params,
});
const collect = defineKernel({
  label: 'rope.collect',
  code,
  entryPoint: 'collect',
  storage: ['read-write', 'read', 'read', 'read', 'read', 'read'],
  params,
});

export const ropeKernels: readonly Kernel[] = [spread, collect];

/** Cosines and sines of every position: [2, maxPositions, headDim/2], computed in f64. */
export interface RopeTable {
  cosSin: Slice;
  maxPositions: number;
}

/** Bytes of the table. */
export function ropeTableBytes(maxPositions: number, headDim: number): number {
  return maxPositions * headDim * 4;
}

/** cos(p·f_c), then sin(p·f_c), with f_c = theta^(-2c/headDim); layout [2, maxPositions, headDim/2]. */
export function ropeCosSin(maxPositions: number, headDim: number, theta: number): Float32Array {
  const half = headDim / 2;
  const table = new Float32Array(ropeTableBytes(maxPositions, headDim) / 4);
  for (let position = 0; position < maxPositions; position++) {
    for (let c = 0; c < half; c++) {
      const angle = position * theta ** ((-2 * c) / headDim);
      table[position * half + c] = Math.cos(angle);
      table[(maxPositions + position) * half + c] = Math.sin(angle);
    }
  }
  return table;
}

/** Where a row's key and value go: slot `slot` of `slots`. A slot is a token. */
export interface KeySlot {
  slots: number;
  slot: number;
}

const single: KeySlot = { slots: 1, slot: 0 };

/**
 * q, k and v from packed[rows, (heads + 2*kvHeads)*headDim], q and k rotated to `positions[rows]` (u32) + `slot`.
 * @param to q [rows, heads*headDim]; k and v [rows, slots, kvHeads*headDim], of which one slot is written.
 */
export function ropeForward(
  queue: Queue,
  packed: Slice,
  to: Qkv,
  table: RopeTable,
  positions: Slice,
  rows: number,
  shape: AttentionShape,
  slot: KeySlot = single,
): void {
  dispatch(queue, spread, packed, to, table, positions, rows, shape, slot);
}

/** Gradient of the packed rows from those of q, k and v, of q and k rotated back. */
export function ropeBackward(
  queue: Queue,
  from: Qkv,
  dPacked: Slice,
  table: RopeTable,
  positions: Slice,
  rows: number,
  shape: AttentionShape,
): void {
  dispatch(queue, collect, dPacked, from, table, positions, rows, shape, single);
}

function dispatch(
  queue: Queue,
  kernel: Kernel<typeof params>,
  packed: Slice,
  { q, k, v }: Qkv,
  { cosSin, maxPositions }: RopeTable,
  positions: Slice,
  rows: number,
  shape: AttentionShape,
  slot: KeySlot,
): void {
  const { heads, kvHeads, headDim } = shape;
  const pairs = (rows * qkvRowFloats(shape)) / 2;
  const values = { rows, heads, kvHeads, halfDim: headDim / 2, maxPositions, ...slot };
  queue.run(kernel, [packed, cosSin, positions, q, k, v], values, grid(Math.ceil(pairs / 64)), pairs * 12);
}
