/**
 * @file The cost model: floating-point operations and bytes of an update and of a decode step, as a function of the
 * policy and of prompt length P, answers G and their length S. docs/performance.md derives it; a multiply-add counts two.
 */

import type { PolicyConfig } from '../../policy/types';
import { layerWindow } from '../../policy/windows';

/** One prompt with its answers. */
export interface GroupShape {
  promptTokens: number;
  answers: number;
  answerTokens: number;
}

/** Floating-point operations of one optimiser update on groups of one shape. */
export interface UpdateCost {
  /** Rows of the flat buffer: the prompt once, each answer without its last token. */
  rows: number;
  /** (row, key) pairs of one layer's attention, by layer. */
  attended: number[];
  /** What the mathematics asks for: forward, and a backward pass of five products in attention. */
  algorithmic: Split;
  /** What is executed: layers computed again from their borders but for attention, seven products in its backward pass. */
  executed: Split;
}

interface Split {
  attention: number;
  /** Projections, MLP and head. */
  linear: number;
}

function windowsOf(config: PolicyConfig): (number | null)[] {
  return Array.from({ length: config.num_hidden_layers }, (_, layer) => layerWindow(config, layer));
}

/** Weights of the matrices of one layer. */
function layerWeights(config: PolicyConfig): {
  attention: number;
  output: number;
  gateUp: number;
  down: number;
} {
  const {
    hidden_size: d,
    intermediate_size: f,
    num_attention_heads: heads,
    num_key_value_heads: kv,
  } = config;
  const headDim = d / heads;
  return { attention: d * (heads + 2 * kv) * headDim, output: d * d, gateUp: 2 * d * f, down: d * f };
}

/**
 * (row, key) pairs of attention over a prompt and its answers: row i of the prompt sees i + 1 keys, row j of an answer
 * the prompt and j + 1 of its own; a window keeps the last `window` of them.
 */
export function attendedPairs(shape: GroupShape, window: number | null = null): number {
  const { promptTokens: P, answers, answerTokens } = shape;
  const w = window ?? Number.POSITIVE_INFINITY;
  // Rows with 1, 2, …, n keys, at most w each.
  const upTo = (n: number) => (n <= w ? (n * (n + 1)) / 2 : (w * (w + 1)) / 2 + (n - w) * w);
  return upTo(P) + answers * (upTo(P + answerTokens - 1) - upTo(P));
}

/** One update on `groups` groups of this shape. */
export function updateCost(config: PolicyConfig, shape: GroupShape, groups = 1): UpdateCost {
  const { hidden_size: d, vocab_size: vocab, num_hidden_layers: layers } = config;
  const { promptTokens, answers, answerTokens } = shape;
  const rows = groups * (promptTokens + answers * (answerTokens - 1));
  const attended = windowsOf(config).map((window) => groups * attendedPairs(shape, window));
  const all = attended.reduce((sum, count) => sum + count, 0);
  const { attention, output, gateUp, down } = layerWeights(config);
  const weights = attention + output + gateUp + down;
  const forward = 2 * rows * layers * weights;
  const recomputed = 2 * rows * ((layers - 1) * attention + layers * (output + gateUp));
  const head = 6 * groups * answers * answerTokens * d * vocab;
  return {
    rows,
    attended,
    algorithmic: { attention: 14 * d * all, linear: 3 * forward + head },
    executed: { attention: 18 * d * all, linear: 3 * forward + recomputed + head },
  };
}

export function totalFlops({ attention, linear }: Split): number {
  return attention + linear;
}

export interface DecodeCost {
  flops: number;
  /** Weights read once a step, the prompt's keys and values once for all answers, own ones once each; f32. */
  bytes: number;
}

/** One decode step of G answers that have `own` tokens behind a shared prompt. */
export function decodeStepCost(
  config: PolicyConfig,
  promptTokens: number,
  answers: number,
  own: number,
): DecodeCost {
  const { hidden_size: d, vocab_size: vocab, num_attention_heads: heads, num_key_value_heads: kv } = config;
  const { attention, output, gateUp, down } = layerWeights(config);
  const weights = config.num_hidden_layers * (attention + output + gateUp + down) + d * vocab;
  const kvFloats = 2 * kv * (d / heads);
  const seen = windowsOf(config).map((window) => {
    const keys = Math.min(promptTokens + own, window ?? Number.POSITIVE_INFINITY);
    const ownKeys = Math.min(own, keys);
    return { ownKeys, promptKeys: keys - ownKeys };
  });
  const sum = (of: (layer: { ownKeys: number; promptKeys: number }) => number) =>
    seen.reduce((total, layer) => total + of(layer), 0);
  return {
    flops: 2 * answers * weights + 4 * d * answers * sum(({ ownKeys, promptKeys }) => ownKeys + promptKeys),
    bytes: 4 * weights + 4 * kvFloats * sum(({ ownKeys, promptKeys }) => promptKeys + answers * ownKeys),
  };
}

/** Bytes that AdamW moves: weight, gradient and two moments read, weight and moments written, f32. */
export function adamWBytes(parameters: number): number {
  return 28 * parameters;
}
