/** @file The buffers of rollouts and the bytes each takes. Rows are answers. */
import type { Slice } from '../gpu';
import { decodeCacheFloats, maxDecodeWork } from '../kernels/attention';
import { causalConvStateBytes } from '../kernels/causal-conv/causal-conv';
import { rmsNormStatisticsBytes } from '../kernels/rms-norm/rms-norm';
import { samplingScratchBytes } from '../kernels/sampling/sampling';
import { type KeysValues, qkvRowFloats } from '../kernels/shared/attention-shape';
import { attentionShape, keySizes } from './activations';
import { heldSizes, rowsBehind } from './held-prompts';
import type { Sizes } from './scratch';
import type { PolicyConfig } from './types';

/** What is decoded together. */
export interface DecodeShape {
  /** Answers. */
  rows: number;
  /** Tokens of their prompts, each prompt once. */
  promptRows: number;
  /** Most answers to one prompt. */
  sharing: number;
  /** Most tokens of an answer. */
  maxNew: number;
  /** Rows of answers to be run behind the prompts (held-prompts.ts), and how many prompts there are; 0 = none. */
  answerRows: number;
  heldPrompts: number;
}

/** Floats of a sampled token's statistics. */
export const statColumns = 4;

/** Bytes a row takes in what moves up with it: keys (values take as many), Canon states, and the sampler's results. */
export function rowBytes(config: PolicyConfig, maxNew: number) {
  const { hidden_size: d, canon_kernel: taps } = config;
  return {
    keys: decodeCacheFloats(1, maxNew, attentionShape(config)) * 4,
    canon: taps > 1 ? causalConvStateBytes(1, d, taps) : 0,
    tokens: maxNew * 4,
    stats: maxNew * statColumns * 4,
    state: 2 * 4,
    nextToken: 4,
  };
}

/**
 * What decoding remembers, by layer: `prefix.k.0` and `prefix.v.0` keys and values of the prompts, with room for those of
 * answers behind them, `answers.k.0` and `answers.v.0` those of the answers, `canon.0.0` and `canon.0.1` the last inputs of
 * both Canon layers.
 */
export function cacheSizes(
  config: PolicyConfig,
  { rows, promptRows, maxNew, answerRows, heldPrompts }: Omit<DecodeShape, 'sharing'>,
): Sizes {
  const { hidden_size: d, canon_kernel: taps, num_hidden_layers: layers } = config;
  const canon = taps > 0 ? causalConvStateBytes(rows, d, taps) : 0;
  const prefixRows = answerRows > 0 ? rowsBehind(promptRows) + answerRows : promptRows;
  const prefix = keySizes(config, prefixRows);
  const answers = rows * rowBytes(config, maxNew).keys;
  const byLayer = Object.fromEntries(
    Array.from({ length: layers }, (_, layer) => [
      [`prefix.k.${layer}`, prefix.k],
      [`prefix.v.${layer}`, prefix.v],
      [`answers.k.${layer}`, answers],
      [`answers.v.${layer}`, answers],
      [`canon.${layer}.0`, canon],
      [`canon.${layer}.1`, canon],
    ]).flat(),
  );
  return answerRows > 0 ? { ...byLayer, ...heldSizes(config, heldPrompts) } : byLayer;
}

/** A layer's keys and values of the prompts or of the answers. */
export function keysOf(
  caches: Readonly<Record<string, Slice>>,
  of: 'prefix' | 'answers',
  layer: number,
): KeysValues {
  return { k: caches[`${of}.k.${layer}`], v: caches[`${of}.v.${layer}`] };
}

/** One step's activations, the sampler's state and the tables. */
export function decodeSizes(
  config: PolicyConfig,
  { rows, promptRows, sharing, maxNew }: Omit<DecodeShape, 'answerRows' | 'heldPrompts'>,
) {
  const { hidden_size: d, intermediate_size: f, vocab_size: vocab } = config;
  const shape = attentionShape(config);
  const perRow = Object.values(rowBytes(config, maxNew));
  const work = maxDecodeWork(rows, promptRows, sharing, shape);
  return {
    table: work.words * 4,
    partials: work.partials * 4,
    positions: rows * 4,
    prefixes: rows * 2 * 4,
    lastRows: rows * 4,
    x: rows * d * 4,
    norm: rows * d * 4,
    statistics: rmsNormStatisticsBytes(rows),
    canon: rows * d * 4,
    /** Packed rows, then the queries out of them. */
    qkv: rows * qkvRowFloats(shape) * 4,
    q: rows * d * 4,
    o: rows * d * 4,
    gateUp: rows * 2 * f * 4,
    activated: rows * f * 4,
    logits: rows * vocab * 4,
    rowTable: rows * 2 * 4,
    state: rows * 2 * 4,
    doneCount: 4 * 4,
    nextToken: rows * 4,
    tokens: rows * maxNew * 4,
    stats: rows * maxNew * statColumns * 4,
    /** Where rows go while they move up. */
    moving: rows * Math.max(...perRow),
    sampling: samplingScratchBytes(rows),
  };
}
