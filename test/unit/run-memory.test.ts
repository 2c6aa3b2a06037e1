import { describe, expect, it } from 'vitest';
import { CodedError } from '../../src/errors';
import { defaultLimits } from '../../src/policy/limits';
import { type BatchShape, fitLimits, planMemory } from '../../src/policy/plan';
import type { PolicyConfig } from '../../src/policy/types';
import { makeConfig, parseSetting, type RunConfig, type SettingKey } from '../../src/run/config';
import { checkMemory, checkTwinMemory, planRun, refusedByGpu } from '../../src/run/memory';
import { MemoryRefusal } from '../../src/run/memory-ways';
import { parseStages } from '../../src/run/stages-text';
import { smallConfig } from '../support/policy';

const mebibyte = 2 ** 20;
const long = 61_440;

function policy(d: number, layers: number, keyHeads = d / 128): PolicyConfig {
  return smallConfig({
    vocab_size: 4096,
    hidden_size: d,
    intermediate_size: 4 * d,
    num_hidden_layers: layers,
    num_attention_heads: d / 32,
    num_key_value_heads: keyHeads,
    max_position_embeddings: 65_536,
  });
}

function shape(changes: Partial<BatchShape> = {}): BatchShape {
  return {
    promptTokens: long,
    responseTokens: 256,
    groupSize: 8,
    mostAnswers: 8,
    rolloutPrompts: 16,
    trainPrompts: 16,
    miniBatch: 4,
    reference: false,
    packedWeights: false,
    reusePrefix: true,
    keepAttention: true,
    ...changes,
  };
}

const room = { budgetBytes: 4096 * mebibyte, bindingBytes: 128 * mebibyte };
const config = makeConfig('micro', { max_prompt_length: 32_768, max_response_length: 256 });

describe('the memory plan', () => {
  it('is linear in the length of the prompt', () => {
    const bytes = [1, 2, 3, 6].map(
      (k) => planMemory(policy(256, 6), shape({ promptTokens: k * 10_240 }), defaultLimits).bytes,
    );
    // The first length still shares a batch; from the second on, a group comes alone.
    const slope = bytes[2] - bytes[1];
    expect(Math.abs(bytes[3] - bytes[2] - 3 * slope) / bytes[3]).toBeLessThan(0.001);
  });

  it('holds nothing as wide as the MLP or the vocabulary for every token', () => {
    const wide = policy(128, 4);
    const plan = planMemory(wide, shape(), defaultLimits);
    const rows = plan.limits.maxRows;
    expect(rows).toBeGreaterThan(long);
    expect(plan.longest.bytes).toBeLessThan(rows * 4 * wide.hidden_size * 4);
    // Twice as wide an MLP and vocabulary cost the same with every prompt.
    const wider = { ...wide, intermediate_size: 2 * wide.intermediate_size, vocab_size: 2 * wide.vocab_size };
    const growth = (each: PolicyConfig) =>
      planMemory(each, shape(), defaultLimits).bytes -
      planMemory(each, shape({ promptTokens: long / 2 }), defaultLimits).bytes;
    expect(Math.abs(growth(wider) - growth(wide)) / growth(wide)).toBeLessThan(0.005);
  });

  it.each([
    [256, 2],
    [256, 8],
    [384, 12],
    [512, 4],
    [512, 16],
  ])('binds at most 128 MiB at 61,440 tokens, width %i and %i key heads', (d, keyHeads) => {
    const plan = planMemory(policy(d, 6, keyHeads), shape(), defaultLimits);
    expect(plan.longest.bytes).toBeLessThanOrEqual(room.bindingBytes);
    // The longest is as wide as the residual stream.
    expect(plan.longest.bytes).toBe(plan.limits.maxRows * d * 4);
  });

  it('cuts batches by whole groups and prompts of full length', () => {
    const fitted = fitLimits(
      policy(256, 6),
      defaultLimits,
      shape({ promptTokens: 3000, responseTokens: 101 }),
    );
    expect(fitted).toMatchObject({ maxRows: 2 * 3800, maxPairs: 2 * 808, maxPromptRows: 8 * 3000 });
    expect(fitLimits(policy(256, 6), defaultLimits, shape())).toMatchObject({
      maxRows: long + 8 * 255,
      maxRollouts: 8,
      maxPromptRows: long,
    });
  });

  it('counts a reference policy as weights', () => {
    const [without, withIt] = [false, true].map((reference) =>
      planMemory(policy(128, 2), shape({ reference }), defaultLimits),
    );
    expect(withIt.items[0].bytes).toBe(2 * without.items[0].bytes);
  });
});

describe('memory that saves time', () => {
  it('is spent as far as there is some, the largest part given up first', () => {
    const long = makeConfig('micro', { max_prompt_length: 8192, old_log_prob: 'released' });
    const spent = (bytes: number) => {
      const { shape: found } = checkMemory(long, policy(128, 4), { ...room, budgetBytes: bytes });
      return [found.reusePrefix, found.keepAttention];
    };
    const bytesOf = (reusePrefix: boolean, keepAttention: boolean) =>
      planRun(long, policy(128, 4), { reusePrefix, keepAttention }).bytes;
    expect(spent(bytesOf(true, true))).toEqual([true, true]);
    expect(spent(bytesOf(true, true) - 1)).toEqual([true, false]);
    expect(spent(bytesOf(true, false))).toEqual([true, false]);
    expect(spent(bytesOf(true, false) - 1)).toEqual([false, false]);
    expect(spent(bytesOf(false, false))).toEqual([false, false]);
    expect(() => spent(bytesOf(false, false) - 1)).toThrow(/budget/);
    expect(bytesOf(true, false)).toBeLessThan(1.02 * bytesOf(false, false));
    // Three layers of four, o and (L2, D) of four heads.
    const rows = planRun(long, policy(128, 4)).limits.maxRows;
    expect(bytesOf(true, true) - bytesOf(true, false)).toBe(3 * rows * (128 + 8) * 4);
  });

  it('goes unspent where log-probs of the rollout are taken as they are', () => {
    const sampled = makeConfig('micro', { max_prompt_length: 8192, old_log_prob: 'sampled' });
    expect(checkMemory(sampled, policy(128, 4), room).shape.reusePrefix).toBe(false);
  });
});

describe('a run that does not fit', () => {
  function refusal(work: () => unknown): CodedError {
    try {
      work();
    } catch (error) {
      if (error instanceof CodedError) return error;
      throw error;
    }
    throw new Error('nothing was refused');
  }

  it.each([
    ['the budget', { ...room, budgetBytes: 450 * mebibyte }, 'the budget is 450 MiB'],
    ['a binding', { ...room, bindingBytes: 32 * mebibyte }, 'binds 32 MiB'],
  ])('is refused with settings that fit %s and are the nearest', (_, small, words) => {
    const wide = policy(256, 4);
    const error = refusal(() => checkMemory(config, wide, small));
    expect(error.code).toBe('config.memory');
    expect(error.message).toContain(words);
    const ways = [...error.advice.matchAll(/([a-z_]+) (\d+)/g)].filter(([, key]) => key.includes('_'));
    expect(ways.map(([, key]) => key)).toContain('max_prompt_length');
    for (const [, key, value] of ways) {
      const known = parseSetting(key as SettingKey, value);
      checkMemory({ ...config, [key]: known }, wide, small);
      const step = key === 'max_prompt_length' ? 32 : key === 'max_response_length' ? 4 : 1;
      expect(() => checkMemory({ ...config, [key]: Number(value) + step }, wide, small)).toThrow(CodedError);
    }
  });

  it('says its sum and its largest items', () => {
    const plan = planRun(config, policy(256, 4), { reusePrefix: false, keepAttention: false });
    const error = refusal(() => checkMemory(config, policy(256, 4), { ...room, budgetBytes: 64 * mebibyte }));
    expect(error.message).toContain(`needs ${Math.round(plan.bytes / mebibyte)} MiB`);
    expect(error.message).toMatch(/residuals \d+ MiB/);
  });

  it('names the residual stream where width 640 meets 61,440 tokens on a default device', () => {
    const many = { ...config, max_prompt_length: long };
    const error = refusal(() => checkMemory(many, policy(640, 2), room));
    expect(error.message).toMatch(/residuals/);
    expect(error.advice).toMatch(/max_prompt_length \d+/);
    checkMemory(many, policy(640, 2), { ...room, bindingBytes: 1024 * mebibyte });
  });
});

describe('two runs side by side', () => {
  it('are refused where each fits and both together do not', () => {
    const small = makeConfig('micro');
    const least = { reusePrefix: false, keepAttention: false };
    const { bytes } = planRun(small, policy(128, 2), least);
    const roomOf = (share: number) => ({ budgetBytes: share * bytes, bindingBytes: room.bindingBytes });
    expect(checkTwinMemory(small, small, policy(128, 2), roomOf(2))).toMatchObject({ keepAttention: false });
    expect(checkTwinMemory(small, small, policy(128, 2), roomOf(4))).toMatchObject({ keepAttention: true });
    checkMemory(small, policy(128, 2), roomOf(1.9));
    expect(() => checkTwinMemory(small, small, policy(128, 2), roomOf(1.9))).toThrow(
      expect.objectContaining({ code: 'config.memory' }),
    );
  });
});

describe('ways on from a refusal', () => {
  const wide = policy(256, 4);
  const small = { ...room, budgetBytes: 450 * mebibyte };
  const least = { reusePrefix: false, keepAttention: false };

  function ways(asked: RunConfig, place = small) {
    try {
      checkMemory(asked, wide, place);
    } catch (error) {
      if (error instanceof MemoryRefusal) return error.ways;
      throw error;
    }
    throw new Error('nothing was refused');
  }

  it('are each a valid run that fits', () => {
    const found = ways(config);
    expect(found.map(({ key }) => key)).toContain('max_prompt_length');
    for (const { settings } of found) {
      const next = makeConfig(config.preset, { ...config, ...settings });
      expect(planRun(next, wide, least).bytes).toBeLessThanOrEqual(small.budgetBytes);
    }
  });

  it('shorten stages and window with the context', () => {
    const staged = makeConfig('phased', {
      max_prompt_length: 32_768,
      window_tokens: 30_000,
      curriculum: '1024x40,8192x40,32768x40',
    });
    const shorter = ways(staged).find(({ key }) => key === 'max_prompt_length')?.settings ?? {};
    const next = makeConfig('phased', { ...staged, ...shorter });
    expect(next.max_prompt_length).toBeLessThan(32_768);
    const stages = parseStages(next.curriculum).map(({ maxTokens }) => maxTokens);
    expect(stages[2]).toBe(next.max_prompt_length);
    expect(stages[1]).toBe(Math.floor(next.max_prompt_length / 4));
    expect(next.window_tokens / next.max_prompt_length).toBeCloseTo(30_000 / 32_768, 2);
  });

  it('take half of the batches that the GPU had no room for, the first by computing activations again', () => {
    const asked = makeConfig('micro', { max_prompt_length: 8192 });
    const plan = checkMemory(asked, wide, room);
    expect(plan.shape.keepAttention).toBe(true);
    const oom = new CodedError('gpu.oom', 'Out of GPU memory while allocating k.', 'Less.');
    const refusal = refusedByGpu(oom, asked, wide, plan, room) as MemoryRefusal;
    expect(refusal).toMatchObject({ code: 'gpu.oom', message: oom.message });
    const [again, ...others] = refusal.ways;
    expect(again.key).toBe('memory.budget_mb');
    const budget = { ...room, budgetBytes: (again.settings['memory.budget_mb'] ?? 0) * mebibyte };
    expect(checkMemory(asked, wide, budget).shape).toMatchObject(least);
    expect(others.length).toBeGreaterThan(0);
    for (const { settings } of others)
      expect(planRun({ ...asked, ...settings }, wide, least).bytes).toBeLessThan(0.75 * plan.bytes);
  });

  it('are not made for errors of another kind', () => {
    const lost = new CodedError('gpu.lost', 'Gone.', '');
    expect(refusedByGpu(lost, config, wide, planRun(config, wide), room)).toBe(lost);
  });
});
