/** @file What sharing the prompt saves: the same answers learned from with one prompt and with the prompt repeated. */
import type { Gpu } from '../../gpu';
import type { PolicyConfig } from '../../policy/types';
import type { KernelChoice } from '../../run/kernel-choice';
import { defaultPolicy } from '../default-policy';
import { type GroupShape, totalFlops, updateCost } from './cost';
import type { Findings } from './findings';
import { apart, openPolicy, randomGroup, update } from './groups';
import { median, timeInTurns } from './timing';

/** The lengths and the policy that the comparison is told for. */
export const sharingCase = {
  policy: defaultPolicy,
  shape: { promptTokens: 2048, answers: 8, answerTokens: 64 },
};

/** Times both in turns on one policy. @returns how many times as long the repeated prompt takes, median and fastest. */
export async function benchSharing(
  gpu: Gpu,
  kernels: KernelChoice,
  { policy: base, shape }: { policy: PolicyConfig; shape: GroupShape },
  repeats: number,
  report: Findings,
): Promise<{ median: number; best: number }> {
  const config = {
    ...base,
    max_position_embeddings: shape.promptTokens + shape.answerTokens,
  };
  const { policy } = await openPolicy(gpu, config, kernels, shape);
  const group = randomGroup(config, shape);
  const [shared, repeated] = await timeInTurns(
    [() => update(policy, [group]), () => update(policy, apart(group))],
    repeats,
  );
  await policy.dispose();
  const alone = { ...shape, answers: 1 };
  const wanted =
    totalFlops(updateCost(config, alone, shape.answers).executed) /
    totalFlops(updateCost(config, shape).executed);
  const ratios = shared.samples.map((ms, i) => repeated.samples[i] / ms);
  const found = { median: median(ratios), best: repeated.bestMs / shared.bestMs };
  const { promptTokens, answers, answerTokens } = shape;
  const figure = {
    part: 'sharing',
    at: `G ${answers}, P ${promptTokens}, S ${answerTokens}`,
    runs: repeats,
  };
  report.add(
    { ...figure, what: 'update, prompt shared', value: shared.medianMs, unit: 'ms' },
    { ...figure, what: 'update, prompt repeated', value: repeated.medianMs, unit: 'ms' },
    {
      ...figure,
      what: 'repeated / shared',
      value: found.median,
      unit: '×',
      note: `fastest runs ${found.best.toFixed(2)}×; the cost model asks for ${wanted.toFixed(2)}×`,
    },
  );
  report.details.sharing = { shape, shared: shared.samples, repeated: repeated.samples };
  return found;
}
