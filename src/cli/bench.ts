/** @file `longview bench`: medians of whole operations of the default policy on this adapter, as a table and a file. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Gpu, KernelTime } from '../gpu';
import { GpuPolicy } from '../policy/gpu-policy';
import { initialWeights } from '../policy/initialise';
import type { TrainGroup } from '../policy/types';
import { chooseKernels } from '../run/kernel-choice';
import { Random } from '../tasks/random';
import { type OptionSpecs, optionHelp, parseArguments } from './args';
import { benchKernels, benchProfile } from './bench-kernels';
import { kernelCache, runOrigin } from './files';
import { openNodeGpu } from './node-gpu';
import { defaultPolicy } from './warmup';

const specs = {
  prefix: { kind: 'text', value: 'LIST', help: 'prompt lengths in tokens with commas between [256,1024]' },
  repeats: { kind: 'count', value: 'N', help: 'timed runs a row [5]' },
  kernels: {
    kind: 'flag',
    help: 'calibration, and every variant of the linear layer, instead of the policy',
  },
  profile: { kind: 'flag', help: 'GPU time by kernel of a train step and of a rollout, too' },
  out: { kind: 'text', value: 'FILE', help: 'writes the table as JSON, such as bench/results/NAME.json' },
} as const satisfies OptionSpecs;

export const help = `longview bench [--flags]

Software adapters give figures for comparison within one run only, never a statement about speed.

${optionHelp(specs)}`;

const groupSize = 8;
const answerTokens = 32;

interface Row {
  operation: string;
  prefixTokens: number;
  tokens: number;
  medianMs: number;
  tokensPerSecond: number;
}

export async function run(argv: readonly string[]): Promise<number> {
  const { options } = parseArguments(argv, specs);
  const repeats = options.repeats ?? 5;
  const gpu = await openNodeGpu();
  try {
    if (options.kernels) {
      await save(gpu, options.out, await benchKernels(gpu));
      return 0;
    }
    const { kernels } = await chooseKernels(gpu, { cache: kernelCache() });
    const compileStarted = performance.now();
    const policy = await GpuPolicy.create(gpu, defaultPolicy, initialWeights(defaultPolicy, 1), {
      slicing: { sliceMs: 100 },
      linear: kernels.linear,
    });
    const compileMs = performance.now() - compileStarted;
    const rows: Row[] = [];
    const profiles: Record<string, KernelTime[] | null> = {};
    for (const prefix of (options.prefix ?? '256,1024').split(',').map(Number)) {
      const group = makeGroup(prefix);
      const shared = prefix + groupSize * answerTokens;
      rows.push(
        await row('train step, shared prefix', prefix, shared, repeats, () => train(policy, [group])),
      );
      const apart = group.answers.map((answer) => ({ ...group, answers: [answer] }));
      rows.push(
        await row('train step, prefix repeated', prefix, groupSize * (prefix + answerTokens), repeats, () =>
          train(policy, apart),
        ),
      );
      rows.push(
        await row('rollout of 8', prefix, groupSize * answerTokens, repeats, () => rollout(policy, group)),
      );
      if (options.profile) {
        for (const [name, work] of [
          [`train step, prefix ${prefix}`, () => train(policy, [group])],
          [`rollout of 8, prefix ${prefix}`, () => rollout(policy, group)],
        ] as const)
          profiles[name] = await benchProfile(name, policy.queue, work);
      }
    }
    const { liveBytes, peakBytes } = policy.buffers;
    console.table(
      rows.map((found) => ({
        ...found,
        medianMs: found.medianMs.toFixed(1),
        tokensPerSecond: found.tokensPerSecond.toFixed(0),
      })),
    );
    console.log(
      `kernels compiled in ${(compileMs / 1000).toFixed(1)} s; buffers ${(liveBytes / 2 ** 20).toFixed(1)} MiB, peak ${(peakBytes / 2 ** 20).toFixed(1)} MiB`,
    );
    await save(gpu, options.out, { repeats, compileMs, liveBytes, peakBytes, kernels, rows, profiles });
    await policy.dispose();
  } finally {
    gpu.close();
  }
  return 0;
}

/** Writes figures as JSON, with where they were taken; nothing without a place. */
async function save(gpu: Gpu, out: string | undefined, figures: object): Promise<void> {
  if (out === undefined) return;
  const place = resolve(out);
  await mkdir(dirname(place), { recursive: true });
  const { appVersion, commit, adapterClass } = runOrigin(gpu, {
    id: 'none',
    title: 'none',
    text: '',
    source: 'generated',
  });
  const origin = { adapter: adapterClass, runtime: `node ${process.version}, Dawn`, appVersion, commit };
  await writeFile(place, `${JSON.stringify({ ...origin, ...figures }, null, 2)}\n`);
}

function makeGroup(prefix: number): TrainGroup {
  const random = new Random(1, prefix);
  const tokens = (count: number) =>
    Uint32Array.from({ length: count }, () => random.between(7, defaultPolicy.vocab_size - 1));
  return {
    promptTokens: tokens(prefix),
    answers: Array.from({ length: groupSize }, (_, i) => ({
      tokens: tokens(answerTokens),
      oldLogprobs: new Float32Array(answerTokens).fill(-7),
      advantage: i % 2 === 0 ? 1 : -1,
      weights: new Float32Array(answerTokens).fill(1 / (groupSize * answerTokens)),
    })),
  };
}

/** The first run pays for compilation in the driver and is not counted. */
async function row(
  operation: string,
  prefixTokens: number,
  tokens: number,
  repeats: number,
  work: () => Promise<void>,
): Promise<Row> {
  await work();
  const times: number[] = [];
  for (let i = 0; i < repeats; i++) {
    const begin = performance.now();
    await work();
    times.push(performance.now() - begin);
  }
  const medianMs = times.sort((a, b) => a - b)[Math.floor(repeats / 2)];
  return { operation, prefixTokens, tokens, medianMs, tokensPerSecond: (tokens / medianMs) * 1000 };
}

async function train(policy: GpuPolicy, groups: TrainGroup[]): Promise<void> {
  await policy.update(
    groups,
    {
      kind: 'policy',
      temperature: 1,
      clipRatioLow: 0.2,
      clipRatioHigh: 0.28,
      clipRatioC: 0,
      klCoef: 0,
      klType: 'k3',
      entropyCoef: 0,
    },
    { learningRate: 1e-5, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 },
  );
  await policy.idle();
}

async function rollout(policy: GpuPolicy, group: TrainGroup): Promise<void> {
  await policy.rollout([{ promptTokens: group.promptTokens, groupSize, seed: 1, step: 1, promptIndex: 0 }], {
    temperature: 1,
    top_k: 0,
    top_p: 1,
    maxNewTokens: answerTokens,
    greedy: false,
  });
}
