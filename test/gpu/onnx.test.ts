/** @file The GPU engine against ONNX Runtime on the exported weights: two implementations with nothing in common. */
import { expect, it } from 'vitest';
import { openGpu } from '../../src/gpu';
import { GpuPolicy } from '../../src/policy/gpu-policy';
import type { PolicyConfig } from '../../src/policy/types';
import { openExported, shapedWeights } from '../support/onnx';
import { randomGroups, smallConfig } from '../support/policy';

it.each<[string, Partial<PolicyConfig>]>([
  ['Canon layers, tied head', {}],
  [
    'biases, untied head, no Canon layers, one key head',
    { attention_bias: true, tie_word_embeddings: false, canon_kernel: 0, num_key_value_heads: 1 },
  ],
])('the engine and ONNX Runtime agree on every log-prob to 1e-3: %s', async (_, changes) => {
  const config = smallConfig(changes);
  const weights = shapedWeights(config, 12);
  const groups = randomGroups(12, [{ prefix: 21, answers: [1, 6, 9] }], config.vocab_size);
  const gpu = await openGpu(navigator.gpu, { defaultsOnly: true });
  const policy = await GpuPolicy.create(
    gpu,
    config,
    Object.fromEntries(Object.entries(weights).map(([name, { data }]) => [name, data])),
  );
  const [answers] = await policy.evaluate(groups, 1);
  const decoder = await openExported(config, weights);
  const [{ promptTokens, answers: texts }] = groups;
  for (const [a, { tokens }] of texts.entries()) {
    const { logits, vocabulary } = await decoder.extend(decoder.start(), [[...promptTokens, ...tokens]]);
    tokens.forEach((target, t) => {
      const at = (promptTokens.length - 1 + t) * vocabulary;
      const row = logits.subarray(at, at + vocabulary);
      const logSum = Math.log(row.reduce((sum, z) => sum + Math.exp(z), 0));
      expect(Math.abs(answers[a].logprobs[t] - (row[target] - logSum)), `${a}, ${t}`).toBeLessThan(1e-3);
    });
  }
  await decoder.close();
  await policy.dispose();
  gpu.close();
});
