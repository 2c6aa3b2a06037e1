/**
 * @file Starting weights.
 *
 * Matrices are Gaussian with deviation 1/√(3·inputs), projections back into the residual stream a tenth of that, norms 1.
 * On top, the *induction start*: in the second layer, the Canon layer gives one half of the channels the difference to
 * the token before, keys read that half, queries the other, and values are written back as they are. Attention then
 * finds "the place where the present token was the one before" and copies what stands there, before any training.
 * Retrieval by copying emerges from it in about 0.4 of the tokens that a random start needs; nothing else is built in.
 */
import { philox4x32 } from '../kernels/sampling/philox';
import type { WeightTensors } from './gpu-policy';
import { parameterLayout } from './layout';
import type { PolicyConfig } from './types';

const embeddingDeviation = 0.1;
const canonDeviation = 0.2;
/** Scale of what projects back into the residual stream. */
const outputScale = 0.1;
/** Scale of the matching queries and keys against the random start. */
const matchScale = 4;
const copyScale = 0.7;

/** Standard normal numbers, by counter: tensor `stream` of `seed`. */
function gaussians(count: number, seed: number, stream: number, deviation: number): Float32Array {
  const out = new Float32Array(count);
  for (let i = 0; i < count; i += 2) {
    const [a, b] = philox4x32([i, stream, 0, 0], [seed, 2]);
    const radius = Math.sqrt(-2 * Math.log((a + 0.5) / 2 ** 32)) * deviation;
    const angle = (2 * Math.PI * b) / 2 ** 32;
    out[i] = radius * Math.cos(angle);
    if (i + 1 < count) out[i + 1] = radius * Math.sin(angle);
  }
  return out;
}

/** Weights for a new policy. @param induction whether to build the induction start into layer 1 (needs Canon layers). */
export function initialWeights(config: PolicyConfig, seed: number, induction = true): WeightTensors {
  const weights: WeightTensors = {};
  parameterLayout(config).tensors.forEach(({ name, shape, count }, stream) => {
    if (name.includes('norm')) weights[name] = new Float32Array(count).fill(1);
    else if (name.endsWith('bias')) weights[name] = new Float32Array(count);
    else if (name.includes('canon')) weights[name] = gaussians(count, seed, stream, canonDeviation);
    else if (name.includes('embed') || name.startsWith('lm_head'))
      weights[name] = gaussians(count, seed, stream, embeddingDeviation);
    else {
      const scale = name.includes('o_proj') || name.includes('down_proj') ? outputScale : 1;
      weights[name] = gaussians(count, seed, stream, scale / Math.sqrt(3 * shape[1]));
    }
  });
  if (induction && config.canon_kernel >= 2 && config.num_hidden_layers >= 2)
    buildInduction(config, weights, seed);
  return weights;
}

function buildInduction(config: PolicyConfig, weights: WeightTensors, seed: number): void {
  const d = config.hidden_size;
  const half = d / 2;
  const headDim = d / config.num_attention_heads;
  const kvRows = config.num_key_value_heads * headDim;
  const headsPerKv = config.num_attention_heads / config.num_key_value_heads;
  const tensor = (name: string) => weights[`model.layers.1.${name}.weight`];
  // Channels c and c + half carry the same feature of a token.
  const embedding = weights['model.embed_tokens.weight'];
  for (let at = 0; at < embedding.length; at += d)
    for (let c = 0; c < half; c++) embedding[at + half + c] = embedding[at + c];

  const canon = tensor('canon_attention');
  for (let i = 0; i < canon.length; i++) canon[i] *= 0.1;
  for (let c = 0; c < half; c++) {
    canon[c] -= 1;
    canon[d + c] += 1;
  }
  const match = gaussians(kvRows * half, seed, 1001, matchScale / Math.sqrt(3 * d));
  const copy = gaussians(kvRows * half, seed, 1002, copyScale / Math.sqrt(half));
  const [q, k, v, o] = ['q_proj', 'k_proj', 'v_proj', 'o_proj'].map((name) => tensor(`self_attn.${name}`));
  for (let i = 0; i < q.length; i++) q[i] *= 0.1;
  for (let row = 0; row < kvRows; row++) {
    for (let c = 0; c < half; c++) {
      k[row * d + c] = 0.1 * k[row * d + c] + match[row * half + c];
      k[row * d + half + c] *= 0.1;
      v[row * d + c] = 0;
      v[row * d + half + c] = copy[row * half + c];
    }
  }
  for (let row = 0; row < d; row++) {
    // Query heads of one key head share its rows.
    const kvRow = Math.floor(row / headDim / headsPerKv) * headDim + (row % headDim);
    for (let c = 0; c < half; c++) {
      q[row * d + half + c] += match[kvRow * half + c];
      o[c * d + row] = copyScale * copy[kvRow * half + c];
      o[(half + c) * d + row] = copyScale * copy[kvRow * half + c];
    }
  }
}
