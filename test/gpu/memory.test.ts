import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CodedError } from '../../src/errors';
import { type Gpu, openGpu } from '../../src/gpu';
import { defaultPacked } from '../../src/kernels/linear/packed';
import { GpuPolicy } from '../../src/policy/gpu-policy';
import { parameterLayout } from '../../src/policy/layout';
import { defaultLimits } from '../../src/policy/limits';
import { type BatchShape, fitLimits, type MemoryPlan, planMemory } from '../../src/policy/plan';
import { makeConfig } from '../../src/run/config';
import type { MemoryRefusal } from '../../src/run/memory-ways';
import { Session } from '../../src/run/session';
import { generateDocument } from '../../src/tasks/documents';
import { randomGroups, randomWeights, smallConfig } from '../support/policy';
import { shippedTokenizerFiles } from '../support/texts';

const shapes: [string, BatchShape, { chunkRows: number; layers: number }][] = [
  [
    'several groups in a batch',
    {
      promptTokens: 200,
      responseTokens: 16,
      groupSize: 4,
      mostAnswers: 4,
      rolloutPrompts: 4,
      trainPrompts: 4,
      miniBatch: 2,
      reference: false,
      packedWeights: false,
      reusePrefix: true,
      keepAttention: true,
    },
    { chunkRows: 128, layers: 2 },
  ],
  [
    'one long group',
    {
      promptTokens: 900,
      responseTokens: 8,
      groupSize: 2,
      mostAnswers: 2,
      rolloutPrompts: 1,
      trainPrompts: 1,
      miniBatch: 1,
      reference: true,
      packedWeights: true,
      reusePrefix: true,
      keepAttention: true,
    },
    { chunkRows: 256, layers: 3 },
  ],
  [
    'answers longer than prompts',
    {
      promptTokens: 24,
      responseTokens: 48,
      groupSize: 8,
      mostAnswers: 8,
      rolloutPrompts: 6,
      trainPrompts: 2,
      miniBatch: 1,
      reference: false,
      packedWeights: false,
      reusePrefix: true,
      keepAttention: true,
    },
    { chunkRows: 2048, layers: 1 },
  ],
];
const objective = {
  kind: 'policy' as const,
  temperature: 1,
  clipRatioLow: 0.2,
  clipRatioHigh: 0.2,
  clipRatioC: 0,
  klCoef: 0,
  klType: 'k3' as const,
  entropyCoef: 0,
};
const optimizer = {
  learningRate: 1e-3,
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  weightDecay: 0,
  maxGradNorm: 1,
};
const sampling = { temperature: 1, top_k: 0, top_p: 1, greedy: false };

/** Bytes of the plan that `Buffers` counts; what the queue counts apart is the rest. */
function stored(plan: MemoryPlan): number {
  return plan.items.reduce((sum, { part, bytes }) => (part === 'read-back' ? sum : sum + bytes), 0);
}

describe('memory on the GPU', () => {
  let gpu: Gpu;
  beforeAll(async () => {
    gpu = await openGpu(navigator.gpu, { defaultsOnly: true });
  });
  afterAll(() => gpu.close());

  /** A rollout, an evaluation, the updates and a checkpoint with answers and prompts of full length. */
  async function step(policy: GpuPolicy, shape: BatchShape, rolloutFirst: boolean, measure: boolean) {
    const { promptTokens: prefix, responseTokens, groupSize } = shape;
    const answers = Array.from({ length: groupSize }, () => responseTokens);
    const groups = (count: number) =>
      randomGroups(
        2,
        Array.from({ length: count }, () => ({ prefix, answers })),
        policy.config.vocab_size,
      );
    const rollout = () =>
      policy.rollout(
        groups(shape.rolloutPrompts).map(({ promptTokens }, promptIndex) => ({
          promptTokens,
          groupSize,
          seed: 1,
          step: 1,
          promptIndex,
        })),
        { ...sampling, maxNewTokens: responseTokens },
        'current',
        measure ? { onMeasured: () => {} } : undefined,
      );
    if (shape.reference) policy.keepReference();
    if (rolloutFirst) await rollout();
    const trained = groups(shape.trainPrompts);
    for (let i = 0; i < trained.length; i += shape.miniBatch)
      await policy.update(trained.slice(i, i + shape.miniBatch), objective, optimizer);
    await policy.evaluate(trained, 1);
    if (!rolloutFirst) await rollout();
    await policy.readWeights();
    await policy.readOptimizer();
  }

  async function measured([, wanted, { chunkRows, layers }]: (typeof shapes)[number], reserved: boolean) {
    // What is measured with a rollout is as long as its answers, and a short batch must not come first without a plan.
    const shape = { ...wanted, reusePrefix: reserved };
    const config = smallConfig({ num_hidden_layers: layers, max_position_embeddings: 1024 });
    const given = { ...defaultLimits, chunkRows };
    // Without a plan of its own the policy cuts batches by the limits it is given.
    const limits = reserved ? given : fitLimits(config, given, shape);
    const policy = await GpuPolicy.create(gpu, config, randomWeights(config, 1), {
      limits,
      packed: shape.packedWeights ? defaultPacked : undefined,
    });
    const plan = reserved ? policy.reserve(shape) : planMemory(config, shape, limits);
    // Without a plan a buffer that grows gets half as much again: the longest batch comes first.
    await step(policy, shape, plan.limits.maxPromptRows > plan.limits.maxRows, reserved);
    const peaks = { buffers: policy.buffers.peakBytes, queue: policy.queue.peakBytes };
    await policy.dispose();
    expect([policy.buffers.liveBytes, policy.queue.liveBytes]).toEqual([0, 0]);
    return { plan, ...peaks };
  }

  describe.each(shapes)('%s', (...shape) => {
    it('a reserved plan is what a step takes, to the byte', async () => {
      const { plan, buffers, queue } = await measured(shape, true);
      expect(buffers).toBe(stored(plan));
      expect(Math.abs(buffers + queue - plan.bytes) / plan.bytes).toBeLessThan(0.05);
    });

    it('the plan is what a step takes that allocates as it goes, to 5 percent', async () => {
      const { plan, buffers, queue } = await measured(shape, false);
      expect(Math.abs(buffers - stored(plan)) / stored(plan)).toBeLessThan(0.05);
      expect(Math.abs(buffers + queue - plan.bytes) / plan.bytes).toBeLessThan(0.05);
    });
  });

  describe('a session', () => {
    const policyConfig = smallConfig({
      vocab_size: 2048,
      hidden_size: 16,
      intermediate_size: 16,
      num_hidden_layers: 1,
      num_attention_heads: 2,
      num_key_value_heads: 1,
      max_position_embeddings: 512,
    });
    const config = makeConfig('micro', {
      seed: 3,
      window_tokens: 48,
      max_prompt_length: 160,
      max_response_length: 8,
      'overlong_buffer.len': 8,
      group_size: 4,
      train_batch_size: 4,
      gen_batch_size: 4,
      mini_batch_size: 2,
      'filter_groups.metric': 'score',
      'filter_groups.max_num_gen_batches': 1,
      'eval.questions': 4,
    });
    const weights = randomWeights(policyConfig, 2);
    const checkpoint = {
      config: policyConfig,
      weights: Object.fromEntries(
        parameterLayout(policyConfig).tensors.map(({ name, shape }) => [
          name,
          { shape, data: weights[name] },
        ]),
      ),
      optimizer: null,
      tokenizerFiles: shippedTokenizerFiles(),
      sampling: { ...sampling, maxNewTokens: 8 },
      trainerState: { global_step: 0, next_item: 0, optimizer_updates: 0, seed: 3 },
    };
    const document = generateDocument({ seed: 5, characters: 4000 });

    it('takes what its plan says, evaluation and checkpoint included', async () => {
      const session = await Session.open({ config, document, checkpoint, gpu });
      for (let i = 0; i < 3; i++) await session.step();
      await session.evaluate();
      await session.checkpoint();
      const { buffers, queue } = session.policy;
      expect(buffers.peakBytes).toBe(stored(session.memory));
      expect(Math.abs(buffers.peakBytes + queue.peakBytes - session.memory.bytes)).toBeLessThan(
        0.05 * session.memory.bytes,
      );
      await session.dispose();
    });

    it('above its budget is refused before anything is allocated', async () => {
      const created = vi.spyOn(gpu.device, 'createBuffer');
      const large = { ...config, max_prompt_length: 131_072, 'memory.budget_mb': 64 };
      const far = { ...checkpoint, config: { ...checkpoint.config, max_position_embeddings: 2 ** 20 } };
      await expect(Session.open({ config: large, document, checkpoint: far, gpu })).rejects.toMatchObject({
        code: 'config.memory',
        message: expect.stringMatching(/needs \d+ MiB on the GPU .* the budget is 64 MiB/),
        advice: expect.stringContaining('max_prompt_length'),
      });
      expect(created).not.toHaveBeenCalled();
      created.mockRestore();
    });

    it('the GPU has no room for is told with smaller runs; any other error as it is', async () => {
      const session = await Session.open({ config, document, checkpoint, gpu });
      const oom = new CodedError('gpu.oom', 'Out of GPU memory while allocating k.', 'Less.');
      const refusal = session.explained(oom) as MemoryRefusal;
      expect(refusal).toMatchObject({ code: 'gpu.oom', message: oom.message });
      expect(refusal.ways.length).toBeGreaterThan(0);
      for (const { settings } of refusal.ways)
        expect(session.memoryOf({ ...config, ...settings }).bytes).toBeLessThan(session.memory.bytes);
      const lost = new CodedError('gpu.lost', 'Gone.', '');
      expect(session.explained(lost)).toBe(lost);
      await session.dispose();
    });

    it('refuses a change it has no room for and goes on as it was', async () => {
      const session = await Session.open({ config, document, checkpoint, gpu });
      expect(() =>
        session.change({ ...config, 'memory.budget_mb': 64, max_prompt_length: 1_000_000 }),
      ).toThrow(/MiB/);
      expect(session.config).toEqual(config);
      session.change({ ...config, group_size: 8 });
      // The very first group of a run comes alone; from the second step on, all come together.
      for (let i = 0; i < 2; i++) await session.step();
      expect(session.policy.buffers.liveBytes).toBe(stored(session.memory));
      await session.dispose();
    });
  });
});
