import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Buffers, type Gpu, Kernels, openGpu, Queue } from '../../src/gpu';
import { linearForwardReference } from '../../src/kernels/linear/linear.reference';
import {
  defaultPacked,
  linearPackedForward,
  type PackedVariant,
  packedBytes,
  packedKernelsWith,
  packedRunsOn,
  packedVariants,
  packWeights,
} from '../../src/kernels/linear/packed';
import { racePacked } from '../../src/kernels/linear/race-packed';
import { GpuPolicy } from '../../src/policy/gpu-policy';
import { fromHalfBits, maxHalf } from '../../src/policy/half';
import { chooseKernels } from '../../src/run/kernel-choice';
import { Session } from '../../src/run/session';
import { outputBuffer, type Rig, randomFloats, readOutput, relativeError, useRig } from '../support/gpu';
import { randomGroups, randomWeights, smallConfig } from '../support/policy';
import { measured, smallCheckpoint, smallDocument, smallRun } from '../support/session';

/** The packed weights as the GPU holds them. */
async function unpacked({ queue }: Rig, packed: Parameters<typeof packWeights>[2], count: number) {
  const words = await queue.readUints(packed, count / 2);
  return Float64Array.from({ length: count }, (_, i) =>
    fromHalfBits((words[i >> 1] >>> (16 * (i & 1))) & 0xffff),
  );
}

const full = await openGpu(navigator.gpu);
const able = packedVariants.filter((variant) => packedRunsOn(full, variant));
const isLavapipe = /llvmpipe/.test(full.adapter.description);
full.close();
const single = packedVariants.filter(({ arithmetic }) => arithmetic === 'f32');
const half = packedVariants.filter(({ arithmetic }) => arithmetic === 'f16');
/** What this adapter computes in. */
const arithmetics = [single, half].filter((variants) => variants.every((each) => able.includes(each)));
const ableHalf = half.filter((each) => able.includes(each));

describe.each(able.map((variant) => [variant.name, variant] as const))('%s', (_, variant) => {
  const inF16 = variant.arithmetic === 'f16';
  const rig = useRig((kernels) => packedKernelsWith(kernels, variant), { defaultsOnly: !inF16 });
  const within = inF16 ? 1e-3 : 1e-5;

  it.each([
    [1, 4, 4],
    [5, 36, 68],
    [33, 128, 40],
    [100, 8, 12],
  ])(
    'equals the reference with rounded weights: %i rows, %i inputs, %i outputs',
    async (rows, inputs, outputs) => {
      const { buffers, queue } = rig();
      const [before, count] = [64, inputs * outputs];
      const weights = randomFloats(before + count, 2, 3);
      const x = randomFloats(rows * inputs, 1);
      const bias = randomFloats(outputs, 3);
      const packed = buffers.storage('packed', packedBytes(before + count));
      packWeights(queue, buffers.from('weights', weights), packed, before + count);
      const halves = await unpacked(rig(), packed, before + count);
      // Half of the last of eleven bits, or one where a driver rounds towards zero.
      halves.forEach((value, i) => {
        expect(Math.abs(value - weights[i])).toBeLessThanOrEqual(Math.abs(weights[i]) * 2 ** -10 + 2 ** -24);
      });
      const expected = linearForwardReference(x, halves.subarray(before), bias, { rows, inputs, outputs });
      const y = outputBuffer(rig(), 'y', rows * outputs);
      const slices = [buffers.from('x', x), packed, before, buffers.from('bias', bias), y] as const;
      linearPackedForward(queue, ...slices, { rows, inputs, outputs });
      const once = await readOutput(rig(), y, rows * outputs);
      expect(relativeError(once, expected)).toBeLessThan(within);
      linearPackedForward(queue, ...slices, { rows, inputs, outputs, accumulate: true });
      const twice = await readOutput(rig(), y, rows * outputs);
      expect(
        relativeError(
          twice,
          expected.map((value) => 2 * value),
        ),
      ).toBeLessThan(within);
    },
  );

  it('weights beyond the range of 16 bits become its ends, and no infinity', async () => {
    const { buffers, queue } = rig();
    const packed = buffers.storage('packed', 16);
    packWeights(queue, buffers.from('weights', Float32Array.of(1e6, -1e38, 65504, 0)), packed, 4);
    expect([...(await unpacked(rig(), packed, 4))]).toEqual([maxHalf, -maxHalf, maxHalf, 0]);
  });
});

it('f16 products are tested where the driver is known to have them', () => {
  if (isLavapipe) expect(ableHalf).toEqual(half);
  expect(arithmetics[0]).toEqual(single);
});

it.each(ableHalf)('$name clamps its inputs and stays finite', async (variant) => {
  const gpu = await openGpu(navigator.gpu);
  const kernels = new Kernels(gpu);
  await kernels.prepare(packedKernelsWith(kernels, variant));
  const [buffers, queue] = [new Buffers(gpu), new Queue(gpu, kernels)];
  const [packed, y] = [buffers.storage('packed', 32), buffers.storage('y', 16)];
  const weights = Float32Array.from({ length: 16 }, (_, i) => (i % 4 === 0 ? 0.5 : 0));
  packWeights(queue, buffers.from('weights', weights), packed, 16);
  const x = buffers.from('x', Float32Array.of(1e9, 0, 0, 0));
  linearPackedForward(queue, x, packed, 0, null, y, { rows: 1, inputs: 4, outputs: 4 });
  expect([...(await queue.readFloats(y, 4))]).toEqual([32752, 32752, 32752, 32752]);
  gpu.close();
});

describe('16-bit weights in decoding', () => {
  let gpu: Gpu;
  beforeAll(async () => {
    gpu = await openGpu(navigator.gpu, { defaultsOnly: true });
  });
  afterAll(() => gpu.close());

  it('a variant with wrong numbers is disqualified, however fast', async () => {
    const [right] = packedVariants;
    const code = right.kernel.code.replace('fma(vec4f(x.w), w[3],', 'fma(vec4f(x.w), w[2],');
    expect(code).not.toBe(right.kernel.code);
    const wrong: PackedVariant = { ...right, name: 'wrong', kernel: { ...right.kernel, code } };
    const { name, results } = await racePacked(gpu, {
      capMs: 60_000,
      variants: [wrong, right],
      size: [4, 16, 16],
    });
    expect(name).toBe(right.name);
    expect(results.map(({ outcome }) => outcome)).toEqual(['wrong', 'timed']);
    await expect(
      racePacked(gpu, { capMs: 60_000, variants: [wrong], size: [4, 16, 16] }),
    ).rejects.toMatchObject({
      code: 'gpu.wrong_numbers',
    });
  });

  it('a run that asks for them has a variant in its choice, others have none, and what was written stays', async () => {
    const written = { linear: (await chooseKernels(gpu, { written: {} })).kernels.linear };
    const { kernels } = await chooseKernels(gpu, { written, packed: true });
    expect(packedVariants.map(({ name }) => name)).toContain(kernels.packed);
    for (const { name } of single) {
      const again = await chooseKernels(gpu, { written: { ...written, packed: name }, packed: true });
      expect(again.kernels.packed).toBe(name);
      expect(again.notices).toEqual([]);
    }
    expect(
      (await chooseKernels(gpu, { written: { ...written, packed: defaultPacked } })).kernels.packed,
    ).toBe(undefined);
  });

  it('without shader-f16 nothing computes in f16: no race holds it, and a run that did so elsewhere is told', async () => {
    expect(gpu.device.features.has('shader-f16')).toBe(false);
    const { results } = await racePacked(gpu, { capMs: 60_000, size: [4, 16, 16] });
    expect(results.map(({ name }) => name)).toEqual(single.map(({ name }) => name));
    const written = {
      linear: (await chooseKernels(gpu, { written: {} })).kernels.linear,
      packed: half[0].name,
    };
    const { kernels, notices } = await chooseKernels(gpu, { written, packed: true });
    expect(single.map(({ name }) => name)).toContain(kernels.packed);
    expect(notices).toMatchObject([{ code: 'kernels.variant' }]);
    expect(notices[0].message).toContain(half[0].name);
  });

  it.each(ableHalf.slice(0, 1))(
    'with shader-f16 the race holds both arithmetics, each behind its gate: $name',
    async (one) => {
      const able = await openGpu(navigator.gpu);
      const code = one.kernel.code.replace('w[3], fma', 'w[2], fma');
      expect(code).not.toBe(one.kernel.code);
      const wrong: PackedVariant = { ...one, name: 'wrong', kernel: { ...one.kernel, code } };
      const { results } = await racePacked(able, {
        capMs: 60_000,
        variants: [wrong, single[0], one],
        size: [4, 16, 16],
      });
      expect(results.map(({ name, outcome }) => [name, outcome])).toEqual([
        ['wrong', 'wrong'],
        [single[0].name, 'timed'],
        [one.name, 'timed'],
      ]);
      // What f16 products give is no f32 result.
      const strict = await racePacked(able, {
        capMs: 60_000,
        variants: [single[0], { ...one, arithmetic: 'f32' }],
        size: [4, 16, 16],
      });
      expect(strict.results[1]).toMatchObject({ outcome: 'wrong' });
      const written = {
        linear: (await chooseKernels(able, { written: {} })).kernels.linear,
        packed: one.name,
      };
      const { kernels, notices } = await chooseKernels(able, { written, packed: true });
      expect([kernels.packed, notices]).toEqual([one.name, []]);
      able.close();
    },
  );

  it.each(arithmetics.map((variants) => [variants[0].arithmetic, variants] as const))(
    '%s products change the sampler by rounding, and no variant of theirs by a bit; log-probs of training stay',
    async (_, variants) => {
      const gpu = await openGpu(navigator.gpu, { defaultsOnly: variants === single });
      const config = smallConfig();
      const weights = randomWeights(config, 4);
      const groups = randomGroups(3, [{ prefix: 90, answers: [] }], 64);
      const requests = [
        { promptTokens: groups[0].promptTokens, groupSize: 4, seed: 11, step: 2, promptIndex: 0 },
      ];
      const sampling = { temperature: 1, top_k: 0, top_p: 1, maxNewTokens: 8, greedy: false };
      const results = [];
      for (const { name: packed } of variants) {
        const policy = await GpuPolicy.create(gpu, config, weights, { packed });
        const [answers] = await policy.rollout(requests, sampling, 'current', { onMeasured: () => {} });
        const [evaluated] = await policy.evaluate(
          [
            {
              ...requests[0],
              answers: answers.map(({ tokens, logprobs }) => ({
                tokens,
                oldLogprobs: logprobs,
                advantage: 0,
                weights: logprobs,
              })),
            },
          ],
          1,
        );
        await policy.dispose();
        results.push(answers);
        let largest = 0;
        answers.forEach(({ logprobs, evaluated: behind }, i) => {
          expect(behind?.logprobs).toEqual(evaluated[i].logprobs);
          logprobs.forEach((value, t) => {
            largest = Math.max(largest, Math.abs(value - evaluated[i].logprobs[t]));
          });
        });
        expect(largest).toBeGreaterThan(1e-5);
        expect(largest).toBeLessThan(2e-2);
      }
      for (const answers of results) expect(answers).toEqual(results[0]);
      gpu.close();
    },
  );

  it('a run with them is repeatable, takes what its plan says, and measures its old log-probs', async () => {
    const run = async () => {
      const config = { ...smallRun, 'rollout.weights': 'f16', old_log_prob: 'sampled' } as const;
      const session = await Session.open({
        config,
        document: smallDocument,
        checkpoint: smallCheckpoint(),
        gpu,
      });
      const records = [];
      for (let i = 0; i < 5; i++) records.push(await session.step());
      const { weights } = await session.checkpoint();
      const taken = session.policy.buffers.peakBytes + session.policy.queue.peakBytes;
      expect(Math.abs(taken / session.memory.bytes - 1)).toBeLessThan(0.05);
      expect(session.kernels.packed).toBe(defaultPacked);
      await session.dispose();
      return { metrics: records.map(({ metrics }) => measured(metrics)), weights };
    };
    const [a, b] = [await run(), await run()];
    expect(b.metrics).toEqual(a.metrics);
    for (const [name, { data }] of Object.entries(a.weights))
      expect(b.weights[name].data, name).toEqual(data);
    expect(a.metrics.some((metrics) => metrics['rollout/logprob_mismatch_max'] > 1e-5)).toBe(true);
  });
});
