/** @file Whole operations of the default policy at several lengths: update, decoding, bytes. */
import type { Gpu } from '../../gpu';
import type { KernelChoice } from '../../run/kernel-choice';
import { defaultPolicy } from '../default-policy';
import { decodeStepCost, totalFlops, updateCost } from './cost';
import type { Findings } from './findings';
import { openPolicy, randomGroup, rollout, update } from './groups';
import { timed, timeInTurns } from './timing';

const answers = 8;
const answerTokens = 33;

/** Update and decode speed of eight answers to prompts of these lengths; planned and taken bytes. */
export async function benchSteps(
  gpu: Gpu,
  kernels: KernelChoice,
  lengths: readonly number[],
  repeats: number,
  report: Findings,
): Promise<void> {
  const details: Record<string, unknown> = {};
  for (const promptTokens of lengths) {
    const shape = { promptTokens, answers, answerTokens };
    const config = { ...defaultPolicy, max_position_embeddings: promptTokens + answerTokens };
    const { policy, plan, peakBytes } = await openPolicy(gpu, config, kernels, shape);
    const group = randomGroup(config, shape);
    const [learned, long, short] = await timeInTurns(
      [
        () => update(policy, [group]),
        () => rollout(policy, group, answers, answerTokens),
        // The prompt alone, and the first token, which comes from it.
        () => rollout(policy, group, answers, 1),
      ],
      repeats,
    );
    const decoded = timed(long.samples.map((ms, i) => ms - short.samples[i]));
    const cost = updateCost(config, shape);
    const steps = answerTokens - 1;
    const at = `T ${promptTokens}, G ${answers}`;
    const figure = { part: 'steps', at, runs: repeats };
    report.add(
      {
        ...figure,
        what: 'update',
        value: (cost.rows / learned.medianMs) * 1000,
        unit: 'tokens/s',
        note: `${learned.medianMs.toFixed(0)} ms, ${(totalFlops(cost.executed) / learned.medianMs / 1e6).toFixed(1)} GFLOP/s as executed`,
      },
      {
        ...figure,
        what: 'decoding',
        value: ((answers * steps) / decoded.medianMs) * 1000,
        unit: 'tokens/s',
        note: `${(decoded.medianMs / steps).toFixed(1)} ms a step, ${((decodeStepCost(config, promptTokens, answers, steps / 2).bytes * steps) / decoded.medianMs / 1e6).toFixed(2)} GB/s`,
      },
      {
        ...figure,
        what: 'GPU memory, peak',
        value: (await peakBytes()) / 2 ** 20,
        unit: 'MiB',
        runs: 1,
        note: `planned ${(plan.bytes / 2 ** 20).toFixed(1)} MiB`,
      },
    );
    details[promptTokens] = { update: learned.samples, rollout: long.samples, prompt: short.samples };
    await policy.dispose();
  }
  report.details.steps = details;
}
