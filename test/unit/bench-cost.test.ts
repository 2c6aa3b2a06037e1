import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adamWBytes, attendedPairs, decodeStepCost, totalFlops, updateCost } from '../../src/cli/bench/cost';
import { fitLine, growthExponent, largestDeviation } from '../../src/cli/bench/fit';
import { tableText, verdict } from '../../src/cli/bench/report';
import { median, timeInTurns } from '../../src/cli/bench/timing';
import { defaultPolicy } from '../../src/cli/default-policy';
import { packGroups } from '../../src/policy/batch';
import { parameterLayout } from '../../src/policy/layout';
import type { TrainGroup } from '../../src/policy/types';

function group(promptTokens: number, answers: number, answerTokens: number): TrainGroup {
  return {
    promptTokens: new Uint32Array(promptTokens),
    answers: Array.from({ length: answers }, () => ({
      tokens: new Uint32Array(answerTokens),
      oldLogprobs: new Float32Array(answerTokens),
      advantage: 0,
      weights: new Float32Array(answerTokens).fill(1),
    })),
  };
}

describe('the cost model', () => {
  const sizes = [
    fc.integer({ min: 1, max: 40 }),
    fc.integer({ min: 0, max: 5 }),
    fc.integer({ min: 1, max: 9 }),
  ] as const;

  it('counts the pairs that the rows of a packed group see, with and without a window', () => {
    fc.assert(
      fc.property(
        ...sizes,
        fc.option(fc.integer({ min: 1, max: 60 })),
        (promptTokens, answers, answerTokens, window) => {
          const { positions } = packGroups([group(promptTokens, answers, answerTokens)]);
          // A row at position p of its own sequence sees p + 1 keys.
          const seen = Array.from(positions, (position) =>
            Math.min(position + 1, window ?? Number.POSITIVE_INFINITY),
          );
          const expected = seen.reduce((sum, keys) => sum + keys, 0);
          expect(attendedPairs({ promptTokens, answers, answerTokens }, window)).toBe(expected);
        },
      ),
    );
  });

  it('counts two operations a weight and row, three times over, beside attention and head', () => {
    const config = { ...defaultPolicy, canon_kernel: 0 };
    const shape = { promptTokens: 100, answers: 4, answerTokens: 11 };
    const { layers, head } = parameterLayout(config);
    const matrices = layers.reduce(
      (sum, { qkv, output, gateUp, down }) => sum + qkv.count + output.count + gateUp.count + down.count,
      0,
    );
    const { rows, algorithmic } = updateCost(config, shape);
    expect(rows).toBe(140);
    expect(algorithmic.linear).toBe(6 * rows * matrices + 6 * 44 * head.count);
  });

  it('what is executed is more than what is asked for, and less than twice as much', () => {
    for (const promptTokens of [64, 2048, 61_440]) {
      const { algorithmic, executed } = updateCost(defaultPolicy, {
        promptTokens,
        answers: 8,
        answerTokens: 64,
      });
      const ratio = totalFlops(executed) / totalFlops(algorithmic);
      expect(ratio).toBeGreaterThan(1);
      expect(ratio).toBeLessThan(2);
    }
  });

  it('attention grows with the square of the length, a windowed layer with the length', () => {
    const at = (promptTokens: number, windowed: boolean) => {
      const config = windowed
        ? {
            ...defaultPolicy,
            sliding_window: 64,
            layer_types: ['sliding_attention', 'sliding_attention'] as const,
          }
        : defaultPolicy;
      return updateCost(config, { promptTokens, answers: 0, answerTokens: 1 }).executed.attention;
    };
    expect(at(20_000, false) / at(10_000, false)).toBeCloseTo(4, 3);
    expect(at(20_000, true) / at(10_000, true)).toBeCloseTo(2, 1);
  });

  it('a decode step reads the prompt once, however many answers share it', () => {
    const one = decodeStepCost(defaultPolicy, 4096, 1, 0);
    const eight = decodeStepCost(defaultPolicy, 4096, 8, 0);
    expect(eight.bytes).toBe(one.bytes);
    expect(eight.flops).toBe(8 * one.flops);
    // Two layers, keys and values of 128 floats each.
    expect(one.bytes - decodeStepCost(defaultPolicy, 0, 1, 0).bytes).toBe(2 * 4096 * 2 * 128 * 4);
    expect(adamWBytes(10)).toBe(280);
  });
});

describe('fits', () => {
  it('a line through points of a line explains all of it', () => {
    const x = [1, 2, 4, 8];
    expect(
      fitLine(
        x,
        x.map((value) => 3 * value + 5),
      ),
    ).toEqual({ slope: 3, intercept: 5, r2: 1 });
    expect(fitLine(x, [1, 9, 2, 4]).r2).toBeLessThan(0.5);
    expect(() => fitLine([2, 2], [1, 3])).toThrow(RangeError);
  });

  it('the growth of a power is its exponent', () => {
    const x = [1024, 2048, 16_384];
    expect(
      growthExponent(
        x,
        x.map((value) => 1e-6 * value ** 1.7),
      ),
    ).toBeCloseTo(1.7, 10);
  });

  it('the deviation from a law does not see its scale', () => {
    const law = [1, 4, 16];
    expect(largestDeviation(law, [7, 28, 112])).toBeCloseTo(0, 10);
    expect(largestDeviation(law, [7, 28, 140])).toBeGreaterThan(0.1);
  });
});

describe('tables and times', () => {
  it('operations take turns, and the first turn does not count', async () => {
    const order: string[] = [];
    const runs = await timeInTurns([async () => order.push('a'), async () => order.push('b')], 2);
    expect(order).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
    expect(runs.map(({ samples }) => samples.length)).toEqual([2, 2]);
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
  });

  it('a table says which peer wins, and shows no figure where there is none', () => {
    const figure = { part: 'peers', what: 'train step', at: 'T 512', unit: 'tokens/s', runs: 5 };
    const text = tableText([
      { ...figure, value: 123.456, note: verdict(100, 123.456), ofRoofline: { median: 0.056, best: 0.61 } },
      { ...figure, value: Number.NaN, runs: 0, note: verdict(300, 100) },
    ]);
    const [, rule, peer, missing] = text.split('\n');
    expect(peer).toMatch(/\| +123 \| tokens\/s .* 5\.6 % \(61 %\) .*THE PEER WINS, 1\.23× as fast/);
    expect(missing).toMatch(/– \| tokens\/s .*Longview 3\.00× as fast/);
    expect(new Set([rule, peer, missing].map((line) => line.length)).size).toBe(1);
  });
});
