import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gpu, openGpu } from '../../src/gpu';
import { GpuPolicy } from '../../src/policy/gpu-policy';
import type { Tensors } from '../../src/policy/reference';
import type { ObjectiveOptions, PolicyConfig } from '../../src/policy/types';
import { relativeError } from '../support/gpu';
import { randomGroups, randomWeights, referenceLoss, smallConfig } from '../support/policy';

const objective: ObjectiveOptions = {
  kind: 'policy',
  temperature: 0.8,
  clipRatioLow: 0.2,
  clipRatioHigh: 0.28,
  clipRatioC: 3,
  klCoef: 0.1,
  klType: 'k3',
  entropyCoef: 0.02,
};
const shape = [
  { prefix: 9, answers: [1, 5, 7] },
  { prefix: 41, answers: [2, 12] },
];
const variants: [string, Partial<PolicyConfig>][] = [
  ['Canon layers, tied head', {}],
  [
    'biases, untied head, no Canon layers, one kv head',
    { attention_bias: true, tie_word_embeddings: false, canon_kernel: 0, num_key_value_heads: 1 },
  ],
  [
    'a windowed layer after a global one',
    { sliding_window: 6, layer_types: ['full_attention', 'sliding_attention'] },
  ],
];

const wide = (tensors: Record<string, Float32Array>): Tensors =>
  Object.fromEntries(Object.entries(tensors).map(([name, value]) => [name, Float64Array.from(value)]));

describe('the policy', () => {
  let gpu: Gpu;
  beforeAll(async () => {
    gpu = await openGpu(navigator.gpu, { defaultsOnly: true });
  });
  afterAll(() => gpu.close());

  describe.each(variants)('%s', (_, changes) => {
    it.each([1, 2, 3])(
      'every gradient equals the float64 reference with the prefix repeated, seed %i',
      async (seed) => {
        const config = smallConfig(changes);
        const weights = randomWeights(config, seed);
        const groups = randomGroups(seed, shape, config.vocab_size);
        const policy = await GpuPolicy.create(gpu, config, weights);
        const result = await policy.accumulate(groups, objective);
        const gradients = await policy.readGradients();
        const reference = referenceLoss(config, wide(weights), groups, objective);
        expect(Math.abs(result.loss - reference.loss) / Math.abs(reference.loss)).toBeLessThan(1e-5);
        for (const [name, expected] of Object.entries(reference.gradients)) {
          expect(relativeError(gradients[name], expected), name).toBeLessThan(1e-4);
        }
        for (const [g, group] of result.tokens.entries()) {
          for (const [a, answer] of group.entries()) {
            expect(relativeError(answer.logprobs, reference.logprobs[g][a])).toBeLessThan(1e-5);
          }
        }
        await policy.dispose();
      },
    );
  });

  it('the reference gradient equals finite differences', () => {
    for (const [, changes] of variants) {
      const config = smallConfig({
        ...changes,
        hidden_size: 8,
        intermediate_size: 8,
        vocab_size: 16,
        num_attention_heads: 2,
        num_key_value_heads: 1,
      });
      const tensors = wide(randomWeights(config, 5));
      const groups = randomGroups(5, [{ prefix: 5, answers: [3, 1] }], config.vocab_size);
      const { gradients } = referenceLoss(config, tensors, groups, objective);
      for (const [name, tensor] of Object.entries(tensors)) {
        for (let probe = 0; probe < 3; probe++) {
          const i = (probe * 7919) % tensor.length;
          const kept = tensor[i];
          tensor[i] = kept + 1e-5;
          const up = referenceLoss(config, tensors, groups, objective, false).loss;
          tensor[i] = kept - 1e-5;
          const down = referenceLoss(config, tensors, groups, objective, false).loss;
          tensor[i] = kept;
          expect(Math.abs((up - down) / 2e-5 - gradients[name][i]), `${name}[${i}]`).toBeLessThan(
            1e-6 + 1e-5 * Math.abs(gradients[name][i]),
          );
        }
      }
    }
  });

  it.each(variants)(
    'a shared prefix gives the loss and gradients of the prefix repeated: %s',
    async (_, changes) => {
      const config = smallConfig(changes);
      const groups = randomGroups(7, shape, config.vocab_size);
      const repeated = groups.flatMap((group) =>
        group.answers.map((answer) => ({ ...group, answers: [answer] })),
      );
      const policy = await GpuPolicy.create(gpu, config, randomWeights(config, 7));
      const shared = await policy.accumulate(groups, objective);
      const sharedGradients = await policy.readGradients();
      const apart = await policy.accumulate(repeated, objective);
      const apartGradients = await policy.readGradients();
      expect(Math.abs(shared.loss - apart.loss) / Math.abs(apart.loss)).toBeLessThan(1e-5);
      for (const name of Object.keys(sharedGradients))
        expect(relativeError(sharedGradients[name], apartGradients[name]), name).toBeLessThan(1e-5);
      await policy.dispose();
    },
  );

  it('windows as long as the longest sequence give the bits of a policy without windows', async () => {
    const groups = randomGroups(6, shape, 64);
    const requests = groups.map(({ promptTokens }, promptIndex) => ({
      promptTokens,
      groupSize: 3,
      seed: 5,
      step: 1,
      promptIndex,
    }));
    const sampling = { temperature: 1, top_k: 0, top_p: 1, maxNewTokens: 8, greedy: false };
    const results = [];
    for (const sliding_window of [undefined, 53, 20]) {
      const layer_types = ['sliding_attention', 'sliding_attention'] as const;
      const config = smallConfig(sliding_window === undefined ? {} : { sliding_window, layer_types });
      const policy = await GpuPolicy.create(gpu, config, randomWeights(config, 6));
      const { tokens } = await policy.accumulate(groups, objective);
      const gradients = await policy.readGradients();
      results.push({ tokens, gradients, rollouts: await policy.rollout(requests, sampling) });
      await policy.dispose();
    }
    const [none, wide, narrow] = results;
    expect(wide).toEqual(none);
    expect(narrow.tokens).not.toEqual(none.tokens);
  });

  it('small slices and large ones give the same bits, in training and in rollouts', async () => {
    const config = smallConfig({ sliding_window: 30, layer_types: ['full_attention', 'sliding_attention'] });
    const groups = randomGroups(8, [{ prefix: 90, answers: [20, 12] }], config.vocab_size);
    const requests = [
      { promptTokens: groups[0].promptTokens, groupSize: 3, seed: 5, step: 1, promptIndex: 0 },
    ];
    const sampling = { temperature: 1, top_k: 9, top_p: 0.9, maxNewTokens: 8, greedy: false };
    const results = [];
    const slices: number[] = [];
    for (const fixedFlops of [1e4, 3e5, 1e12]) {
      const policy = await GpuPolicy.create(gpu, config, randomWeights(config, 6), {
        slicing: { fixedFlops },
      });
      const { tokens } = await policy.accumulate(groups, objective);
      const gradients = await policy.readGradients();
      results.push({ tokens, gradients, rollouts: await policy.rollout(requests, sampling) });
      slices.push(policy.queue.slices);
      await policy.dispose();
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
    expect(slices[0]).toBeGreaterThan(4 * slices[2]);
  });

  it('accumulating over micro-batches gives the gradient of the whole batch', async () => {
    const config = smallConfig();
    const groups = randomGroups(8, shape, config.vocab_size);
    const weights = randomWeights(config, 8);
    const whole = await GpuPolicy.create(gpu, config, weights);
    const parts = await GpuPolicy.create(gpu, config, weights, { limits: { maxRows: 60, maxPairs: 1000 } });
    const a = await whole.accumulate(groups, objective);
    const b = await parts.accumulate(groups, objective);
    expect(Math.abs(a.loss - b.loss)).toBeLessThan(1e-6);
    const [ga, gb] = [await whole.readGradients(), await parts.readGradients()];
    for (const name of Object.keys(ga)) expect(relativeError(gb[name], ga[name]), name).toBeLessThan(1e-5);
    await whole.dispose();
    await parts.dispose();
  });

  describe('rollouts', () => {
    const sampling = { temperature: 0.8, top_k: 0, top_p: 1, maxNewTokens: 12, greedy: false };
    const requests = [9, 30].map((length, promptIndex) => ({
      promptTokens: randomGroups(3, [{ prefix: length, answers: [] }], 64)[0].promptTokens,
      groupSize: 4,
      seed: 11,
      step: 2,
      promptIndex,
    }));

    it.each(variants)('decode log-probs equal training log-probs: %s', async (_, changes) => {
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
  });

  it('two runs of five updates are bitwise equal, and the loss falls', async () => {
    const config = smallConfig();
    const optimizer = {
      learningRate: 3e-3,
      beta1: 0.9,
      beta2: 0.99,
      epsilon: 1e-8,
      weightDecay: 0.01,
      maxGradNorm: 1,
    };
    const groups = randomGroups(9, shape, config.vocab_size);
    const run = async () => {
      const policy = await GpuPolicy.create(gpu, config, randomWeights(config, 9));
      const losses: number[] = [];
      for (let i = 0; i < 5; i++)
        losses.push(
          (await policy.update(groups, { ...objective, kind: 'supervised', temperature: 1 }, optimizer)).loss,
        );
      const weights = await policy.readWeights();
      await policy.dispose();
      return { losses, weights };
    };
    const [a, b] = [await run(), await run()];
    expect(b.losses).toEqual(a.losses);
    for (const name of Object.keys(a.weights))
      expect(Buffer.from(b.weights[name].buffer).equals(Buffer.from(a.weights[name].buffer)), name).toBe(
        true,
      );
    expect(a.losses[4]).toBeLessThan(a.losses[0]);
  });
});
