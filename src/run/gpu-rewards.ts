/**
 * @file Rewards and advantages of a batch on the GPU: rule and judge results go up once, the hybrid reward and the group
 * normalisation are two dispatches, and the results come back once (paper Eq. 14, 7 and 5).
 */
import type { Buffers, Kernel, Queue, Slice } from '../gpu';
import { groupAdvantage, groupAdvantageKernels } from '../kernels/group-advantage/group-advantage';
import {
  type HybridRewardOptions,
  hybridReward,
  hybridRewardKernels,
} from '../kernels/hybrid-reward/hybrid-reward';
import type { Score } from '../reward/types';
import type { CombinedGroup, RewardCombiner, ScoredLength } from '../rl/types';

export const rewardKernels: readonly Kernel[] = [...hybridRewardKernels, ...groupAdvantageKernels];

/** verl's and QwenLong-L1's ε in (r − mean) / (std + ε). */
const advantageEpsilon = 1e-6;
/** Floats an answer in both tables: rule, judge, asked, length; base, overlong, total, correct. */
const columns = 4;
const totalColumn = 2;
const correctColumn = 3;

export interface GpuRewardOptions {
  hybrid: HybridRewardOptions;
  normalizeByStd: boolean;
}

export class GpuRewards implements RewardCombiner {
  private readonly buffers: Buffers;
  private readonly queue: Queue;
  /** Read at every batch, so that changed settings act on the next one. */
  private readonly options: () => GpuRewardOptions;
  private slices: { answers: Slice; rewards: Slice; advantages: Slice; stats: Slice } | null = null;
  private capacity = 0;

  constructor(buffers: Buffers, queue: Queue, options: () => GpuRewardOptions) {
    this.buffers = buffers;
    this.queue = queue;
    this.options = options;
  }

  /** Groups must be of one size. */
  async combine(groups: readonly (readonly ScoredLength[])[]): Promise<CombinedGroup[]> {
    if (groups.length === 0) return [];
    const { hybrid, normalizeByStd } = this.options();
    const size = groups[0].length;
    const count = groups.length * size;
    const { answers, rewards, advantages, stats } = this.reserve(count);
    this.queue.submit();
    this.buffers.write(answers, Float32Array.from(groups.flat().flatMap(inputRow)));
    hybridReward(this.queue, answers, rewards, count, hybrid);
    const table = { scores: rewards, stride: columns, rewardAt: totalColumn, metricAt: correctColumn };
    groupAdvantage(this.queue, table, advantages, stats, groups.length, size, {
      epsilon: advantageEpsilon,
      normalizeByStd,
      keepSingletons: false,
    });
    const [table32, advantages32, stats32] = await Promise.all([
      this.queue.readFloats(rewards, count * columns),
      this.queue.readFloats(advantages, count),
      this.queue.readFloats(stats, groups.length * columns),
    ]);
    return groups.map((group, g) => ({
      mean: stats32[g * columns],
      std: stats32[g * columns + 1],
      scores: group.map(({ score }, i) => combined(score, table32.subarray((g * size + i) * columns))),
      advantages: advantages32.slice(g * size, (g + 1) * size),
    }));
  }

  dispose(): void {
    for (const slice of Object.values(this.slices ?? {})) this.buffers.free(slice);
    this.slices = null;
    this.capacity = 0;
  }

  private reserve(count: number) {
    if (this.slices && count <= this.capacity) return this.slices;
    this.queue.submit();
    this.dispose();
    const floats = (name: string, each: number) => this.buffers.storage(name, count * each * 4);
    this.capacity = count;
    this.slices = {
      answers: floats('rewards.answers', columns),
      rewards: floats('rewards.table', columns),
      advantages: floats('rewards.advantages', 1),
      stats: floats('rewards.stats', columns),
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
