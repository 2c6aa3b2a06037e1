/** @file Policies in ONNX Runtime on WebAssembly, and distances between logits. */
import { parameterLayout } from '../../src/policy/layout';
import { runReference } from '../../src/policy/reference';
import type { Tensors } from '../../src/policy/safetensors';
import type { PolicyConfig } from '../../src/policy/types';
import { OnnxDecoder } from '../../src/run/onnx/decoder';
import { policyToOnnx } from '../../src/run/onnx/policy-graph';
import { randomWeights } from './policy';

/** Random weights with their shapes, as a checkpoint holds them. */
export function shapedWeights(config: PolicyConfig, seed: number): Tensors {
  const weights = randomWeights(config, seed);
  return Object.fromEntries(
    parameterLayout(config).tensors.map(({ name, shape }) => [name, { shape, data: weights[name] }]),
  );
}

export function openExported(config: PolicyConfig, weights: Tensors): Promise<OnnxDecoder> {
  return OnnxDecoder.open({ model: policyToOnnx(config, weights), provider: { name: 'wasm' } });
}

/** [T, V] logits of one sequence in float64. */
export function referenceLogits(
  config: PolicyConfig,
  weights: Tensors,
  tokens: ArrayLike<number>,
): Float64Array {
  const wide = Object.fromEntries(
    Object.entries(weights).map(([name, { data }]) => [name, Float64Array.from(data)]),
  );
  return runReference(config, wide, tokens).logits;
}

/** NaN where a value is no number or the lengths differ. */
export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.NaN;
  let largest = 0;
  for (let i = 0; i < actual.length; i++) largest = Math.max(largest, Math.abs(actual[i] - expected[i]));
  return largest;
}
