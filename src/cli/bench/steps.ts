/** @file Whole operations of the default policy at several lengths: update, decoding, what recording them takes, bytes. */
import type { Gpu } from '../../gpu';
import type { GpuPolicy } from '../../policy/gpu-policy';
import type { KernelChoice } from '../../run/kernel-choice';
import { defaultPolicy } from '../default-policy';
import { decodeStepCost, totalFlops, updateCost } from './cost';
import type { Findings } from './findings';
import { openPolicy, randomGroup, rollout, update } from './groups';
import { threadMs, timed, timeInTurns } from './timing';

const answers = 8;
const answerTokens = 33;

/** What an operation's recording takes of this thread. */
class Recorder {
  private readonly policy: GpuPolicy;
  private readonly runs: { ms: number; dispatches: number }[] = [];

  constructor(policy: GpuPolicy) {
    this.policy = policy;
    policy.queue.recordingClock = threadMs;
  }

  async run(operation: () => Promise<unknown>): Promise<void> {
    const { queue } = this.policy;
    const before = { ms: queue.recordingMs, dispatches: queue.dispatches };
    await operation();
    this.runs.push({
      ms: queue.recordingMs - before.ms,
      dispatches: queue.dispatches - before.dispatches,
    });
  }

  /** The run that other programs disturbed least. */
  best(): { ms: number; dispatches: number } {
    return this.runs.reduce((best, next) => (next.ms < best.ms ? next : best));
  }
}

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
    const recorders = [new Recorder(policy), new Recorder(policy), new Recorder(policy)];
    const [learned, long, short] = await timeInTurns(
      [
        () => recorders[0].run(() => update(policy, [group])),
        () => recorders[1].run(() => rollout(policy, group, answers, answerTokens)),
        // The prompt alone, and the first token, which comes from it.
        () => recorders[2].run(() => rollout(policy, group, answers, 1)),
      ],
      repeats,
    );
    const decoded = timed(long.samples.map((ms, i) => ms - short.samples[i]));
    const recording = recorders.map((recorder) => recorder.best());
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
      ...[
        { what: 'recording an update', ...recording[0], wholeMs: learned.bestMs },
        {
          what: 'recording a decode step',
          ms: (recording[1].ms - recording[2].ms) / steps,
          dispatches: (recording[1].dispatches - recording[2].dispatches) / steps,
          wholeMs: decoded.bestMs / steps,
        },
      ].map(({ what, ms, dispatches, wholeMs }) => ({
        ...figure,
        what,
        value: (100 * ms) / wholeMs,
        unit: '%',
        note: `${ms.toFixed(2)} of ${wholeMs.toFixed(1)} ms, ${dispatches.toFixed(0)} dispatches; fastest runs`,
      })),
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
