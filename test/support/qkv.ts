/** @file Packed QKV rows, in which the references reckon, taken apart into the buffers of the kernels and put together. */
import type { Buffers } from '../../src/gpu';
import {
  type AttentionShape,
  keyRowFloats,
  type Qkv,
  qkvRowFloats,
} from '../../src/kernels/shared/attention-shape';
import { outputBuffer, type Rig, readOutput } from './gpu';

/** Columns of q, k and v in a packed row: begin and width. */
function columns(shape: AttentionShape): Record<keyof Qkv, [number, number]> {
  const d = shape.heads * shape.headDim;
  const kv = keyRowFloats(shape);
  return { q: [0, d], k: [d, kv], v: [d + kv, kv] };
}

/** q [rows, heads*headDim], k and v [rows, kvHeads*headDim] of packed rows. */
export function splitQkv(packed: Float32Array, shape: AttentionShape): Record<keyof Qkv, Float32Array> {
  const width = qkvRowFloats(shape);
  const parts = columns(shape);
  const take = ([begin, count]: [number, number]) => {
    const out = new Float32Array((packed.length / width) * count);
    for (let row = 0; row < packed.length / width; row++)
      out.set(packed.subarray(row * width + begin, row * width + begin + count), row * count);
    return out;
  };
  return { q: take(parts.q), k: take(parts.k), v: take(parts.v) };
}

/** The other way round. */
export function joinQkv(parts: Record<keyof Qkv, Float32Array>, shape: AttentionShape): Float32Array {
  const width = qkvRowFloats(shape);
  const rows = parts.q.length / (shape.heads * shape.headDim);
  const packed = new Float32Array(rows * width);
  for (const [name, [begin, count]] of Object.entries(columns(shape)) as [keyof Qkv, [number, number]][])
    for (let row = 0; row < rows; row++)
      packed.set(parts[name].subarray(row * count, (row + 1) * count), row * width + begin);
  return packed;
}

/** Packed rows on the GPU, as the kernels read them. */
export function uploadQkv(buffers: Buffers, packed: Float32Array, shape: AttentionShape): Qkv {
  const { q, k, v } = splitQkv(packed, shape);
  return { q: buffers.from('q', q), k: buffers.from('k', k), v: buffers.from('v', v) };
}

/** Output buffers for so many rows. */
export function outputQkv(rig: Rig, rows: number, shape: AttentionShape): Qkv {
  const { q, k, v } = columns(shape);
  const output = (name: string, [, count]: [number, number]) => outputBuffer(rig, name, rows * count);
  return { q: output('q', q), k: output('k', k), v: output('v', v) };
}

/** What such buffers hold, as packed rows. */
export async function readQkv(
  rig: Rig,
  qkv: Qkv,
  rows: number,
  shape: AttentionShape,
): Promise<Float32Array> {
  const parts = columns(shape);
  const read = (name: keyof Qkv) => readOutput(rig, qkv[name], rows * parts[name][1]);
  return joinQkv({ q: await read('q'), k: await read('k'), v: await read('v') }, shape);
}
