import { describe, expect, it } from 'vitest';
import type { GroupRewardOptions } from '../../src/kernels/group-reward/group-reward';
import { overlongPenalty } from '../../src/reward/overlong';
import { combineReward } from '../../src/reward/score';
import type { JudgeResult, Score } from '../../src/reward/types';
import { groupAdvantages } from '../../src/rl/advantage';
import { dropReason } from '../../src/rl/dynamic-sampling';
import { GpuRewards, rewardKernels } from '../../src/run/gpu-rewards';
import { randomFloats, useRig } from '../support/gpu';

const judges: JudgeResult[] = [
  { asked: false, reason: 'judge not loaded' },
  { asked: true, verdict: 0, probability: 0.1, reply: 'NO', ms: 1 },
  { asked: true, verdict: 1, probability: 0.9, reply: 'YES', ms: 1 },
];

function groupsOf(count: number, size: number) {
  const noise = randomFloats(count * size * 3, 7).map((value) => (value + 1) / 2);
  return Array.from({ length: count }, (_, g) =>
    Array.from({ length: size }, (_, i) => {
      const at = (g * size + i) * 3;
      const rule = noise[at] < 0.4 ? 1 : 0;
      const score: Score = {
        rule,
        judge: judges[Math.min(2, Math.floor(noise[at + 1] * 3))],
        base: 0,
        overlong: 0,
        total: 0,
        correct: false,
        parsed: null,
        reason: 'match',
      };
      return { score, length: 1 + Math.floor(noise[at + 2] * 48) };
    }),
  );
}

describe('rewards on the GPU', () => {
  const rig = useRig(rewardKernels);

  it.each(['rule', 'judge', 'max'] as const)(
    'mode %s equals the scorer and the float64 advantages',
    async (mode) => {
      const options: GroupRewardOptions = {
        mode,
        maxLength: 48,
        overlongBuffer: 8,
        overlongFactor: 0.5,
        cap: true,
        normalizeByStd: mode !== 'judge',
        epsilon: 1e-6,
        keepBy: mode === 'rule' ? 'score' : 'acc',
        keepSingletons: false,
      };
      const rewards = new GpuRewards(rig().buffers, rig().queue, () => options);
      for (const groups of [groupsOf(5, 8), groupsOf(1, 4), groupsOf(33, 2)]) {
        const combined = await rewards.combine(groups);
        groups.forEach((group, g) => {
          const totals = group.map(({ score, length }, i) => {
            const base = combineReward(mode, score.rule, score.judge);
            const overlong = overlongPenalty(
              length,
              { maxResponseLength: 48, bufferLength: 8, penaltyFactor: 0.5 },
              'strict',
            );
            expect(combined[g].scores[i].base).toBe(base);
            expect(combined[g].scores[i].correct).toBe(base === 1);
            expect(combined[g].scores[i].overlong).toBeCloseTo(overlong, 6);
            expect(combined[g].scores[i].total).toBeCloseTo(base + overlong, 6);
            return base + overlong;
          });
          const expected = groupAdvantages(totals, { normaliseByStd: options.normalizeByStd });
          expect(combined[g].varies).toBe(dropReason(combined[g].scores, options.keepBy) === null);
          expect(combined[g].mean).toBeCloseTo(expected.mean, 5);
          expect(combined[g].std).toBeCloseTo(expected.std, 5);
          for (const [i, advantage] of expected.advantages.entries())
            expect(combined[g].advantages[i]).toBeCloseTo(advantage, 4);
        });
      }
      rewards.dispose();
    },
  );
});
