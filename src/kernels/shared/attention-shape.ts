/** @file The packed QKV row that attention and rotary embedding share. */

/** Head counts of a packed QKV row [q: heads*headDim | k: kvHeads*headDim | v: kvHeads*headDim]. */
export interface AttentionShape {
  heads: number;
  kvHeads: number;
  /** A multiple of 4. */
  headDim: number;
}

/** Floats of one packed QKV row. */
export function qkvRowFloats(shape: AttentionShape): number {
  return (shape.heads + 2 * shape.kvHeads) * shape.headDim;
}
