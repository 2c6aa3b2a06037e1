/** @file Advantages equal verl's, and have the properties the algorithm relies on. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchAdvantages, groupAdvantages } from '../../src/rl/advantage';
import {
  opoAdvantage,
  passAtKAdvantage,
  reinforcePlusPlusAdvantage,
  rlooAdvantage,
  taskAdvantage,
} from '../../src/rl/advantage-variants';
import { expectAllNear, expectNear, readFixture } from '../support/fixtures';

interface GrpoCase {
  name: string;
  dtype: string;
  input: {
    seq_rewards: number[];
    group_index: string[];
    response_lengths: number[];
    max_response_length: number;
    epsilon: number;
    norm_adv_by_std_in_grpo: boolean;
  };
  output: {
    advantages: number[][];
    advantages_vectorized_variant: number[][];
    advantage_per_sequence: number[];
  };
}

/** Spreads one number a row over its response tokens, zeros after. */
function overTokens(advantages: ArrayLike<number>, lengths: number[], width: number): number[][] {
  return lengths.map((length, row) =>
    Array.from({ length: width }, (_, t) => (t < length ? advantages[row] : 0)),
  );
}

describe('GRPO advantages', () => {
  const { cases } = readFixture<{ cases: GrpoCase[] }>('grpo_outcome_advantage');

  it('has all its cases', () => {
    expect(cases.length).toBe(5);
  });

  it.each(cases)('equal the recorded ones: $name', ({ input, output, dtype }) => {
    expect(input.seq_rewards.length).toBeGreaterThanOrEqual(4);
    const tolerance = dtype === 'float32' ? 2e-6 : 1e-9;
    const options = { normaliseByStd: input.norm_adv_by_std_in_grpo, epsilon: input.epsilon };
    const advantages = batchAdvantages(input.seq_rewards, input.group_index, options);
    expectAllNear(advantages, output.advantage_per_sequence, tolerance);
    const tokens = overTokens(advantages, input.response_lengths, input.max_response_length);
    tokens.forEach((row, i) => {
      expectAllNear(row, output.advantages[i], tolerance, `row ${i}`);
      expectAllNear(row, output.advantages_vectorized_variant[i], 1e-6, `row ${i}`);
    });
  });

  it('equal those of the L1 fork in float32', () => {
    interface Case {
      name: string;
      input: { seq_rewards: number[] };
      output: { advantage_per_sequence: number[] };
    }
    const found = readFixture<{ cases: Case[] }>('qwenlong_fork_policy_loss').cases.find(
      (each) => each.name === 'grpo_adv_G8_float32',
    );
    expect(found).toBeDefined();
    if (found === undefined) return;
    const { advantages } = groupAdvantages(found.input.seq_rewards);
    expectAllNear(advantages, found.output.advantage_per_sequence, 2e-6);
  });

  it('are only centred without the standard deviation (Dr. GRPO)', () => {
    expectAllNear(
      groupAdvantages([1, 0, 0, 0], { normaliseByStd: false }).advantages,
      [0.75, -0.25, -0.25, -0.25],
      0,
    );
  });

  it('are exactly 0 for equal rewards, whatever they round to', () => {
    const { advantages, std } = groupAdvantages(new Array(3).fill(0.1));
    expect(std).toBe(0);
    expect([...advantages]).toEqual([0, 0, 0]);
  });

  const rewards = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 2, maxLength: 16 });

  it('have mean 0 and order the answers as their rewards do', () => {
    fc.assert(
      fc.property(rewards, (values) => {
        const { advantages } = groupAdvantages(values);
        expectNear(advantages.reduce((sum, a) => sum + a, 0) / values.length, 0, 1e-9);
        for (let i = 1; i < values.length; i++) {
          if (values[i] > values[i - 1]) expect(advantages[i]).toBeGreaterThanOrEqual(advantages[i - 1]);
        }
      }),
    );
  });

  it('do not change when all rewards shift', () => {
    fc.assert(
      fc.property(rewards, fc.double({ min: -2, max: 2, noNaN: true }), (values, shift) => {
        const moved = groupAdvantages(values.map((value) => value + shift)).advantages;
        // A spread near the rounding error of the shifted values is divided by epsilon: 1e-16 becomes 1e-10.
        expectAllNear(moved, groupAdvantages(values).advantages, 1e-7);
      }),
    );
  });
});

describe('other estimators', () => {
  interface Case {
    input: {
      seq_rewards: number[];
      group_index: string[];
      response_lengths: number[];
      max_response_length: number;
    };
    output: Record<string, number[][]>;
  }
  const { cases } = readFixture<{ cases: Case[] }>('other_advantages');
  const [{ input, output }] = cases;
  const groups = ['a', 'b'].map((key) =>
    [...input.group_index.keys()].filter((i) => input.group_index[i] === key),
  );
  const perGroup = (estimate: (rewards: number[], lengths: number[]) => Float64Array): number[] => {
    const result = new Array<number>(input.seq_rewards.length).fill(0);
    for (const members of groups) {
      const values = estimate(
        members.map((i) => input.seq_rewards[i]),
        members.map((i) => input.response_lengths[i]),
      );
      for (const [position, i] of members.entries()) result[i] = values[position];
    }
    return result;
  };
  const passK = (normaliseByStd: boolean) =>
    perGroup((rewards) => passAtKAdvantage(rewards, { normaliseByStd, epsilon: 1e-6 }));
  const estimators: Record<string, () => ArrayLike<number>> = {
    rloo: () => perGroup(rlooAdvantage),
    grpo_passk_norm_std: () => passK(true),
    grpo_passk_no_std: () => passK(false),
    reinforce_plus_plus_baseline: () =>
      reinforcePlusPlusAdvantage(input.seq_rewards, input.group_index, input.response_lengths),
    opo: () => perGroup(opoAdvantage),
  };

  it('has its case, with every estimator', () => {
    expect(cases.length).toBe(1);
    expect(Object.keys(output).sort()).toEqual(Object.keys(estimators).sort());
  });

  it.each(Object.keys(estimators))('%s equals verl', (name) => {
    const tokens = overTokens(estimators[name](), input.response_lengths, input.max_response_length);
    expect(tokens.length).toBe(8);
    tokens.forEach((row, i) => {
      expectAllNear(row, output[name][i], 1e-7, `row ${i}`);
    });
  });

  it('RLOO and OPO leave a group of one its reward; pass@k refuses it', () => {
    expect([...rlooAdvantage([0.5])]).toEqual([0.5]);
    expect([...opoAdvantage([0.5], [3])]).toEqual([0.5]);
    expect(() => passAtKAdvantage([1], { normaliseByStd: true, epsilon: 1e-6 })).toThrow(RangeError);
  });
});

describe('task-level advantages (QwenLong-L1.5)', () => {
  const rewards = [1, 0, 0, 0, 1, 1, 0.5, 0.5];
  const groups = ['a', 'a', 'b', 'b', 'c', 'c', 'd', 'd'];

  it("divide by the deviation of the task's rewards in the batch, around the mean of the group", () => {
    const tasks = ['t', 't', 't', 't', 'u', 'u', 'u', 'u'];
    const [stdT, stdU] = [
      [1, 0, 0, 0],
      [1, 1, 0.5, 0.5],
    ].map((own) => {
      const mean = own.reduce((sum, r) => sum + r, 0) / 4;
      return Math.sqrt(own.reduce((sum, r) => sum + (r - mean) ** 2, 0) / 3);
    });
    expect(stdU).not.toBeCloseTo(stdT, 2);
    expectAllNear(
      taskAdvantage(rewards, groups, tasks),
      [0.5 / (stdT + 1e-6), -0.5 / (stdT + 1e-6), 0, 0, 0, 0, 0, 0],
      1e-12,
    );
  });

  it('with one task for all divide by the deviation of the batch', () => {
    const std = Math.sqrt(rewards.reduce((sum, r) => sum + (r - 0.5) ** 2, 0) / 7);
    const advantages = taskAdvantage(
      rewards,
      groups,
      groups.map(() => 0),
      1e-4,
    );
    expectAllNear(advantages.subarray(0, 2), [0.5 / (std + 1e-4), -0.5 / (std + 1e-4)], 1e-12);
  });

  it('equal the group advantages where every group is its own task', () => {
    const values = [0.3, 0.9, 0.1, -1, 0.5, 0.25];
    const keys = [1, 1, 1, 2, 2, 2];
    expectAllNear(taskAdvantage(values, keys, keys), batchAdvantages(values, keys), 1e-12);
  });

  it('follow the released code in a task with one row and a group of one: mean 0, deviation 0', () => {
    expectAllNear(taskAdvantage([0.5], ['a'], ['t'], 1e-6), [0.5 / 1e-6], 1e-3);
  });

  it('are 0 for equal rewards, not the rounding of their mean', () => {
    expect([...taskAdvantage([0.1, 0.1, 0.1], [1, 1, 1], ['t', 't', 't'])]).toEqual([0, 0, 0]);
  });
});
