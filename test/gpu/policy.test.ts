/** @file The policy's gradients and updates against the float64 reference, and what no bit of them depends on. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gpu, openGpu } from '../../src/gpu';
import { GpuPolicy } from '../../src/policy/gpu-policy';
import type { Tensors } from '../../src/policy/reference';
import type { ObjectiveOptions } from '../../src/policy/types';
import { relativeError } from '../support/gpu';
import { policyVariants, randomGroups, randomWeights, referenceLoss, smallConfig } from '../support/policy';

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
const wide = (tensors: Record<string, Float32Array>): Tensors =>
  Object.fromEntries(Object.entries(tensors).map(([name, value]) => [name, Float64Array.from(value)]));

describe('the policy', () => {
  let gpu: Gpu;
  beforeAll(async () => {
    gpu = await openGpu(navigator.gpu, { defaultsOnly: true });
  });
  afterAll(() => gpu.close());

  describe.each(policyVariants)('%s', (_, changes) => {
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
    for (const [, changes] of policyVariants) {
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

  it.each(policyVariants)(
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

  it('a base of positions that is set gives the bits of a policy made with it', async () => {
    const groups = randomGroups(6, shape, 64);
    const results = [];
    for (const [made, set] of [
      [10_000, null],
      [50_000, null],
      [10_000, 50_000],
    ] as const) {
      const policy = await GpuPolicy.create(
        gpu,
        smallConfig({ rope_theta: made }),
        randomWeights(smallConfig({}), 6),
      );
      if (set !== null) policy.ropeTheta = set;
      const { tokens } = await policy.accumulate(groups, objective);
      results.push({ tokens, gradients: await policy.readGradients() });
      await policy.dispose();
    }
    const [other, made, set] = results;
    expect(set).toEqual(made);
    expect(set.tokens).not.toEqual(other.tokens);
  });

  it.each(policyVariants)(
    'outputs of attention that were kept and those computed again give the same bits: %s',
    async (_, changes) => {
      const config = smallConfig({ ...changes, num_hidden_layers: 3 });
      if (config.layer_types) config.layer_types = [...config.layer_types, 'full_attention'];
      const groups = randomGroups(8, shape, config.vocab_size);
      const results = [];
      for (const keepAttention of [true, false]) {
        const policy = await GpuPolicy.create(gpu, config, randomWeights(config, 8), {
          limits: { keepAttention },
        });
        const { loss, tokens } = await policy.accumulate(groups, objective);
        const bytes = policy.buffers.peakBytes;
        results.push({ bytes, found: { loss, tokens, gradients: await policy.readGradients() } });
        await policy.dispose();
      }
      expect(results[0].found).toEqual(results[1].found);
      expect(results[0].bytes).toBeGreaterThan(results[1].bytes);
    },
  );

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

  it.each(['gspo', 'geo_mean', 'cispo', 'sapo'] as const)(
    'policy loss %s has the gradients of the reference, with answers across chunks of the head and masked tokens',
    async (lossMode) => {
      const config = smallConfig({ num_hidden_layers: 1, max_position_embeddings: 512 });
      const groups = randomGroups(
        12,
        [
          { prefix: 4, answers: [300, 7, 260] },
          { prefix: 9, answers: [3, 90] },
        ],
        config.vocab_size,
      );
      for (const { answers } of groups) {
        for (const answer of answers) {
          const { length } = answer.tokens;
          answer.weights = new Float32Array(length).fill(1 / (length * 5));
          if (length === 90) answer.policyMask = Uint8Array.from({ length }, (_, t) => t % 3);
        }
      }
      const weights = randomWeights(config, 12);
      // The policy loss alone, so that no other term can hide its gradient.
      const options: ObjectiveOptions = {
        ...objective,
        ...{ lossMode, clipRatioLow: 0.5, clipRatioHigh: 0.6, klCoef: 0, entropyCoef: 0 },
      };
      const policy = await GpuPolicy.create(gpu, config, weights);
      const { loss } = await policy.accumulate(groups, options);
      const gradients = await policy.readGradients();
      const reference = referenceLoss(config, wide(weights), groups, options);
      expect(Math.hypot(...reference.gradients['model.norm.weight'])).toBeGreaterThan(1e-3);
      expect(Math.abs(loss - reference.loss) / Math.abs(reference.loss)).toBeLessThan(1e-4);
      for (const [name, expected] of Object.entries(reference.gradients))
        expect(relativeError(gradients[name], expected), name).toBeLessThan(2e-4);
      await policy.dispose();
    },
  );

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

  describe.each(policyVariants)('in chunks of rows, %s', (_, changes) => {
    const config = smallConfig({ ...changes, max_position_embeddings: 256 });
    const weights = randomWeights(config, 6);
    // 64 rows end inside a prefix, 128 inside an answer, 192 inside the next prefix.
    const groups = randomGroups(
      6,
      [
        { prefix: 90, answers: [1, 30, 45] },
        { prefix: 60, answers: [20] },
      ],
      config.vocab_size,
    );
    const run = async (chunkRows: number) => {
      const policy = await GpuPolicy.create(gpu, config, weights, { limits: { chunkRows } });
      const { loss, tokens } = await policy.accumulate(groups, objective);
      const evaluated = await policy.evaluate(groups, objective.temperature);
      const gradients = await policy.readGradients();
      await policy.dispose();
      return { loss, tokens, evaluated, gradients };
    };

    it('results of rows equal those of the whole batch to the bit, sums over rows to 1e-6', async () => {
      const [whole, chunked] = [await run(2048), await run(64)];
      expect(chunked.loss).toBe(whole.loss);
      expect(chunked.tokens).toEqual(whole.tokens);
      expect(chunked.evaluated).toEqual(whole.tokens);
      for (const name of Object.keys(whole.gradients)) {
        const [a, b] = [chunked.gradients[name], whole.gradients[name]];
        if (/[qkv]_proj|mlp\./.test(name)) expect(relativeError(a, b), name).toBeLessThan(1e-6);
        else expect(a, name).toEqual(b);
      }
    });

    it('every gradient equals the float64 reference', async () => {
      const { gradients } = await run(64);
      const reference = referenceLoss(config, wide(weights), groups, objective);
      for (const [name, expected] of Object.entries(reference.gradients))
        expect(relativeError(gradients[name], expected), name).toBeLessThan(1e-4);
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
