/**
 * @file The exported policy in ONNX Runtime against the float64 reference: an oracle that shares no code with the engine.
 */
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NodeStore } from '../../src/cli/node-store';
import type { Tensor } from '../../src/policy/safetensors';
import type { PolicyConfig } from '../../src/policy/types';
import { loadCheckpoint } from '../../src/run/checkpoint';
import { OnnxDecoder } from '../../src/run/onnx/decoder';
import { policyToOnnx } from '../../src/run/onnx/policy-graph';
import { openOnnx } from '../../src/run/onnx/runtime';
import { loadTokenizer } from '../../src/run/tokenizer-files';
import { Random } from '../../src/tasks/random';
import { largestDifference, openExported, referenceLogits, shapedWeights } from '../support/onnx';
import { randomGroups, smallConfig } from '../support/policy';
import { LEGAL_TEXT } from '../support/texts';

const variants: [string, Partial<PolicyConfig>][] = [
  ['Canon layers, tied head, two query heads a key head', {}],
  [
    'biases, untied head, no Canon layers, one key head',
    { attention_bias: true, tie_word_embeddings: false, canon_kernel: 0, num_key_value_heads: 1 },
  ],
  [
    'as many key heads as heads, biases, untied head, Canon layers',
    { num_key_value_heads: 4, attention_bias: true, tie_word_embeddings: false },
  ],
];

const tokensFor = (config: PolicyConfig, count: number, seed: number) =>
  randomGroups(seed, [{ prefix: count, answers: [] }], config.vocab_size)[0].promptTokens;

const shipped = () =>
  loadCheckpoint(new NodeStore(path.resolve(import.meta.dirname, '../../public/policy')), '');

/** Logits of a prompt, and the tokens that are likeliest after it, one after the other. */
async function greedyAnswer(model: Uint8Array, prompt: Uint32Array, count: number) {
  const decoder = await OnnxDecoder.open({ model, provider: { name: 'wasm' } });
  const first = await decoder.extend(decoder.start(), [prompt]);
  const tokens: number[] = [];
  let step = first;
  while (tokens.length < count) {
    const row = step.logits.subarray(-step.vocabulary);
    tokens.push(row.indexOf(row.reduce((most, z) => Math.max(most, z))));
    step = await decoder.extend(step.state, [tokens.slice(-1)]);
  }
  await decoder.close();
  return { logits: first.logits, tokens };
}

describe('a policy exported to ONNX', () => {
  it.each(variants)('has the logits of the reference: %s', async (_, changes) => {
    const config = smallConfig(changes);
    const weights = shapedWeights(config, 3);
    const decoder = await openExported(config, weights);
    const tokens = tokensFor(config, 23, 5);
    const { logits, vocabulary } = await decoder.extend(decoder.start(), [tokens]);
    expect(vocabulary).toBe(config.vocab_size);
    const expected = referenceLogits(config, weights, tokens);
    expect(Math.max(...expected)).toBeGreaterThan(0.5);
    expect(largestDifference(logits, expected)).toBeLessThan(1e-4);
    await decoder.close();
  });

  it('has the logits of the reference in random configurations', async () => {
    const configuration = fc
      .record({
        kvHeads: fc.integer({ min: 1, max: 3 }),
        queries: fc.integer({ min: 1, max: 3 }),
        half: fc.integer({ min: 1, max: 5 }),
        intermediate_size: fc.integer({ min: 1, max: 20 }),
        vocab_size: fc.integer({ min: 8, max: 40 }),
        num_hidden_layers: fc.integer({ min: 1, max: 3 }),
        canon_kernel: fc.integer({ min: 0, max: 5 }),
        attention_bias: fc.boolean(),
        tie_word_embeddings: fc.boolean(),
        rope_theta: fc.constantFrom(500, 1e4, 1e6),
        rms_norm_eps: fc.constantFrom(1e-6, 1e-5),
      })
      .map(({ kvHeads, queries, half, ...rest }) =>
        smallConfig({
          ...rest,
          num_key_value_heads: kvHeads,
          num_attention_heads: kvHeads * queries,
          hidden_size: kvHeads * queries * half * 2,
        }),
      );
    await fc.assert(
      fc.asyncProperty(configuration, fc.integer({ min: 1, max: 30 }), async (config, length) => {
        const weights = shapedWeights(config, length);
        const decoder = await openExported(config, weights);
        const tokens = tokensFor(config, length, length);
        const { logits } = await decoder.extend(decoder.start(), [tokens]);
        await decoder.close();
        expect(largestDifference(logits, referenceLogits(config, weights, tokens))).toBeLessThan(1e-3);
      }),
      { numRuns: 12, seed: 1 },
    );
  });

  it.each(variants)('decodes step by step what it computes at once: %s', async (_, changes) => {
    const config = smallConfig(changes);
    const weights = shapedWeights(config, 4);
    const decoder = await openExported(config, weights);
    const rows = [6, 7].map((seed) => tokensFor(config, 14, seed));
    const whole = await decoder.extend(decoder.start(2), rows);
    let state = decoder.start(2);
    let done = 0;
    for (const count of [5, 1, 1, 2, 1, 1, 3]) {
      const step = await decoder.extend(
        state,
        rows.map((row) => row.subarray(done, done + count)),
      );
      const size = count * config.vocab_size;
      for (const row of [0, 1]) {
        const at = (row * 14 + done) * config.vocab_size;
        const part = step.logits.subarray(row * size, (row + 1) * size);
        expect(largestDifference(part, whole.logits.subarray(at, at + size))).toBeLessThan(1e-4);
      }
      state = step.state;
      done += count;
    }
    expect([done, state.length]).toEqual([14, 14]);
    const size = 14 * config.vocab_size;
    for (const [row, tokens] of rows.entries()) {
      const part = whole.logits.subarray(row * size, (row + 1) * size);
      expect(largestDifference(part, referenceLogits(config, weights, tokens))).toBeLessThan(1e-4);
    }
    await decoder.close();
  });

  it('continues one state in several ways', async () => {
    const config = smallConfig();
    const weights = shapedWeights(config, 9);
    const decoder = await openExported(config, weights);
    const prompt = [5, 6, 7, 8];
    const { state } = await decoder.extend(decoder.start(), [prompt]);
    for (const more of [[9, 10], [11], [9, 10]]) {
      const { logits } = await decoder.extend(state, [more]);
      const expected = referenceLogits(config, weights, [...prompt, ...more]);
      expect(largestDifference(logits, expected.subarray(4 * config.vocab_size))).toBeLessThan(1e-4);
    }
    await decoder.close();
  });

  it('ignores padding on the left', async () => {
    const config = smallConfig();
    const weights = shapedWeights(config, 2);
    const { ort, session } = await openOnnx({
      model: policyToOnnx(config, weights),
      provider: { name: 'wasm' },
    });
    const tokens = [...tokensFor(config, 6, 1)];
    const whole = (values: number[]) =>
      new ort.Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);
    const past = session.inputMetadata
      .filter((input) => input.isTensor && input.name.startsWith('past'))
      .map((input) => {
        const sizes = input.isTensor
          ? input.shape.map((size, i) => (typeof size === 'number' ? size : i === 0 ? 1 : 0))
          : [];
        const zeros = new Float32Array(sizes.reduce((a, b) => a * b, 1));
        return [input.name, new ort.Tensor('float32', zeros, sizes)];
      });
    const { logits } = await session.run({
      ...Object.fromEntries(past),
      input_ids: whole([9, 9, 9, ...tokens]),
      attention_mask: whole([0, 0, 0, ...tokens.map(() => 1)]),
      position_ids: whole([0, 0, 0, ...tokens.keys()]),
    });
    const data = (await logits.getData()) as Float32Array;
    const kept = data.subarray(3 * config.vocab_size);
    expect(largestDifference(kept, referenceLogits(config, weights, tokens))).toBeLessThan(1e-4);
    await session.release();
  });

  it('the shipped policy has the logits of the reference to 1e-3', async () => {
    const { config, weights } = await shipped();
    const decoder = await openExported(config, weights);
    const tokens = tokensFor(config, 48, 8);
    const { logits } = await decoder.extend(decoder.start(), [tokens]);
    expect(largestDifference(logits, referenceLogits(config, weights, tokens))).toBeLessThan(1e-3);
    await decoder.close();
  });

  it('is the same file for the same weights, with the tied embedding in it once', async () => {
    const { config, weights } = await shipped();
    const model = policyToOnnx(config, weights);
    expect(Buffer.compare(model, policyToOnnx(config, weights))).toBe(0);
    const parameters = Object.values(weights).reduce((sum, { data }) => sum + data.length, 0);
    const table = 2 * config.max_position_embeddings * (config.hidden_size / config.num_attention_heads / 2);
    expect(model.length / 4).toBeLessThan((parameters + table) * 1.02);
  });

  it('stores halves in half the size: logits within .06, .005 on average, and the same greedy answer to a real prompt', async () => {
    const checkpoint = await shipped();
    const { config } = checkpoint;
    const tokenizer = loadTokenizer(checkpoint);
    // The shipped weights are halves already; training leaves none.
    const random = new Random(3);
    const moved = ({ shape, data }: Tensor) => ({
      shape,
      data: data.map((w) => w * (1 + random.float() / 100)),
    });
    const weights = Object.fromEntries(
      Object.entries(checkpoint.weights).map(([name, tensor]) => [name, moved(tensor)]),
    );
    const [whole, halves] = (['float32', 'float16'] as const).map((stored) =>
      policyToOnnx(config, weights, stored),
    );
    expect(halves.length / whole.length).toBeCloseTo(0.5, 2);
    const { ids } = tokenizer.buildPrompt(LEGAL_TEXT.slice(0, 700), 'Who uses these terms?');
    expect(ids.length).toBeGreaterThan(200);
    const [a, b] = await Promise.all([whole, halves].map((model) => greedyAnswer(model, ids, 20)));
    expect(b.tokens).toEqual(a.tokens);
    expect(largestDifference(a.logits, b.logits)).toBeLessThan(0.06);
    const squares = a.logits.reduce((sum, z, i) => sum + (z - b.logits[i]) ** 2, 0);
    expect(Math.sqrt(squares / a.logits.length)).toBeLessThan(0.005);
    expect(squares).toBeGreaterThan(0);
  });

  it('refuses to store a weight that no half holds', () => {
    const config = smallConfig();
    const weights = shapedWeights(config, 1);
    weights['model.norm.weight'].data[0] = 7e4;
    expect(() => policyToOnnx(config, weights, 'float16')).toThrow('F16 ends at 65504');
    expect(policyToOnnx(config, weights).length).toBeGreaterThan(0);
  });

  it.each([
    ['a damaged file', (model: Uint8Array) => model.fill(255, 20, 400)],
    ['half a file', (model: Uint8Array) => model.subarray(0, model.length / 2)],
    ['no bytes', () => new Uint8Array()],
  ])('%s is refused with a way on', async (_, damage) => {
    const config = smallConfig();
    const model = damage(policyToOnnx(config, shapedWeights(config, 1)));
    await expect(openOnnx({ model, provider: { name: 'wasm' } })).rejects.toMatchObject({
      code: 'onnx.model',
    });
  });

  it('weights that do not fit their configuration are refused', () => {
    const config = smallConfig();
    const { 'model.norm.weight': _, ...rest } = shapedWeights(config, 1);
    expect(() => policyToOnnx(config, rest)).toThrow('model.norm.weight');
  });
});
