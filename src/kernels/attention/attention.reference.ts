/**
 * @file Float64 reference of attention over segments that share a prefix, with explicit probabilities. With a window a
 * row sees only the last `window` of its keys, itself included.
 */
import type { AttentionShape } from '../shared/attention-shape';
import type { Segment } from '../shared/segment';

export interface AttentionReference {
  /** [rows, heads*headDim] */
  o: Float64Array;
  /** [rows, heads]: log2 of the sum of exponentials of the scaled scores. */
  l2: Float64Array;
}

/** Keys a row of this segment sees, in order: the parent's rows, then its own segment's up to itself. */
function keysOf(segment: Segment, row: number, window: number): number[] {
  const keys: number[] = [];
  for (let j = segment.parentStart; j < segment.parentEnd; j++) keys.push(j);
  for (let j = segment.start; j <= row; j++) keys.push(j);
  return keys.slice(Math.max(0, keys.length - window));
}

function dot(a: ArrayLike<number>, aAt: number, b: ArrayLike<number>, bAt: number, length: number): number {
  let sum = 0;
  for (let c = 0; c < length; c++) sum += a[aAt + c] * b[bAt + c];
  return sum;
}

/** Calls `visit` for every row and head with its keys and their probabilities. */
function forEachRow(
  qkv: ArrayLike<number>,
  segments: readonly Segment[],
  shape: AttentionShape,
  window: number,
  visit: (row: number, head: number, keys: number[], p: Float64Array, logSum: number) => void,
): void {
  const { heads, kvHeads, headDim } = shape;
  const stride = (heads + 2 * kvHeads) * headDim;
  for (const segment of segments) {
    for (let row = segment.start; row < segment.end; row++) {
      const keys = keysOf(segment, row, window);
      for (let head = 0; head < heads; head++) {
        const kv = Math.floor((head * kvHeads) / heads);
        const scores = keys.map(
          (j) =>
            dot(qkv, row * stride + head * headDim, qkv, j * stride + (heads + kv) * headDim, headDim) /
            Math.sqrt(headDim),
        );
        const maximum = scores.reduce((a, b) => Math.max(a, b));
        const p = Float64Array.from(scores, (s) => Math.exp(s - maximum));
        const sum = p.reduce((a, b) => a + b);
        visit(
          row,
          head,
          keys,
          p.map((x) => x / sum),
          maximum + Math.log(sum),
        );
      }
    }
  }
}

/** Attention output and log2-sum-exp of packed qkv rows. Rows outside all segments are 0. */
export function attentionForwardReference(
  qkv: ArrayLike<number>,
  rows: number,
  segments: readonly Segment[],
  shape: AttentionShape,
  window = Number.POSITIVE_INFINITY,
): AttentionReference {
  const { heads, kvHeads, headDim } = shape;
  const stride = (heads + 2 * kvHeads) * headDim;
  const o = new Float64Array(rows * heads * headDim);
  const l2 = new Float64Array(rows * heads);
  forEachRow(qkv, segments, shape, window, (row, head, keys, p, logSum) => {
    const kv = Math.floor((head * kvHeads) / heads);
    keys.forEach((j, at) => {
      const v = j * stride + (heads + kvHeads + kv) * headDim;
      for (let c = 0; c < headDim; c++) o[(row * heads + head) * headDim + c] += p[at] * qkv[v + c];
    });
    l2[row * heads + head] = logSum * Math.LOG2E;
  });
  return { o, l2 };
}

/** weights[rows]: what the rows `queries` give to each row as a key, summed over them and over all heads. */
export function attentionWeightsReference(
  qkv: ArrayLike<number>,
  rows: number,
  segments: readonly Segment[],
  queries: { begin: number; end: number },
  shape: AttentionShape,
  window = Number.POSITIVE_INFINITY,
): Float64Array {
  const weights = new Float64Array(rows);
  forEachRow(qkv, segments, shape, window, (row, _head, keys, p) => {
    if (row < queries.begin || row >= queries.end) return;
    keys.forEach((j, at) => {
      weights[j] += p[at];
    });
  });
  return weights;
}

/** Gradient with respect to qkv, given dO [rows, heads*headDim]; same layout as qkv. */
export function attentionBackwardReference(
  qkv: ArrayLike<number>,
  dO: ArrayLike<number>,
  rows: number,
  segments: readonly Segment[],
  shape: AttentionShape,
  window = Number.POSITIVE_INFINITY,
): Float64Array {
  const { heads, kvHeads, headDim } = shape;
  const stride = (heads + 2 * kvHeads) * headDim;
  const scale = 1 / Math.sqrt(headDim);
  const dQkv = new Float64Array(rows * stride);
  forEachRow(qkv, segments, shape, window, (row, head, keys, p) => {
    const kv = Math.floor((head * kvHeads) / heads);
    const q = row * stride + head * headDim;
    const g = (row * heads + head) * headDim;
    const dP = keys.map((j) => dot(dO, g, qkv, j * stride + (heads + kvHeads + kv) * headDim, headDim));
    const d = dP.reduce((sum, x, at) => sum + p[at] * x, 0);
    keys.forEach((j, at) => {
      const k = j * stride + (heads + kv) * headDim;
      const v = k + kvHeads * headDim;
      const dS = scale * p[at] * (dP[at] - d);
      for (let c = 0; c < headDim; c++) {
        dQkv[q + c] += dS * qkv[k + c];
        dQkv[k + c] += dS * qkv[q + c];
        dQkv[v + c] += p[at] * dO[g + c];
      }
    });
  });
  return dQkv;
}
