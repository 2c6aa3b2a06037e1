/**
 * @file How queries, keys and values stand in memory. The projections make packed rows, of which a chunk exists at a time;
 * attention reads three buffers, so that at any length no binding is longer than the residual stream.
 */
import { type Slice, tail } from '../../gpu';

/** Head counts of a packed QKV row [q: heads*headDim | k: kvHeads*headDim | v: kvHeads*headDim]. */
export interface AttentionShape {
  heads: number;
  kvHeads: number;
  /** A multiple of 4. */
  headDim: number;
}

/** q [rows, heads*headDim], k and v [rows, kvHeads*headDim], or gradients of these. */
export interface Qkv {
  q: Slice;
  k: Slice;
  v: Slice;
}

/** Keys and values alone. */
export type KeysValues = Omit<Qkv, 'q'>;

/** Floats of one packed QKV row. */
export function qkvRowFloats(shape: AttentionShape): number {
  return (shape.heads + 2 * shape.kvHeads) * shape.headDim;
}

/** Floats of a row of keys, and of one of values. */
export function keyRowFloats(shape: AttentionShape): number {
  return shape.kvHeads * shape.headDim;
}

/** Rows from `begin` on, a multiple of 64, so that each part begins where a binding may. */
export function qkvFrom({ q, k, v }: Qkv, begin: number, shape: AttentionShape): Qkv {
  const keys = begin * keyRowFloats(shape) * 4;
  return { q: tail(q, begin * shape.heads * shape.headDim * 4), k: tail(k, keys), v: tail(v, keys) };
}
