/**
 * @file The buffers of one layer over a batch, which all layers share, and the bytes each takes. Rows are tokens.
 *
 * Per row stands what is no wider than the residual stream. What is wider (packed QKV rows, the MLP), and what can be made
 * again from it (the output of a Canon layer), exists for one chunk of rows at a time.
 */
import { causalConvScratchBytes } from '../kernels/causal-conv/causal-conv';
import { weightPartialsBytes } from '../kernels/linear/linear';
import { rmsNormScratchBytes, rmsNormStatisticsBytes } from '../kernels/rms-norm/rms-norm';
import { type AttentionShape, keyRowFloats, qkvRowFloats } from '../kernels/shared/attention-shape';
import type { Sizes } from './scratch';
import type { PolicyConfig } from './types';

/** The heads of a configuration. */
export function attentionShape(config: PolicyConfig): AttentionShape {
  return {
    heads: config.num_attention_heads,
    kvHeads: config.num_key_value_heads,
    headDim: config.hidden_size / config.num_attention_heads,
  };
}

/** Keys of so many rows, and their values. */
export function keySizes(config: PolicyConfig, rows: number) {
  const bytes = rows * keyRowFloats(attentionShape(config)) * 4;
  return { k: bytes, v: bytes };
}

/** The widest rows of a layer's products, of which a chunk exists at a time: packed QKV, then gate and up of the MLP. */
function wideBytes(config: PolicyConfig, rows: number): number {
  return rows * Math.max(qkvRowFloats(attentionShape(config)), 2 * config.intermediate_size) * 4;
}

/** The residual stream: at every layer border where a backward pass follows, else once. */
export function residualSizes(config: PolicyConfig, rows: number, kept: boolean): Sizes {
  const count = kept ? config.num_hidden_layers + 1 : 1;
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [i, rows * config.hidden_size * 4]));
}

/** What a layer's forward pass leaves, but keys and values. */
export function layerSizes(config: PolicyConfig, rows: number, chunkRows: number) {
  const { hidden_size: d, intermediate_size: f, canon_kernel: taps, num_attention_heads: heads } = config;
  const chunk = Math.min(rows, chunkRows);
  return {
    /** Input of the Canon layer, or of the product where there is none: of attention first, then of the MLP. */
    norm: rows * d * 4,
    statistics: rmsNormStatisticsBytes(rows),
    /** Rotated queries. */
    q: rows * d * 4,
    /** Output of attention, and (L2, D) of each row and head. */
    o: rows * d * 4,
    ld: rows * heads * 2 * 4,
    /** What each row gets as a key, where that is asked for (attention-shares.ts). */
    received: rows * 4,
    canon: taps > 0 ? chunk * d * 4 : 0,
    wide: wideBytes(config, chunk),
    activated: chunk * f * 4,
  };
}

/** Outputs of attention that stand from the forward to the backward pass: of all layers but the last, which `layer` has. */
export function attentionSizes(config: PolicyConfig, rows: number): Sizes {
  const { o, ld } = layerSizes(config, rows, rows);
  return Object.fromEntries(
    Array.from({ length: config.num_hidden_layers - 1 }, (_, layer) => [
      [`o.${layer}`, o],
      [`ld.${layer}`, ld],
    ]).flat(),
  );
}

/** What a layer's backward pass needs besides. */
export function backwardSizes(config: PolicyConfig, rows: number, chunkRows: number) {
  const { hidden_size: d, intermediate_size: f, canon_kernel: taps } = config;
  const chunk = Math.min(rows, chunkRows);
  const qkvFloats = qkvRowFloats(attentionShape(config));
  const keys = keySizes(config, rows);
  return {
    /** Gradient of the residual stream. */
    dX: rows * d * 4,
    /** Gradient behind the Canon layer of the MLP, then of `o`, then behind the Canon layer of attention. */
    dInner: rows * d * 4,
    dNorm: taps > 0 ? rows * d * 4 : 0,
    dQ: rows * d * 4,
    dK: keys.k,
    dV: keys.v,
    dWide: wideBytes(config, chunk),
    dActivated: chunk * f * 4,
    normScratch: rmsNormScratchBytes(rows, d),
    canonScratch: taps > 0 ? causalConvScratchBytes(rows, d, taps) : 0,
    weightPartials: Math.max(
      weightPartialsBytes(rows, d, d),
      weightPartialsBytes(chunk, d, qkvFloats),
      weightPartialsBytes(chunk, d, 2 * f),
      weightPartialsBytes(chunk, f, d),
    ),
  };
}
