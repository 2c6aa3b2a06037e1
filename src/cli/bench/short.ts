/**
 * @file Ratios that must hold on any machine, however slow or busy: what is compared takes turns, and the fastest runs
 * count. They guard against a fall back to repeated prompts, and against cost that grows faster than the mathematics.
 */
import { CodedError } from '../../errors';
import type { Gpu } from '../../gpu';
import type { KernelChoice } from '../../run/kernel-choice';
import { totalFlops, updateCost } from './cost';
import type { Findings } from './findings';
import { narrowPolicy, openPolicy, randomGroup, update } from './groups';
import { benchSharing } from './sharing';
import { timeInTurns } from './timing';

const repeats = 3;
/** A ratio that noise has spoilt holds at another attempt; one that the engine has lost does not. */
const attempts = 3;
const sharing = { policy: narrowPolicy, shape: { promptTokens: 256, answers: 8, answerTokens: 8 } };
/** The cost model asks for more than 5. */
const leastSharing = 3;
const lengths = { short: 256, long: 768 };
/** How much faster than the cost model time may grow; fixed costs only make it slower. */
const mostGrowth = 1.7;

/** A ratio that does not hold becomes a fault `bench.ratio` of the report. */
export async function benchShort(gpu: Gpu, kernels: KernelChoice, report: Findings): Promise<void> {
  const shared = await firstThatHolds(
    async () => (await benchSharing(gpu, kernels, sharing, repeats, report)).best,
    (ratio) => ratio >= leastSharing,
  );
  const growth = await firstThatHolds(
    () => growthAgainstModel(gpu, kernels),
    (ratio) => ratio <= mostGrowth,
  );
  report.add({
    part: 'short',
    what: 'growth of an update against the cost model',
    at: `T ${lengths.short} → ${lengths.long}`,
    value: growth,
    unit: '×',
    runs: repeats,
    note: `fastest runs; at most ${mostGrowth}`,
  });
  if (shared < leastSharing)
    report.faults.push(
      tooMuch(`a repeated prompt costs only ${shared.toFixed(2)} times as much as a shared one`),
    );
  if (growth > mostGrowth)
    report.faults.push(
      tooMuch(`an update's time grows ${growth.toFixed(2)} times as fast as its cost model`),
    );
}

/** The first value that holds, or the last one. */
async function firstThatHolds(
  measure: () => Promise<number>,
  holds: (value: number) => boolean,
): Promise<number> {
  let value = Number.NaN;
  for (let attempt = 0; attempt < attempts && !holds(value); attempt++) value = await measure();
  return value;
}

/** How many times as fast as its floating-point operations an update's time grows. */
async function growthAgainstModel(gpu: Gpu, kernels: KernelChoice): Promise<number> {
  const opened = [];
  for (const promptTokens of [lengths.short, lengths.long]) {
    const shape = { promptTokens, answers: 2, answerTokens: 8 };
    const config = { ...narrowPolicy, max_position_embeddings: promptTokens + shape.answerTokens };
    const { policy } = await openPolicy(gpu, config, kernels, shape);
    const flops = totalFlops(updateCost(config, shape).executed);
    opened.push({ policy, flops, group: randomGroup(config, shape) });
  }
  const [short, long] = await timeInTurns(
    opened.map(
      ({ policy, group }) =>
        () =>
          update(policy, [group]),
    ),
    repeats,
  );
  for (const { policy } of opened) await policy.dispose();
  return long.bestMs / short.bestMs / (opened[1].flops / opened[0].flops);
}

function tooMuch(what: string): CodedError {
  return new CodedError(
    'bench.ratio',
    `A ratio that any machine must hold does not: ${what}.`,
    'Run it again on a quiet machine; if it stays so, a change has made the engine slower than it was.',
  );
}
