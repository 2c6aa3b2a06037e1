/**
 * @file Rewards, advantages and the mask of kept groups of a batch on the GPU: rule and judge results go up once, one
 * kernel computes, and the results come back once (paper Eq. 14, 7 and 5).
 */
import { type Buffers, type Kernel, type Queue, storageBytes } from '../gpu';
import {
  type GroupRewardOptions,
  type GroupRewardSlices,
  groupReward,
  groupRewardKernels,
} from '../kernels/group-reward/group-reward';
import type { Score } from '../reward/types';
import type { CombinedGroup, RewardCombiner, ScoredLength } from '../rl/types';

export const rewardKernels: readonly Kernel[] = groupRewardKernels;

/** Floats a row of the tables: rule, judge, asked, length; base, overlong, total, correct; mean, std, keep. */
const columns = 4;

/** Buffers for `count` answers, bytes. */
function rewardSizes(count: number) {
  const each = (floats: number) => count * floats * 4;
  return { answers: each(columns), rewards: each(columns), advantages: each(1), stats: each(columns) };
}

/** Bytes the rewards of `count` answers take. */
export function rewardBytes(count: number): number {
  return Object.values(rewardSizes(count)).reduce((sum, bytes) => sum + storageBytes(bytes), 0);
}

export class GpuRewards implements RewardCombiner {
  private readonly buffers: Buffers;
  private readonly queue: Queue;
  /** Read at every batch, so that changed settings act on the next one. */
  private readonly options: () => GroupRewardOptions;
  private slices: GroupRewardSlices | null = null;
  private capacity = 0;

  constructor(buffers: Buffers, queue: Queue, options: () => GroupRewardOptions) {
    this.buffers = buffers;
    this.queue = queue;
    this.options = options;
  }

  /** Groups must be of one size. */
  async combine(groups: readonly (readonly ScoredLength[])[]): Promise<CombinedGroup[]> {
    if (groups.length === 0) return [];
    const size = groups[0].length;
    const count = groups.length * size;
    const slices = this.reserve(count);
    this.queue.submit();
    this.buffers.write(slices.answers, Float32Array.from(groups.flat().flatMap(inputRow)));
    groupReward(this.queue, slices, groups.length, size, this.options());
    const [rewards, advantages, stats] = await Promise.all([
      this.queue.readFloats(slices.rewards, count * columns),
      this.queue.readFloats(slices.advantages, count),
      this.queue.readFloats(slices.stats, groups.length * columns),
    ]);
    return groups.map((group, g) => {
      const [mean, std, keep] = stats.subarray(g * columns);
      return {
        mean,
        std,
        varies: keep === 1,
        scores: group.map(({ score }, i) => combined(score, rewards.subarray((g * size + i) * columns))),
        advantages: advantages.slice(g * size, (g + 1) * size),
      };
    });
  }

  dispose(): void {
    for (const slice of Object.values(this.slices ?? {})) this.buffers.free(slice);
    this.slices = null;
    this.capacity = 0;
  }

  private reserve(count: number): GroupRewardSlices {
    if (this.slices && count <= this.capacity) return this.slices;
    this.queue.submit();
    this.dispose();
    const sizes = rewardSizes(count);
    this.capacity = count;
    this.slices = {
      answers: this.buffers.storage('rewards.answers', sizes.answers),
      rewards: this.buffers.storage('rewards.table', sizes.rewards),
      advantages: this.buffers.storage('rewards.advantages', sizes.advantages),
      stats: this.buffers.storage('rewards.stats', sizes.stats),
    };
    return this.slices;
  }
}

function inputRow({ score, length }: ScoredLength): [number, number, number, number] {
  const { judge } = score;
  return [score.rule, judge.asked ? judge.verdict : 0, judge.asked ? 1 : 0, length];
}

function combined(score: Score, [base, overlong, total, correct]: Float32Array): Score {
  return { ...score, base, overlong, total, correct: correct === 1 };
}
