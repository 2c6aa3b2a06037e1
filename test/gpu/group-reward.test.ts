import { describe, expect, it } from 'vitest';
import {
  type GroupRewardOptions,
  groupReward,
  groupRewardKernels,
} from '../../src/kernels/group-reward/group-reward';
import {
  type AnswerScores,
  groupRewardReference,
} from '../../src/kernels/group-reward/group-reward.reference';
import overlongFixture from '../fixtures/dapo_overlong_reward.json';
import filterFixture from '../fixtures/filter_groups.json';
import advantageFixture from '../fixtures/grpo_outcome_advantage.json';
import { outputBuffer, type Rig, randomFloats, readOutput, useRig } from '../support/gpu';

/** The released script's, without a penalty. */
const plain: GroupRewardOptions = {
  mode: 'max',
  maxLength: 16,
  overlongBuffer: 0,
  overlongFactor: 0.5,
  cap: false,
  epsilon: 1e-6,
  normalizeByStd: true,
  keepBy: 'acc',
  keepSingletons: false,
};

async function run(rig: Rig, answers: readonly AnswerScores[], size: number, options: GroupRewardOptions) {
  const count = answers.length;
  const groups = count / size;
  const input = Float32Array.from(answers.flatMap((a) => [a.rule, a.judge, a.judgeAsked ? 1 : 0, a.length]));
  const slices = {
    answers: rig.buffers.from('answers', input),
    rewards: outputBuffer(rig, 'rewards', count * 4),
    advantages: outputBuffer(rig, 'advantages', count),
    stats: outputBuffer(rig, 'stats', groups * 4),
  };
  groupReward(rig.queue, slices, groups, size, options);
  const rewards = await readOutput(rig, slices.rewards, count * 4);
  const stats = await readOutput(rig, slices.stats, groups * 4);
  return {
    rewards: answers.map((_, i) => ({
      base: rewards[4 * i],
      overlong: rewards[4 * i + 1],
      total: rewards[4 * i + 2],
      correct: rewards[4 * i + 3] === 1,
    })),
    advantages: await readOutput(rig, slices.advantages, count),
    groups: Array.from({ length: groups }, (_, g) => ({
      mean: stats[4 * g],
      std: stats[4 * g + 1],
      keep: stats[4 * g + 2] === 1,
    })),
  };
}

/** Answers whose reward is the rule's score as it stands. */
const scored = (rewards: readonly number[]): AnswerScores[] =>
  rewards.map((rule) => ({ rule, judge: 0, judgeAsked: false, length: 0 }));

describe('group reward', () => {
  const rig = useRig(groupRewardKernels);

  it.each([
    [1, 1],
    [3, 2],
    [100, 8],
  ])('equals the reference, %i groups of %i', async (groups, size) => {
    const noise = randomFloats(groups * size * 4, 1).map((value) => (value + 1) / 2);
    const answers = Array.from({ length: groups * size }, (_, i): AnswerScores => {
      const [rule, judge, asked, length] = noise.subarray(4 * i);
      // Every third group is all wrong, so that some are dropped.
      const wrong = Math.floor(i / size) % 3 === 0;
      return {
        rule: !wrong && rule < 0.5 ? 1 : 0,
        judge: !wrong && judge < 0.5 ? 1 : 0,
        judgeAsked: asked < 0.6,
        length: Math.floor(length * 25),
      };
    });
    const kept = new Set<boolean>();
    for (const mode of ['rule', 'judge', 'max'] as const) {
      for (const options of [
        { ...plain, mode },
        { ...plain, mode, overlongBuffer: 4, keepBy: 'score' as const, epsilon: 1e-4 },
        { ...plain, mode, overlongBuffer: 4, cap: true, normalizeByStd: false, keepSingletons: true },
      ]) {
        const out = await run(rig(), answers, size, options);
        for (let g = 0; g < groups; g++) {
          const expected = groupRewardReference(answers.slice(g * size, (g + 1) * size), options);
          expected.rewards.forEach((reward, j) => {
            const actual = out.rewards[g * size + j];
            expect(actual.base).toBe(reward.base);
            expect(actual.correct).toBe(reward.correct);
            expect(Math.abs(actual.overlong - reward.overlong)).toBeLessThan(1e-6);
            expect(Math.abs(actual.total - reward.total)).toBeLessThan(1e-6);
            expect(Math.abs(out.advantages[g * size + j] - expected.advantages[j])).toBeLessThan(5e-6);
          });
          expect(Math.abs(out.groups[g].mean - expected.mean)).toBeLessThan(1e-6);
          expect(Math.abs(out.groups[g].std - expected.std)).toBeLessThan(1e-6);
          expect(out.groups[g].keep).toBe(expected.keep);
          kept.add(expected.keep);
        }
      }
    }
    if (groups > 1) expect(kept.size).toBe(2);
  });

  it('is exactly zero where all rewards are equal', async () => {
    const out = await run(rig(), scored(new Array(7).fill(0.1)), 7, { ...plain, keepBy: 'score' });
    expect([...out.advantages]).toEqual(new Array(7).fill(0));
    expect(out.groups[0]).toMatchObject({ std: 0, keep: false });
  });

  it("equals verl's advantages", async () => {
    for (const { input, output } of advantageFixture.cases) {
      for (const name of new Set(input.group_index)) {
        const rows = input.group_index.flatMap((group, i) => (group === name ? [i] : []));
        const options = { ...plain, epsilon: input.epsilon, normalizeByStd: input.norm_adv_by_std_in_grpo };
        const rewards = scored(rows.map((i) => input.seq_rewards[i]));
        const { advantages } = await run(rig(), rewards, rewards.length, options);
        rows.forEach((i, j) => {
          expect(Math.abs(advantages[j] - output.advantage_per_sequence[i])).toBeLessThan(5e-6);
        });
      }
    }
  });

  it("equals verl's overlong penalties", async () => {
    for (const { input, output } of overlongFixture.cases) {
      const answers = output.map((row) => ({ ...scored([row.base_reward])[0], length: row.length }));
      const { rewards } = await run(rig(), answers, answers.length, {
        ...plain,
        maxLength: input.max_resp_len,
        overlongBuffer: input.overlong_buffer_len,
        overlongFactor: input.penalty_factor,
      });
      output.forEach((row, i) => {
        expect(Math.abs(rewards[i].overlong - row.overlong_reward)).toBeLessThan(1e-6);
        expect(Math.abs(rewards[i].total - row.final_reward)).toBeLessThan(1e-6);
      });
    }
  });

  it("keeps the groups that verl's dynamic sampling keeps", async () => {
    for (const { name, input, output } of filterFixture.cases) {
      // A difference in the last bit of a float64 does not exist in f32.
      if (name === 'float_scores_nearly_equal') continue;
      for (const uid of new Set(input.uid)) {
        const metric = scored(input.metric.filter((_, i) => input.uid[i] === uid));
        const { groups } = await run(rig(), metric, metric.length, { ...plain, keepBy: 'score' });
        expect(groups[0].keep).toBe((output.kept_qwenlong_fork as string[]).includes(uid));
      }
    }
  });

  it('refuses a ramp longer than the answer', async () => {
    await expect(run(rig(), scored([0, 1]), 2, { ...plain, overlongBuffer: 17 })).rejects.toThrow(
      'overlong ramp',
    );
  });
});
