/**
 * @file `longview prove-learning`: training raises the held-out reward over several seeds, and does not where it must not
 * (learning rate 0; rewards exchanged inside each group).
 */
import type { Gpu } from '../gpu';
import { type Interval, mean, meanInterval95 } from '../rl/statistics';
import { configFromFlags } from '../run/config-text';
import type { Evaluation } from '../run/session-evaluation';
import type { RunConfig } from '../run/settings';
import type { FileStore } from '../run/store';
import type { LongDocument } from '../tasks/types';
import { type OptionSpecs, optionHelp, parseArguments, usage } from './args';
import { policyStore, readDocument } from './files';
import { openNodeGpu } from './node-gpu';
import { openSession } from './open-session';
import { Progress } from './progress';
import { signed, TrialFile } from './trials';

const specs = {
  seeds: { kind: 'text', value: 'LIST', help: 'seeds with commas between [1,2,3]' },
  steps: { kind: 'count', value: 'N', help: 'training steps a seed [60]' },
  arms: { kind: 'text', value: 'LIST', help: 'learn, frozen (learning rate 0), shuffled [all three]' },
  'at-least': {
    kind: 'text',
    value: 'X',
    help: 'rise of the mean sampled reward to show [0.15; 0.10 with --document]',
  },
  document: {
    kind: 'text',
    value: 'FILE',
    help: 'text to ask questions of; a generated document without it',
  },
  out: {
    kind: 'text',
    value: 'FILE',
    help: 'writes all numbers as JSON after every trial; trials found in it are not run again',
  },
} as const satisfies OptionSpecs;

export const help = `longview prove-learning [--flags] [--any_setting value]

Preset micro unless another is named. Exit code 1 where a claim does not hold.

${optionHelp(specs)}`;

const arms = ['learn', 'frozen', 'shuffled'] as const;
type Arm = (typeof arms)[number];

const defaultSteps = 60;
/** A step at learning rate 0 is like any other; more of them would only take time. */
const frozenSteps = 5;

interface Trial {
  arm: Arm;
  seed: number;
  steps: number;
  before: Evaluation;
  after: Evaluation;
  minutes: number;
}

interface Verdict {
  claim: string;
  /** Mean over seeds of after − before. */
  rise: number;
  /** Null with a single seed, which proves nothing. */
  interval95: Interval | null;
  holds: boolean;
}

export async function run(argv: readonly string[]): Promise<number> {
  const { settings, options } = parseArguments(argv, specs);
  const seeds = (options.seeds ?? '1,2,3').split(',').map(Number);
  if (!seeds.every(Number.isSafeInteger)) throw usage('--seeds must be whole numbers with commas between.');
  const chosen = (options.arms ?? arms.join()).split(',');
  const wanted = arms.filter((arm) => chosen.includes(arm));
  if (wanted.length !== chosen.length) throw usage(`--arms must be of ${arms.join(', ')}.`);
  const atLeast = Number(options['at-least'] ?? (options.document === undefined ? 0.15 : 0.1));
  if (!Number.isFinite(atLeast)) throw usage('--at-least must be a number.');
  const config = configFromFlags({ preset: 'micro', 'eval.questions': 256, ...settings });
  const document = await readDocument(options.document);
  const policyFiles = await policyStore(config.policy);
  const gpu = await openNodeGpu();
  const proof = await TrialFile.open<Trial>(options.out, {
    config,
    document: document.title,
    adapter: gpu.adapter,
  });
  try {
    for (const seed of seeds) {
      for (const arm of wanted) {
        const steps =
          arm === 'frozen'
            ? Math.min(frozenSteps, options.steps ?? defaultSteps)
            : (options.steps ?? defaultSteps);
        if (proof.find(arm, seed, steps)) continue;
        // The arms of a seed begin with the same weights, questions and noise.
        const before = proof.trials.find((done) => done.seed === seed)?.before;
        await proof.add(await trial(arm, { ...config, seed }, steps, document, policyFiles, gpu, before));
      }
    }
  } finally {
    gpu.close();
  }
  const verdicts = wanted.map((arm) =>
    verdict(
      arm,
      proof.trials.filter((found) => found.arm === arm && seeds.includes(found.seed)),
      atLeast,
    ),
  );
  for (const { claim, rise, interval95, holds } of verdicts) {
    const range = interval95 ? `${signed(interval95.low)} to ${signed(interval95.high)}` : 'none';
    console.log(
      `${holds ? 'holds' : 'FAILS'}  ${claim}: rise ${signed(rise)}, 95 % interval ${range}, ${seeds.length} seeds`,
    );
  }
  await proof.save({ verdicts });
  return verdicts.every(({ holds }) => holds) ? 0 : 1;
}

async function trial(
  arm: Arm,
  config: RunConfig,
  steps: number,
  document: LongDocument,
  policyFiles: FileStore,
  gpu: Gpu,
  known: Evaluation | undefined,
): Promise<Trial> {
  const started = performance.now();
  const session = await openSession({
    config: arm === 'frozen' ? { ...config, lr: 0 } : config,
    document,
    policyFiles,
    isStart: true,
    gpu,
    shuffleRewards: arm === 'shuffled',
  });
  const progress = new Progress(process.stderr, steps);
  try {
    const before = known ?? (await session.evaluate());
    for (let step = 1; step <= steps; step++) {
      const record = await session.step();
      progress.update({ step, reward: record.metrics['critic/rewards/mean'] });
    }
    progress.end();
    const after = await session.evaluate();
    const minutes = (performance.now() - started) / 60_000;
    console.log(
      `${arm} seed ${config.seed}: sampled reward ${before.sampledReward.toFixed(3)} → ${after.sampledReward.toFixed(3)}, ` +
        `greedy accuracy ${before.greedyAccuracy.toFixed(3)} → ${after.greedyAccuracy.toFixed(3)}, ` +
        `${after.questions} questions, ${(100 * before.varyingGroups).toFixed(0)} % → ` +
        `${(100 * after.varyingGroups).toFixed(0)} % of groups vary, ${steps} steps, ${minutes.toFixed(1)} min`,
    );
    return { arm, seed: config.seed, steps, before, after, minutes };
  } finally {
    progress.end();
    await session.dispose();
  }
}

function verdict(arm: Arm, trials: readonly Trial[], atLeast: number): Verdict {
  const rises = trials.map(({ before, after }) => after.sampledReward - before.sampledReward);
  const measured = { rise: mean(rises), interval95: meanInterval95(rises) };
  switch (arm) {
    case 'learn':
      return {
        claim: `training raises the held-out reward by at least ${atLeast}`,
        ...measured,
        holds: measured.rise >= atLeast && (measured.interval95?.low ?? 0) > 0,
      };
    case 'frozen':
      // The same weights, questions and noise: the same answers, exactly.
      return {
        claim: 'learning rate 0 moves nothing',
        ...measured,
        holds: trials.every(({ before, after }) => before.sampledReward === after.sampledReward),
      };
    case 'shuffled':
      return {
        claim: 'shuffled rewards do not raise it',
        ...measured,
        holds: measured.interval95 !== null && measured.interval95.low <= 0,
      };
    default:
      return arm satisfies never;
  }
}
