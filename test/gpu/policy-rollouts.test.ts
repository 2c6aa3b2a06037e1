/** @file The policy's rollouts: their log-probs are those of training, and an answer does not depend on its batch. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Gpu, openGpu } from '../../src/gpu';
import { GpuPolicy } from '../../src/policy/gpu-policy';
import { policyVariants, randomGroups, randomWeights, smallConfig } from '../support/policy';

describe('rollouts', () => {
  let gpu: Gpu;
  beforeAll(async () => {
    gpu = await openGpu(navigator.gpu, { defaultsOnly: true });
  });
  afterAll(() => gpu.close());

  const sampling = { temperature: 0.8, top_k: 0, top_p: 1, maxNewTokens: 12, greedy: false };
  const requests = [9, 30].map((length, promptIndex) => ({
    promptTokens: randomGroups(3, [{ prefix: length, answers: [] }], 64)[0].promptTokens,
    groupSize: 4,
    seed: 11,
    step: 2,
    promptIndex,
  }));

  it.each(policyVariants)('decode log-probs equal training log-probs: %s', async (_, changes) => {
    const config = smallConfig(changes);
    const policy = await GpuPolicy.create(gpu, config, randomWeights(config, 4));
    const rollouts = await policy.rollout(requests, sampling);
    const groups = rollouts.map((answers, i) => ({
      promptTokens: requests[i].promptTokens,
      answers: answers.map((answer) => ({
        tokens: answer.tokens,
        oldLogprobs: answer.logprobs,
        advantage: 0,
        weights: answer.logprobs,
      })),
    }));
    const trained = await policy.evaluate(groups, sampling.temperature);
    let largest = 0;
    rollouts.forEach((answers, g) => {
      expect(answers).toHaveLength(4);
      answers.forEach((answer, a) => {
        expect(answer.tokens.length).toBeGreaterThan(0);
        expect(answer.finish).toBe(answer.tokens.at(-1) === config.eos_token_id ? 'stop' : 'length');
        answer.logprobs.forEach((logp, t) => {
          largest = Math.max(largest, Math.abs(logp - trained[g][a].logprobs[t]));
        });
      });
    });
    expect(largest).toBeLessThan(1e-4);
    await policy.dispose();
  });

  it('the same keys give the same answers, whatever else is in the batch', async () => {
    const config = smallConfig();
    const policy = await GpuPolicy.create(gpu, config, randomWeights(config, 4));
    const together = await policy.rollout(requests, sampling);
    const alone = await policy.rollout([requests[1]], sampling);
    expect(alone[0].map((answer) => [...answer.tokens])).toEqual(
      together[1].map((answer) => [...answer.tokens]),
    );
    await policy.dispose();
  });

  it('an answer is the same to the bit whether rows leave the batch around it or not', async () => {
    const config = smallConfig({ max_position_embeddings: 256 });
    const weights = randomWeights(config, 4);
    // A likely end token: answers end at many lengths, and some not at all.
    const embedding = weights['model.embed_tokens.weight'];
    for (let i = 0; i < config.hidden_size; i++) embedding[2 * config.hidden_size + i] *= 2;
    const policy = await GpuPolicy.create(gpu, config, weights);
    const request = (length: number, promptIndex: number, groupSize: number) => ({
      promptTokens: randomGroups(3, [{ prefix: length, answers: [] }], 64)[0].promptTokens,
      groupSize,
      seed: 11,
      step: 2,
      promptIndex,
    });
    const requests = [request(9, 0, 6), request(30, 1, 1), request(70, 2, 8)];
    const sampling = { temperature: 1, top_k: 0, top_p: 1, maxNewTokens: 60, greedy: false };
    const copies = vi.spyOn(policy.queue, 'copy');
    const together = await policy.rollout(requests, sampling);
    const moved = copies.mock.calls.length;
    const lengths = together.flat().map((answer) => answer.tokens.length);
    expect(moved, `rows must have moved; answers of ${lengths} tokens`).toBeGreaterThan(20);
    for (const [i, one] of requests.entries()) {
      // Alone, other rows leave at other times; of a single answer none does.
      expect((await policy.rollout([one], sampling))[0]).toEqual(together[i]);
      const [[first]] = await policy.rollout([{ ...one, groupSize: 1 }], sampling);
      expect(first).toEqual(together[i][0]);
    }
    await policy.dispose();
  });
});
