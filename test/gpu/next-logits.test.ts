/** @file The logits that a token was drawn from, asked for afterwards: against the float64 decoder, and the sampler's own record. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gpu, openGpu } from '../../src/gpu';
import { GpuPolicy } from '../../src/policy/gpu-policy';
import { runReference } from '../../src/policy/reference';
import type { PolicyConfig } from '../../src/policy/types';
import { drawnProbability, nextToken } from '../../src/rl/next-token';
import { relativeError } from '../support/gpu';
import { randomGroups, randomWeights, smallConfig } from '../support/policy';

const variants: [string, Partial<PolicyConfig>][] = [
  ['Canon layers, tied head', {}],
  [
    'biases, untied head, no Canon layers, one kv head',
    { attention_bias: true, tie_word_embeddings: false, canon_kernel: 0, num_key_value_heads: 1 },
  ],
  ['a windowed layer', { sliding_window: 6, layer_types: ['full_attention', 'sliding_attention'] }],
];
const [{ promptTokens }] = randomGroups(4, [{ prefix: 23, answers: [] }], 64);
const request = { promptTokens, groupSize: 3, seed: 5, step: 1, promptIndex: 0 };

describe('the logits of the next token', () => {
  let gpu: Gpu;
  beforeAll(async () => {
    gpu = await openGpu(navigator.gpu, { defaultsOnly: true });
  });
  afterAll(() => gpu.close());

  it.each(variants)('give the log-probs that the sampler wrote down, to 1e-4: %s', async (_, changes) => {
    const config = smallConfig(changes);
    const weights = randomWeights(config, 4);
    const policy = await GpuPolicy.create(gpu, config, weights);
    const sampling = { temperature: 0.7, top_k: 0, top_p: 0.9, maxNewTokens: 8, greedy: false };
    const [answers] = await policy.rollout([request], sampling);
    const wide = Object.fromEntries(
      Object.entries(weights).map(([name, value]) => [name, Float64Array.from(value)]),
    );
    for (const { tokens, logprobs } of answers) {
      const { logits: expected } = runReference(config, wide, [...promptTokens, ...tokens.subarray(0, -1)]);
      for (const [token, drawn] of tokens.entries()) {
        const logits = await policy.nextLogits({ promptTokens, answerTokens: tokens, token });
        expect(logits).toHaveLength(config.vocab_size);
        const at = (promptTokens.length - 1 + token) * config.vocab_size;
        expect(relativeError(logits, expected.subarray(at, at + config.vocab_size))).toBeLessThan(1e-5);
        const order = [...logits.keys()].sort((a, b) => logits[b] - logits[a] || a - b);
        const next = nextToken(
          order.map((id) => logits[id]),
          { temperature: sampling.temperature, topK: 0, topP: sampling.top_p },
        );
        const place = order.indexOf(drawn);
        expect(
          Math.abs(Math.log(next.probabilities[place]) - logprobs[token]),
          `token ${token}`,
        ).toBeLessThan(1e-4);
        // What was drawn could be drawn.
        expect(drawnProbability(next, place)).toBeGreaterThan(0);
      }
    }
    // Greedy answers are written down at temperature 1.
    const [greedy] = await policy.rollout([request], { ...sampling, greedy: true });
    const [{ tokens, logprobs }] = greedy;
    for (const [token, best] of tokens.entries()) {
      const logits = await policy.nextLogits({ promptTokens, answerTokens: tokens, token });
      const { probabilities } = nextToken(
        [...logits].sort((a, b) => b - a),
        { temperature: 1, topK: 0, topP: 1 },
      );
      expect(logits.indexOf(Math.max(...logits))).toBe(best);
      expect(Math.abs(Math.log(probabilities[0]) - logprobs[token])).toBeLessThan(1e-4);
    }
    await expect(
      policy.nextLogits({ promptTokens, answerTokens: tokens, token: tokens.length }),
    ).rejects.toThrow(/token/);
    await policy.dispose();
  });
});
