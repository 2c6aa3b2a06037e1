/** @file Attention of the float64 reference decoder: one sequence, explicit probabilities. */

export interface ReferenceAttention {
  rows: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  /** Keys a row sees at most, itself included. */
  window: number;
}

/** Softmax weights of one query row of one head over keys 0..t; 0 for those before the window. */
function attentionRow(qkv: Float64Array, t: number, h: number, shape: ReferenceAttention): Float64Array {
  const { heads, kvHeads, headDim } = shape;
  const stride = (heads + 2 * kvHeads) * headDim;
  const kAt = (heads + Math.floor(h / (heads / kvHeads))) * headDim;
  const p = new Float64Array(t + 1);
  const first = Math.max(0, t + 1 - shape.window);
  let max = Number.NEGATIVE_INFINITY;
  for (let j = first; j <= t; j++) {
    let dot = 0;
    for (let c = 0; c < headDim; c++) dot += qkv[t * stride + h * headDim + c] * qkv[j * stride + kAt + c];
    p[j] = dot / Math.sqrt(headDim);
    max = Math.max(max, p[j]);
  }
  let sum = 0;
  for (let j = first; j <= t; j++) sum += p[j] = Math.exp(p[j] - max);
  for (let j = 0; j <= t; j++) p[j] /= sum;
  return p;
}

/** Output [rows, heads*headDim] of causal attention over packed, rotated QKV rows. */
export function attention(qkv: Float64Array, shape: ReferenceAttention): Float64Array {
  const { rows, heads, kvHeads, headDim } = shape;
  const stride = (heads + 2 * kvHeads) * headDim;
  const o = new Float64Array(rows * heads * headDim);
  for (let t = 0; t < rows; t++) {
    for (let h = 0; h < heads; h++) {
      const p = attentionRow(qkv, t, h, shape);
      const vAt = (heads + kvHeads + Math.floor(h / (heads / kvHeads))) * headDim;
      for (let j = 0; j <= t; j++) {
        for (let c = 0; c < headDim; c++)
          o[(t * heads + h) * headDim + c] += p[j] * qkv[j * stride + vAt + c];
      }
    }
  }
  return o;
}

/** Gradient of packed QKV rows, given dO. */
export function attentionBackward(
  qkv: Float64Array,
  dO: Float64Array,
  shape: ReferenceAttention,
): Float64Array {
  const { rows, heads, kvHeads, headDim } = shape;
  const stride = (heads + 2 * kvHeads) * headDim;
  const dQkv = new Float64Array(qkv.length);
  const scale = 1 / Math.sqrt(headDim);
  for (let t = 0; t < rows; t++) {
    for (let h = 0; h < heads; h++) {
      const p = attentionRow(qkv, t, h, shape);
      const group = Math.floor(h / (heads / kvHeads));
      const kAt = (heads + group) * headDim;
      const vAt = (heads + kvHeads + group) * headDim;
      const oAt = (t * heads + h) * headDim;
      const dP = new Float64Array(t + 1);
      let d = 0;
      for (let j = 0; j <= t; j++) {
        for (let c = 0; c < headDim; c++) {
          dP[j] += dO[oAt + c] * qkv[j * stride + vAt + c];
          dQkv[j * stride + vAt + c] += p[j] * dO[oAt + c];
        }
        d += p[j] * dP[j];
      }
      for (let j = 0; j <= t; j++) {
        const dS = p[j] * (dP[j] - d) * scale;
        for (let c = 0; c < headDim; c++) {
          dQkv[t * stride + h * headDim + c] += dS * qkv[j * stride + kAt + c];
          dQkv[j * stride + kAt + c] += dS * qkv[t * stride + h * headDim + c];
        }
      }
    }
  }
  return dQkv;
}
