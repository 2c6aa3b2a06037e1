/** @file Float64 reference of rotary position embedding (rotate_half). */
import type { AttentionShape } from '../shared/attention-shape';

/** The rotated copy of qkv[rows, (heads + 2*kvHeads)*headDim]; `sign` -1 gives the inverse rotation. */
export function ropeReference(
  qkv: ArrayLike<number>,
  positions: ArrayLike<number>,
  shape: AttentionShape,
  theta: number,
  sign: 1 | -1,
): Float64Array {
  const { heads, kvHeads, headDim } = shape;
  const half = headDim / 2;
  const out = Float64Array.from(qkv);
  for (let row = 0; row < positions.length; row++) {
    for (let head = 0; head < heads + kvHeads; head++) {
      const at = (row * (heads + 2 * kvHeads) + head) * headDim;
      for (let c = 0; c < half; c++) {
        const angle = sign * positions[row] * theta ** ((-2 * c) / headDim);
        const x = qkv[at + c];
        const y = qkv[at + half + c];
        out[at + c] = x * Math.cos(angle) - y * Math.sin(angle);
        out[at + half + c] = y * Math.cos(angle) + x * Math.sin(angle);
      }
    }
  }
  return out;
}
