/** @file `longview bench --profile`: the GPU's time by kernel, in an update and in a rollout. */
import { type Gpu, profile } from '../../gpu';
import type { KernelChoice } from '../../run/kernel-choice';
import { defaultPolicy } from '../default-policy';
import type { Findings } from './findings';
import { openPolicy, randomGroup, rollout, update } from './groups';

const answers = 8;
const answerTokens = 32;

/** @throws CodedError `gpu.no_timestamps`. */
export async function benchProfiles(
  gpu: Gpu,
  kernels: KernelChoice,
  lengths: readonly number[],
  report: Findings,
): Promise<void> {
  for (const promptTokens of lengths) {
    const shape = { promptTokens, answers, answerTokens };
    const config = { ...defaultPolicy, max_position_embeddings: promptTokens + answerTokens };
    const { policy } = await openPolicy(gpu, config, kernels, shape);
    const group = randomGroup(config, shape);
    for (const [what, work] of [
      ['update', () => update(policy, [group])],
      ['rollout', () => rollout(policy, group, answers, answerTokens)],
    ] as const) {
      await work();
      const times = await profile(policy.queue, work);
      const total = times.reduce((sum, { ms }) => sum + ms, 0);
      for (const { label, dispatches, ms } of times)
        report.add({
          part: 'profile',
          what: `${what}: ${label}`,
          at: `T ${promptTokens}, G ${answers}`,
          value: ms,
          unit: 'ms',
          runs: 1,
          note: `${((100 * ms) / total).toFixed(1)} %, ${dispatches} dispatches`,
        });
    }
    await policy.dispose();
  }
}
