/** @file Rotary position embedding, in place on packed QKV rows (or their gradient), and its table. */
import { defineKernel, grid, type Kernel, type Queue, type Slice } from '../../gpu';
import type { AttentionShape } from '../shared/attention-shape';
import code from './rope.wgsl?raw';

const rotate = defineKernel({
  label: 'rope.rotate',
  code,
  entryPoint: 'rotate',
  storage: ['read-write', 'read', 'read'],
  params: { rows: 'u32', heads: 'u32', rowFloats: 'u32', halfDim: 'u32', maxPositions: 'u32', sign: 'f32' },
});

export const ropeKernels: readonly Kernel[] = [rotate];

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

/** Rotates q and k of qkv[rows, (heads + 2*kvHeads)*headDim] to `positions[rows]` (u32), in place. */
export function ropeForward(
  queue: Queue,
  qkv: Slice,
  table: RopeTable,
  positions: Slice,
  rows: number,
  shape: AttentionShape,
): void {
  dispatch(queue, qkv, table, positions, rows, shape, 1);
}

/** Rotates the q and k gradients back, in place: dQKV before rotation from dQKV after it. */
export function ropeBackward(
  queue: Queue,
  dQkv: Slice,
  table: RopeTable,
  positions: Slice,
  rows: number,
  shape: AttentionShape,
): void {
  dispatch(queue, dQkv, table, positions, rows, shape, -1);
}

function dispatch(
  queue: Queue,
  qkv: Slice,
  table: RopeTable,
  positions: Slice,
  rows: number,
  shape: AttentionShape,
  sign: 1 | -1,
): void {
  const heads = shape.heads + shape.kvHeads;
  const halfDim = shape.headDim / 2;
  const rowFloats = (shape.heads + 2 * shape.kvHeads) * shape.headDim;
  const pairs = rows * heads * halfDim;
  const params = { rows, heads, rowFloats, halfDim, maxPositions: table.maxPositions, sign };
  queue.run(rotate, [qkv, table.cosSin, positions], params, grid(Math.ceil(pairs / 64)), pairs * 12);
}
