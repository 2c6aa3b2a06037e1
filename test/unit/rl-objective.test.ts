/** @file The clipped objective, its gradient and its metrics equal those of verl and of the QwenLong-L1 fork. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aggregationWeights, forkAggregationWeights, type LossAggregation } from '../../src/rl/aggregation';
import { type ClipOptions, FORK_CLIP, tokenObjective } from '../../src/rl/objective';
import { type ObjectiveResult, policyObjective } from '../../src/rl/policy-loss';
import { expectAllNear, expectNear, readFixture } from '../support/fixtures';

interface Expected {
  pg_loss: number;
  pg_clipfrac: number;
  ppo_kl: number;
  pg_clipfrac_lower?: number;
  grad_wrt_log_prob: number[][];
}

interface Input {
  log_prob: number[][];
  old_log_prob: number[][];
  advantages: number[][];
  response_mask: number[][];
}

function evaluate(
  input: Input,
  weights: Float64Array[],
  options: ClipOptions,
  epsilon?: number,
): ObjectiveResult {
  const batch = {
    logprobs: input.log_prob.flat(),
    oldLogprobs: input.old_log_prob.flat(),
    advantages: input.advantages.flat(),
    mask: input.response_mask.flat(),
    weights: weights.flatMap((row) => [...row]),
    lengths: input.response_mask.map((row) => row.length),
  };
  return policyObjective(batch, options, epsilon);
}

function expectResult(actual: ObjectiveResult, expected: Expected): void {
  expectNear(actual.loss, expected.pg_loss, 1e-9, 'loss');
  expectNear(actual.clipFraction, expected.pg_clipfrac, 1e-9, 'clip fraction');
  expectNear(actual.ppoKl, expected.ppo_kl, 1e-9, 'ppo_kl');
  if (expected.pg_clipfrac_lower !== undefined) {
    expectNear(actual.clipFractionLower, expected.pg_clipfrac_lower, 1e-9, 'dual fraction');
  }
  expectAllNear(actual.gradient, expected.grad_wrt_log_prob.flat(), 1e-9, 'gradient');
}

describe('the verl objective', () => {
  type Case = {
    name: string;
    input: Partial<Input> & {
      clip_ratio_low: number;
      clip_ratio_high: number;
      clip_ratio_c: number;
      ratios?: number[];
      advantage?: number;
      old_log_prob_const?: number;
    };
    output: Record<string, Expected> & {
      per_token?: { ratio: number; loss: number; dloss_dlogprob: number }[];
    };
  };
  const { cases } = readFixture<{ cases: Case[] }>('policy_loss_vanilla_dualclip');

  it('has all its cases', () => {
    expect(cases.length).toBe(4);
    expect(cases.map((each) => Object.keys(each.output).length)).toEqual([4, 4, 2, 1]);
  });

  it.each(cases)('equals the recorded one: $name', ({ input, output }) => {
    const options = {
      clipRatioLow: input.clip_ratio_low,
      clipRatioHigh: input.clip_ratio_high,
      clipRatioC: input.clip_ratio_c,
    };
    const { per_token, ...modes } = output;
    const old = input.old_log_prob_const ?? 0;
    const { ratios = [], advantage = 0 } = input;
    if (per_token !== undefined) expect(ratios.length).toBe(12);
    for (const row of per_token ?? []) {
      const token = tokenObjective(old + Math.log(row.ratio), old, advantage, options);
      expectNear(token.loss, row.loss, 1e-9, `ratio ${row.ratio}`);
      expectNear(token.gradient, row.dloss_dlogprob, 1e-9, `ratio ${row.ratio}`);
    }
    const full: Input = {
      log_prob: input.log_prob ?? [ratios.map((ratio) => old + Math.log(ratio))],
      old_log_prob: input.old_log_prob ?? [ratios.map(() => old)],
      advantages: input.advantages ?? [ratios.map(() => advantage)],
      response_mask: input.response_mask ?? [ratios.map(() => 1)],
    };
    for (const [mode, expected] of Object.entries(modes)) {
      const weights = aggregationWeights(mode as LossAggregation, full.response_mask);
      expectResult(evaluate(full, weights, options), expected);
    }
  });
});

describe('the fork objective', () => {
  type Case = { name: string; input: Input; output: Record<string, Expected> };
  const found = readFixture<{ cases: Case[] }>('qwenlong_fork_policy_loss').cases.filter(
    (each) => each.name === 'seed81',
  );

  it.each([true, false])('equals the recorded one, token level %s', (tokenLevel) => {
    expect(found.length).toBe(1);
    const [{ input, output }] = found;
    const expected = output[`use_token_level_loss=${tokenLevel ? 'True' : 'False'}`];
    const weights = forkAggregationWeights(tokenLevel, input.response_mask);
    expectResult(evaluate(input, weights, FORK_CLIP, 0), expected);
  });
});

describe('one token', () => {
  const options = { clipRatioLow: 0.2, clipRatioHigh: 0.28, clipRatioC: 3 };
  const at = (ratio: number, advantage: number) => tokenObjective(Math.log(ratio), 0, advantage, options);

  it.each<[number, number, boolean, boolean, boolean]>([
    [0.5, 1, false, false, false],
    [0.5, -1, true, false, false],
    [1.5, 1, false, true, false],
    [1.5, -1, false, false, false],
    [3.5, -1, false, false, true],
    [3.5, 1, false, true, false],
    [3.5, 0, false, false, false],
    [1, 1, false, false, false],
    [0.75, -1, true, false, false],
    [0.85, -1, false, false, false],
    [1.25, 1, false, false, false],
    [1.3, 1, false, true, false],
  ])('with ratio %d and advantage %d is clipped low %s, high %s, dual %s', (ratio, a, low, high, dual) => {
    const token = at(ratio, a);
    expect([token.clippedLow, token.clippedHigh, token.clippedDual]).toEqual([low, high, dual]);
    if (low || high || dual) expect(token.gradient).toBe(0);
  });

  it('has no dual clip where it is off', () => {
    const token = tokenObjective(Math.log(9), 0, -1, { ...options, clipRatioC: 0 });
    expectNear(token.loss, 9, 1e-12);
    expect(token.clippedDual).toBe(false);
  });

  it('stays finite under the log-ratio clamp and has no gradient there', () => {
    const token = tokenObjective(0, -900, -1, { ...options, clipRatioC: 0 });
    expectNear(token.loss, Math.exp(20), 1e-6);
    expect(token.gradient).toBe(0);
  });

  it('has the gradient of its value away from the kinks', () => {
    const real = (min: number, max: number) => fc.double({ min, max, noNaN: true });
    const kinks = [0.8, 1.28, 3].map(Math.log);
    const h = 1e-6;
    fc.assert(
      fc.property(real(-3, 3), real(-2, 2), (difference, advantage) => {
        fc.pre(kinks.every((kink) => Math.abs(difference - kink) > 1e-4));
        const value = (d: number) => tokenObjective(-2 + d, -2, advantage, options).loss;
        const numeric = (value(difference + h) - value(difference - h)) / (2 * h);
        expectNear(tokenObjective(-2 + difference, -2, advantage, options).gradient, numeric, 1e-6);
      }),
      { numRuns: 500 },
    );
  });

  it('does not let a masked infinite loss into the sum', () => {
    const batch = {
      logprobs: [0, 900],
      oldLogprobs: [0, 0],
      advantages: [1, -1],
      weights: [1, 0],
      mask: [1, 0],
      lengths: [2],
    };
    const result = policyObjective(batch, FORK_CLIP, 0);
    expect(result.loss).toBe(-1);
    expect([...result.gradient]).toEqual([-1, 0]);
    expect(result.ppoKl + 0).toBe(0);
  });
});
