/**
 * @file The decoder in plain float64 TypeScript: the oracle of the GPU engine. One sequence at a time, no sharing,
 * no tiles; every answer runs with its own copy of the prefix. Slow on purpose.
 *
 *   u = rmsnorm(x) ; c = u + conv(u) ; x += Wo · attention(rope(Wqkv · c + b)) ; u = rmsnorm(x) ; c = u + conv(u) ;
 *   x += Wd · (silu(Wg · c) * (Wu · c)) ; logits = E · rmsnorm(x)
 */
import { attention, attentionBackward } from './reference-attention';
import type { PolicyConfig } from './types';
import { layerWindow } from './windows';

/** Tensors by Hugging Face name, row-major. */
export type Tensors = Record<string, Float64Array>;

export interface ReferenceRun {
  /** [T, V] logits. */
  logits: Float64Array;
  /** Packed, rotated QKV rows of each layer. */
  qkv: Float64Array[];
  /** Adds the gradients of Σ dLogits · logits to `gradients`. */
  backward(dLogits: Float64Array, gradients: Tensors): void;
}

type Matrix = Float64Array;

/** Y[T,out] = X · Wᵀ (+ b). */
function linear(x: Matrix, w: Matrix, rows: number, inputs: number, outputs: number, bias?: Matrix): Matrix {
  const y = new Float64Array(rows * outputs);
  for (let t = 0; t < rows; t++) {
    for (let o = 0; o < outputs; o++) {
      let sum = bias ? bias[o] : 0;
      for (let i = 0; i < inputs; i++) sum += x[t * inputs + i] * w[o * inputs + i];
      y[t * outputs + o] = sum;
    }
  }
  return y;
}

/** Returns dX and adds dW (and dBias). */
function linearBackward(
  x: Matrix,
  w: Matrix,
  dY: Matrix,
  rows: number,
  inputs: number,
  outputs: number,
  dW: Matrix,
  dBias?: Matrix,
): Matrix {
  const dX = new Float64Array(rows * inputs);
  for (let t = 0; t < rows; t++) {
    for (let o = 0; o < outputs; o++) {
      const g = dY[t * outputs + o];
      if (dBias) dBias[o] += g;
      for (let i = 0; i < inputs; i++) {
        dX[t * inputs + i] += g * w[o * inputs + i];
        dW[o * inputs + i] += g * x[t * inputs + i];
      }
    }
  }
  return dX;
}

function rmsNorm(
  x: Matrix,
  gain: Matrix,
  rows: number,
  width: number,
  eps: number,
): { y: Matrix; r: Matrix } {
  const y = new Float64Array(rows * width);
  const r = new Float64Array(rows);
  for (let t = 0; t < rows; t++) {
    let sum = 0;
    for (let c = 0; c < width; c++) sum += x[t * width + c] ** 2;
    r[t] = 1 / Math.sqrt(sum / width + eps);
    for (let c = 0; c < width; c++) y[t * width + c] = gain[c] * x[t * width + c] * r[t];
  }
  return { y, r };
}

/** Adds onto dX and dGain. */
function rmsNormBackward(
  x: Matrix,
  gain: Matrix,
  r: Matrix,
  dY: Matrix,
  rows: number,
  width: number,
  dX: Matrix,
  dGain: Matrix,
): void {
  for (let t = 0; t < rows; t++) {
    let dot = 0;
    for (let c = 0; c < width; c++) dot += gain[c] * dY[t * width + c] * x[t * width + c];
    for (let c = 0; c < width; c++) {
      const at = t * width + c;
      dX[at] += r[t] * gain[c] * dY[at] - (x[at] * r[t] ** 3 * dot) / width;
      dGain[c] += dY[at] * x[at] * r[t];
    }
  }
}

/** y = x + Σ_k w[k] * x[t − k]: the Canon layer. */
function canon(x: Matrix, w: Matrix | undefined, rows: number, width: number): Matrix {
  const y = x.slice();
  if (!w) return y;
  const kernel = w.length / width;
  for (let t = 0; t < rows; t++) {
    for (let k = 0; k < kernel && k <= t; k++) {
      for (let c = 0; c < width; c++) y[t * width + c] += w[k * width + c] * x[(t - k) * width + c];
    }
  }
  return y;
}

function canonBackward(
  x: Matrix,
  w: Matrix | undefined,
  dY: Matrix,
  rows: number,
  width: number,
  dW: Matrix | undefined,
): Matrix {
  const dX = dY.slice();
  if (!w || !dW) return dX;
  const kernel = w.length / width;
  for (let t = 0; t < rows; t++) {
    for (let k = 0; k < kernel && k <= t; k++) {
      for (let c = 0; c < width; c++) {
        dX[(t - k) * width + c] += w[k * width + c] * dY[t * width + c];
        dW[k * width + c] += x[(t - k) * width + c] * dY[t * width + c];
      }
    }
  }
  return dX;
}

/** Rotates the q and k heads of packed rows in place; `sign` −1 undoes it. Pairs are (c, c + headDim/2). */
function rope(
  qkv: Matrix,
  rows: number,
  stride: number,
  heads: number,
  headDim: number,
  theta: number,
  sign: 1 | -1,
): void {
  const half = headDim / 2;
  for (let t = 0; t < rows; t++) {
    for (let h = 0; h < heads; h++) {
      for (let c = 0; c < half; c++) {
        const angle = t * theta ** ((-2 * c) / headDim);
        const cos = Math.cos(angle);
        const sin = Math.sin(angle) * sign;
        const at = t * stride + h * headDim + c;
        const a = qkv[at];
        const b = qkv[at + half];
        qkv[at] = a * cos - b * sin;
        qkv[at + half] = a * sin + b * cos;
      }
    }
  }
}

/** Concatenates tensors along their first axis. */
function stack(tensors: Tensors, names: string[]): Matrix {
  const parts = names.map((name) => tensors[name]);
  const out = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function addParts(gradients: Tensors, names: string[], sum: Matrix): void {
  let at = 0;
  for (const name of names) {
    const into = gradients[name];
    for (let i = 0; i < into.length; i++) into[i] += sum[at + i];
    at += into.length;
  }
}

/** Runs the decoder over one token sequence. */
export function runReference(
  config: PolicyConfig,
  tensors: Tensors,
  tokens: ArrayLike<number>,
): ReferenceRun {
  const {
    hidden_size: d,
    intermediate_size: f,
    vocab_size: vocabulary,
    rms_norm_eps: eps,
    rope_theta: theta,
  } = config;
  const rows = tokens.length;
  const headDim = d / config.num_attention_heads;
  const sizes = { rows, heads: config.num_attention_heads, kvHeads: config.num_key_value_heads, headDim };
  const stride = (sizes.heads + 2 * sizes.kvHeads) * headDim;
  const rotated = sizes.heads + sizes.kvHeads;
  const embedding = tensors['model.embed_tokens.weight'];
  const head = config.tie_word_embeddings ? embedding : tensors['lm_head.weight'];

  let x: Matrix = new Float64Array(rows * d);
  for (let t = 0; t < rows; t++) x.set(embedding.subarray(tokens[t] * d, (tokens[t] + 1) * d), t * d);

  const qkvRows: Matrix[] = [];
  const undo: ((dX: Matrix, gradients: Tensors) => Matrix)[] = [];
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const at = `model.layers.${layer}`;
    const shape = { ...sizes, window: layerWindow(config, layer) ?? rows };
    const qkvNames = ['q', 'k', 'v'].map((name) => `${at}.self_attn.${name}_proj.weight`);
    const biasNames = ['q', 'k', 'v'].map((name) => `${at}.self_attn.${name}_proj.bias`);
    const upNames = [`${at}.mlp.gate_proj.weight`, `${at}.mlp.up_proj.weight`];
    const wQkv = stack(tensors, qkvNames);
    const bQkv = config.attention_bias ? stack(tensors, biasNames) : undefined;
    const wO = tensors[`${at}.self_attn.o_proj.weight`];
    const wUp = stack(tensors, upNames);
    const wDown = tensors[`${at}.mlp.down_proj.weight`];
    const gain1 = tensors[`${at}.input_layernorm.weight`];
    const gain2 = tensors[`${at}.post_attention_layernorm.weight`];
    const conv1 = tensors[`${at}.canon_attention.weight`];
    const conv2 = tensors[`${at}.canon_mlp.weight`];

    const input = x;
    const n1 = rmsNorm(input, gain1, rows, d, eps);
    const c1 = canon(n1.y, conv1, rows, d);
    const qkv = linear(c1, wQkv, rows, d, stride, bQkv);
    rope(qkv, rows, stride, rotated, headDim, theta, 1);
    qkvRows.push(qkv);
    const o = attention(qkv, shape);
    const middle = linear(o, wO, rows, shape.heads * headDim, d).map((value, i) => value + input[i]);
    const n2 = rmsNorm(middle, gain2, rows, d, eps);
    const c2 = canon(n2.y, conv2, rows, d);
    const gateUp = linear(c2, wUp, rows, d, 2 * f);
    const activated = new Float64Array(rows * f);
    for (let t = 0; t < rows; t++) {
      for (let c = 0; c < f; c++) {
        const g = gateUp[t * 2 * f + c];
        activated[t * f + c] = (g / (1 + Math.exp(-g))) * gateUp[t * 2 * f + f + c];
      }
    }
    x = linear(activated, wDown, rows, f, d).map((value, i) => value + middle[i]);

    undo.push((dX, gradients) => {
      const dActivated = linearBackward(
        activated,
        wDown,
        dX,
        rows,
        f,
        d,
        gradients[`${at}.mlp.down_proj.weight`],
      );
      const dGateUp = new Float64Array(gateUp.length);
      for (let t = 0; t < rows; t++) {
        for (let c = 0; c < f; c++) {
          const g = gateUp[t * 2 * f + c];
          const s = 1 / (1 + Math.exp(-g));
          dGateUp[t * 2 * f + c] = dActivated[t * f + c] * gateUp[t * 2 * f + f + c] * s * (1 + g * (1 - s));
          dGateUp[t * 2 * f + f + c] = dActivated[t * f + c] * g * s;
        }
      }
      const dWUp = new Float64Array(wUp.length);
      const dC2 = linearBackward(c2, wUp, dGateUp, rows, d, 2 * f, dWUp);
      addParts(gradients, upNames, dWUp);
      const dN2 = canonBackward(n2.y, conv2, dC2, rows, d, gradients[`${at}.canon_mlp.weight`]);
      const dMiddle = dX.slice();
      rmsNormBackward(
        middle,
        gain2,
        n2.r,
        dN2,
        rows,
        d,
        dMiddle,
        gradients[`${at}.post_attention_layernorm.weight`],
      );
      const dO = linearBackward(
        o,
        wO,
        dMiddle,
        rows,
        shape.heads * headDim,
        d,
        gradients[`${at}.self_attn.o_proj.weight`],
      );
      const dQkv = attentionBackward(qkv, dO, shape);
      rope(dQkv, rows, stride, rotated, headDim, theta, -1);
      const dWQkv = new Float64Array(wQkv.length);
      const dBQkv = bQkv ? new Float64Array(bQkv.length) : undefined;
      const dC1 = linearBackward(c1, wQkv, dQkv, rows, d, stride, dWQkv, dBQkv);
      addParts(gradients, qkvNames, dWQkv);
      if (dBQkv) addParts(gradients, biasNames, dBQkv);
      const dN1 = canonBackward(n1.y, conv1, dC1, rows, d, gradients[`${at}.canon_attention.weight`]);
      const dInput = dMiddle;
      rmsNormBackward(input, gain1, n1.r, dN1, rows, d, dInput, gradients[`${at}.input_layernorm.weight`]);
      return dInput;
    });
  }

  const last = x;
  const final = rmsNorm(last, tensors['model.norm.weight'], rows, d, eps);
  const logits = linear(final.y, head, rows, d, vocabulary);
  return {
    logits,
    qkv: qkvRows,
    backward(dLogits, gradients) {
      const headName = config.tie_word_embeddings ? 'model.embed_tokens.weight' : 'lm_head.weight';
      const dFinal = linearBackward(final.y, head, dLogits, rows, d, vocabulary, gradients[headName]);
      let dX: Matrix = new Float64Array(rows * d);
      rmsNormBackward(
        last,
        tensors['model.norm.weight'],
        final.r,
        dFinal,
        rows,
        d,
        dX,
        gradients['model.norm.weight'],
      );
      for (let layer = undo.length - 1; layer >= 0; layer--) dX = undo[layer](dX, gradients);
      const dEmbedding = gradients['model.embed_tokens.weight'];
      for (let t = 0; t < rows; t++)
        for (let c = 0; c < d; c++) dEmbedding[tokens[t] * d + c] += dX[t * d + c];
    },
  };
}
