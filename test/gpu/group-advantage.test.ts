import { describe, expect, it } from 'vitest';
import { groupAdvantage, groupAdvantageKernels } from '../../src/kernels/group-advantage/group-advantage';
import { groupAdvantageReference } from '../../src/kernels/group-advantage/group-advantage.reference';
import filterFixture from '../fixtures/filter_groups.json';
import advantageFixture from '../fixtures/grpo_outcome_advantage.json';
import { outputBuffer, type Rig, randomFloats, readOutput, useRig } from '../support/gpu';

const verl = { epsilon: 1e-6, normalizeByStd: true, keepSingletons: false };

async function run(
  rig: Rig,
  rewards: ArrayLike<number>,
  metric: ArrayLike<number>,
  size: number,
  options = verl,
) {
  const groups = rewards.length / size;
  const { buffers, queue } = rig;
  const advantages = outputBuffer(rig, 'advantages', rewards.length);
  const stats = outputBuffer(rig, 'stats', groups * 4);
  const scores = new Float32Array(rewards.length * 3);
  for (let i = 0; i < rewards.length; i++) scores.set([metric[i], Number.NaN, rewards[i]], i * 3);
  const table = { scores: buffers.from('scores', scores), stride: 3, rewardAt: 2, metricAt: 0 };
  groupAdvantage(queue, table, advantages, stats, groups, size, options);
  return {
    advantages: await readOutput(rig, advantages, rewards.length),
    stats: await readOutput(rig, stats, groups * 4),
  };
}

describe('group advantage', () => {
  const rig = useRig(groupAdvantageKernels);

  it.each([
    [1, 1],
    [3, 2],
    [100, 8],
  ])('equals the reference, %i groups of %i', async (groups, size) => {
    for (const options of [verl, { epsilon: 1e-4, normalizeByStd: false, keepSingletons: true }]) {
      const rewards = randomFloats(groups * size, 1);
      const metric = Float32Array.from(rewards, (_, i) => (Math.floor(i / size) % 3 === 0 ? 1 : i % 2));
      const out = await run(rig(), rewards, metric, size, options);
      for (let g = 0; g < groups; g++) {
        const part = <T>(values: ArrayLike<T>) => Array.from(values).slice(g * size, (g + 1) * size);
        const expected = groupAdvantageReference(part(rewards), part(metric), options);
        part(out.advantages).forEach((a, i) => {
          expect(Math.abs(a - expected.advantages[i])).toBeLessThan(5e-6);
        });
        expect(Math.abs(out.stats[4 * g] - expected.mean)).toBeLessThan(1e-6);
        expect(Math.abs(out.stats[4 * g + 1] - expected.std)).toBeLessThan(1e-6);
        expect(out.stats[4 * g + 2]).toBe(expected.keep ? 1 : 0);
      }
    }
  });

  it('is exactly zero where all rewards are equal', async () => {
    const out = await run(rig(), new Array(7).fill(0.1), new Array(7).fill(0.1), 7);
    expect([...out.advantages]).toEqual(new Array(7).fill(0));
    expect([out.stats[1], out.stats[2]]).toEqual([0, 0]);
  });

  it("equals verl's advantages", async () => {
    for (const { input, output } of advantageFixture.cases) {
      for (const name of new Set(input.group_index)) {
        const rows = input.group_index.flatMap((group, i) => (group === name ? [i] : []));
        const rewards = rows.map((i) => input.seq_rewards[i]);
        const options = { ...verl, epsilon: input.epsilon, normalizeByStd: input.norm_adv_by_std_in_grpo };
        const { advantages } = await run(rig(), rewards, rewards, rewards.length, options);
        rows.forEach((i, j) => {
          expect(Math.abs(advantages[j] - output.advantage_per_sequence[i])).toBeLessThan(5e-6);
        });
      }
    }
  });

  it("keeps the groups that verl's dynamic sampling keeps", async () => {
    for (const { name, input, output } of filterFixture.cases) {
      // A difference in the last bit of a float64 does not exist in f32; the CPU side filters such metrics.
      if (name === 'float_scores_nearly_equal') continue;
      for (const uid of new Set(input.uid)) {
        const metric = input.metric.filter((_, i) => input.uid[i] === uid);
        const { stats } = await run(rig(), metric, metric, metric.length);
        expect(stats[2]).toBe((output.kept_qwenlong_fork as string[]).includes(uid) ? 1 : 0);
      }
    }
  });
});
