import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gpu, openGpu, Queue } from '../../src/gpu';
import {
  attentionForward,
  attentionKernels,
  attentionWeights,
  attentionWeightsKernels,
  buildAttentionTiles,
  layoutGroups,
  uploadAttentionTiles,
} from '../../src/kernels/attention';
import { attentionWeightsReference } from '../../src/kernels/attention/attention.reference';
import { type AttentionShape, qkvRowFloats } from '../../src/kernels/shared/attention-shape';
import { GpuPolicy } from '../../src/policy/gpu-policy';
import { runReference } from '../../src/policy/reference';
import type { PolicyConfig } from '../../src/policy/types';
import { layerWindow } from '../../src/policy/windows';
import { outputBuffer, randomFloats, readOutput, relativeError, useRig } from '../support/gpu';
import { randomGroups, randomWeights, smallConfig } from '../support/policy';
import { uploadQkv } from '../support/qkv';

const shapeOf = (heads: number, kvHeads: number, headDim: number): AttentionShape => ({
  heads,
  kvHeads,
  headDim,
});
const sum = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + value, 0);

describe('the attention that keys get', () => {
  const rig = useRig(
    [4, 12, 32].flatMap((dim) => [...attentionKernels(dim), ...attentionWeightsKernels(dim)]),
  );

  async function received(
    rows: number,
    queries: { begin: number; end: number },
    shape: AttentionShape,
    window: number | null,
    queue: Queue = rig().queue,
  ) {
    const { buffers } = rig();
    const segments = layoutGroups([{ prefix: rows, suffixes: [] }]);
    const qkv = randomFloats(rows * qkvRowFloats(shape), 11, 2);
    const gpuQkv = uploadQkv(buffers, qkv, shape);
    const o = outputBuffer(rig(), 'o', rows * shape.heads * shape.headDim);
    const ld = outputBuffer(rig(), 'ld', rows * shape.heads * 2);
    const weights = outputBuffer(rig(), 'weights', queries.end);
    const work = uploadAttentionTiles(buffers, buildAttentionTiles(segments, shape, window));
    attentionForward(queue, gpuQkv, o, ld, work, shape);
    attentionWeights(queue, gpuQkv, ld, weights, queries, shape, window);
    await queue.idle();
    const limit = window ?? Number.POSITIVE_INFINITY;
    return {
      weights: await readOutput(rig(), weights, queries.end),
      expected: attentionWeightsReference(qkv, rows, segments, queries, shape, limit),
    };
  }

  it.each<[string, number, [number, number], AttentionShape, number | null]>([
    ['one row that sees itself', 1, [0, 1], shapeOf(1, 1, 12), null],
    ['the last row, GQA 4/2', 150, [149, 150], shapeOf(4, 2, 32), null],
    ['rows in the middle, GQA 4/1', 90, [40, 61], shapeOf(4, 1, 4), null],
    ['more rows than a block, keys among them', 200, [20, 200], shapeOf(6, 2, 12), null],
    ['a window', 130, [50, 130], shapeOf(4, 2, 12), 17],
  ])(
    'equals the float64 reference and is 1 a row and head: %s',
    async (_, rows, [begin, end], shape, window) => {
      const { weights, expected } = await received(rows, { begin, end }, shape, window);
      expect(relativeError(weights, expected.subarray(0, end))).toBeLessThan(3e-6);
      expect(Math.abs(sum(weights) / ((end - begin) * shape.heads) - 1)).toBeLessThan(1e-5);
      // What no row sees has nothing.
      expect(expected.subarray(end).every((value) => value === 0)).toBe(true);
    },
  );

  it('does not depend on how the work is cut', async () => {
    const shape = shapeOf(4, 2, 12);
    const [rows, queries] = [300, { begin: 70, end: 300 }];
    const whole = await received(rows, queries, shape, 120);
    for (const [fixedFlops, atLeast] of [
      [1e3, 20],
      [4e6, 3],
    ]) {
      const queue = new Queue(rig().gpu, rig().kernels, { fixedFlops });
      const cut = await received(rows, queries, shape, 120, queue);
      expect(queue.dispatches).toBeGreaterThanOrEqual(atLeast);
      expect(cut.weights).toEqual(whole.weights);
      queue.dispose();
    }
  });
});

describe("an answer's attention over its prompt", () => {
  let gpu: Gpu;
  beforeAll(async () => {
    gpu = await openGpu(navigator.gpu, { defaultsOnly: true });
  });
  afterAll(() => gpu.close());

  const variants: [string, Partial<PolicyConfig>][] = [
    ['Canon layers', {}],
    ['a windowed layer', { sliding_window: 6, layer_types: ['full_attention', 'sliding_attention'] }],
  ];
  it.each(variants)(
    'equals the float64 decoder in every layer, for each token and all of them: %s',
    async (_, changes) => {
      const config = smallConfig(changes);
      const weights = randomWeights(config, 4);
      const [{ promptTokens, answers }] = randomGroups(4, [{ prefix: 23, answers: [5] }], config.vocab_size);
      const answerTokens = answers[0].tokens;
      const policy = await GpuPolicy.create(gpu, config, weights);
      const wide = Object.fromEntries(
        Object.entries(weights).map(([name, value]) => [name, Float64Array.from(value)]),
      );
      const sequence = [...promptTokens, ...answerTokens.subarray(0, -1)];
      const run = runReference(config, wide, sequence);
      const segments = layoutGroups([{ prefix: sequence.length, suffixes: [] }]);
      const shape = shapeOf(4, 2, 8);
      for (let layer = 0; layer < config.num_hidden_layers; layer++) {
        const window = layerWindow(config, layer) ?? Number.POSITIVE_INFINITY;
        for (const [begin, end] of [
          [0, 5],
          [0, 1],
          [2, 3],
          [4, 5],
        ]) {
          const shares = await policy.attention({
            promptTokens,
            answerTokens,
            layer,
            tokens: { begin, end },
          });
          const queries = { begin: 22 + begin, end: 22 + end };
          const expected = attentionWeightsReference(
            run.qkv[layer],
            27,
            segments,
            queries,
            shape,
            window,
          ).map((value) => value / (shape.heads * (end - begin)));
          expect(shares.layer).toBe(layer);
          expect(relativeError(shares.prompt, expected.subarray(0, 23))).toBeLessThan(2e-5);
          expect(Math.abs(shares.own - sum(expected.subarray(23)))).toBeLessThan(1e-5);
          expect(Math.abs(sum(shares.prompt) + shares.own - 1)).toBeLessThan(1e-5);
        }
      }
      // The row that predicts the first token stands in the prompt.
      const first = await policy.attention({
        promptTokens,
        answerTokens,
        layer: 0,
        tokens: { begin: 0, end: 1 },
      });
      expect(first.own).toBe(0);
      await expect(policy.attention({ promptTokens, answerTokens, layer: 2 })).rejects.toThrow(/layer/);
      await expect(
        policy.attention({ promptTokens, answerTokens, layer: 0, tokens: { begin: 3, end: 6 } }),
      ).rejects.toThrow(/token/);
      await policy.dispose();
    },
  );
});
