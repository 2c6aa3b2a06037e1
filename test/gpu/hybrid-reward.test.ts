import { describe, expect, it } from 'vitest';
import {
  type HybridRewardOptions,
  hybridReward,
  hybridRewardKernels,
} from '../../src/kernels/hybrid-reward/hybrid-reward';
import {
  type AnswerScores,
  hybridRewardReference,
} from '../../src/kernels/hybrid-reward/hybrid-reward.reference';
import overlongFixture from '../fixtures/dapo_overlong_reward.json';
import { outputBuffer, type Rig, readOutput, useRig } from '../support/gpu';

const demo: HybridRewardOptions = {
  mode: 'max',
  maxLength: 16,
  overlongBuffer: 4,
  overlongFactor: 0.5,
  cap: false,
};

async function run(rig: Rig, answers: readonly AnswerScores[], options: HybridRewardOptions) {
  const input = Float32Array.from(answers.flatMap((a) => [a.rule, a.judge, a.judgeAsked ? 1 : 0, a.length]));
  const rewards = outputBuffer(rig, 'rewards', answers.length * 4);
  hybridReward(rig.queue, rig.buffers.from('answers', input), rewards, answers.length, options);
  const out = await readOutput(rig, rewards, answers.length * 4);
  return answers.map((_, i) => ({
    base: out[4 * i],
    overlong: out[4 * i + 1],
    total: out[4 * i + 2],
    correct: out[4 * i + 3] === 1,
  }));
}

describe('hybrid reward', () => {
  const rig = useRig(hybridRewardKernels);
  const answers: AnswerScores[] = [];
  for (const rule of [0, 1]) {
    for (const judge of [0, 1]) {
      for (const judgeAsked of [false, true]) {
        for (const length of [0, 1, 12, 13, 15, 16, 17, 25])
          answers.push({ rule, judge, judgeAsked, length });
      }
    }
  }

  it.each(['rule', 'judge', 'max'] as const)('equals the reference in mode %s', async (mode) => {
    for (const options of [
      { ...demo, mode },
      { ...demo, mode, cap: true },
      { ...demo, mode, overlongBuffer: 0 },
    ]) {
      const out = await run(rig(), answers, options);
      out.forEach((actual, i) => {
        const expected = hybridRewardReference(answers[i], options);
        expect(actual.base).toBe(expected.base);
        expect(actual.correct).toBe(expected.correct);
        expect(Math.abs(actual.overlong - expected.overlong)).toBeLessThan(1e-6);
        expect(Math.abs(actual.total - expected.total)).toBeLessThan(1e-6);
      });
    }
  });

  it("equals verl's overlong penalties", async () => {
    for (const { input, output } of overlongFixture.cases) {
      const rows = output.map((row) => ({
        rule: row.base_reward,
        judge: 0,
        judgeAsked: false,
        length: row.length,
      }));
      const out = await run(rig(), rows, {
        ...demo,
        maxLength: input.max_resp_len,
        overlongBuffer: input.overlong_buffer_len,
        overlongFactor: input.penalty_factor,
      });
      output.forEach((row, i) => {
        expect(Math.abs(out[i].overlong - row.overlong_reward)).toBeLessThan(1e-6);
        expect(Math.abs(out[i].total - row.final_reward)).toBeLessThan(1e-6);
      });
    }
  });

  it('refuses a ramp longer than the answer', async () => {
    await expect(run(rig(), answers, { ...demo, overlongBuffer: 17 })).rejects.toThrow('overlong ramp');
  });
});
