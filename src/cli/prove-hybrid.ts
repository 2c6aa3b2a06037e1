/**
 * @file `longview prove-hybrid`: from one warm-up, the same training with reward mode rule, judge and max, on the family
 * whose gold says it in other words than the text (narrative). Asked of held-out stories: what rule and judge accept, and
 * what is right.
 */
import { resolve } from 'node:path';
import { type WordingShares, wordingShares } from '../evaluation/wordings';
import type { Gpu } from '../gpu';
import { type Interval, mean, meanInterval95 } from '../rl/statistics';
import { saveCheckpoint } from '../run/checkpoint';
import { configFromFlags } from '../run/config-text';
import { familySuites } from '../run/family-suites';
import type { Session } from '../run/session';
import type { RunConfig } from '../run/settings';
import { hasWarmup, stageSteps, withoutWarmup } from '../run/stages-text';
import type { LongDocument } from '../tasks/types';
import { numberList, type OptionSpecs, optionHelp, parseArguments, usage } from './args';
import { policyStore, readDocument } from './files';
import { openNodeGpu } from './node-gpu';
import { NodeStore } from './node-store';
import { openSession } from './open-session';
import { Progress } from './progress';
import { signed, TrialFile } from './trials';

const arms = ['rule', 'max', 'judge'] as const;
type Arm = (typeof arms)[number];

const specs = {
  seeds: { kind: 'text', value: 'LIST', help: 'seeds with commas between [1,2,3]' },
  steps: { kind: 'count', value: 'N', help: 'training steps an arm [40]' },
  questions: { kind: 'count', value: 'N', help: 'held-out stories, asked 8 times each [64]' },
  start: {
    kind: 'text',
    value: 'DIR',
    help: 'where the warmed-up policy is kept, or is [runs/hybrid-start]',
  },
  out: {
    kind: 'text',
    value: 'FILE',
    help: 'writes all numbers as JSON after every arm; arms found in it are not run again',
  },
} as const satisfies OptionSpecs;

export const help = `longview prove-hybrid [--flags] [--any_setting value]

Preset micro on the family narrative: a warm-up in any accepted wording (--curriculum, [sft:320x320]), then each reward mode
(${arms.join(', ')}) from it, with the same questions and noise a seed. Exit code 1 where max does not beat rule on max(rule, judge) with every seed.

${optionHelp(specs)}`;

/** Short reasoning in the words of the story, and an answer in any of the words that mean the same. */
const preset = {
  preset: 'micro',
  'task.families': ['narrative'],
  max_prompt_length: 320,
  window_tokens: 256,
  // A policy this small says much by chance at temperature 1; the paper samples at 0.7.
  temperature: 0.7,
  curriculum: 'sft:320x320',
  'sft.reasoning': 'evidence',
  'sft.wording': 'any',
  'sft.documents': 16,
  'sft.lr': 5e-4,
  judge: 'embedded',
  'eval.every': 0,
} as const;

const samples = 8;

interface Trial {
  arm: Arm;
  seed: number;
  steps: number;
  before: WordingShares;
  after: WordingShares;
  minutes: number;
}

interface Difference {
  /** By seed. */
  each: number[];
  mean: number;
  interval95: Interval | null;
}

export async function run(argv: readonly string[]): Promise<number> {
  const { settings, options } = parseArguments(argv, specs);
  const seeds = numberList('seeds', options.seeds ?? '1,2,3');
  const config = configFromFlags({ ...preset, ...settings });
  if (!hasWarmup(config.curriculum)) throw usage('prove-hybrid needs an sft: stage in --curriculum.');
  const steps = options.steps ?? 40;
  const questions = options.questions ?? 64;
  const document = await readDocument(undefined);
  const start = resolve(options.start ?? 'runs/hybrid-start');
  const gpu = await openNodeGpu();
  const proof = await TrialFile.open<Trial>(options.out, {
    config,
    document: document.title,
    adapter: gpu.adapter,
  });
  try {
    await warmUp(config, document, gpu, start);
    for (const seed of seeds) {
      for (const arm of arms) {
        if (proof.find(arm, seed, steps)) continue;
        const before = proof.trials.find((done) => done.seed === seed)?.before;
        const trainConfig: RunConfig = {
          ...config,
          seed,
          'reward.mode': arm,
          curriculum: withoutWarmup(config.curriculum),
        };
        await proof.add(await trial(arm, trainConfig, { steps, questions, document, start, gpu, before }));
      }
    }
  } finally {
    gpu.close();
  }
  const difference = {
    hybrid: compare(proof.trials, seeds, 'hybrid'),
    right: compare(proof.trials, seeds, 'right'),
  };
  for (const [name, { each, mean: value, interval95 }] of Object.entries(difference))
    console.log(
      `max − rule, ${name === 'hybrid' ? 'accepted by rule or judge' : 'right'}: ${signed(value)} (${each.map(signed).join(', ')})` +
        (interval95 ? `, 95 % interval ${signed(interval95.low)} to ${signed(interval95.high)}` : '') +
        `, ${seeds.length} seeds`,
    );
  await proof.save({ difference });
  return difference.hybrid.each.every((value) => value > 0) ? 0 : 1;
}

/** Makes the common start unless it is there. */
async function warmUp(config: RunConfig, document: LongDocument, gpu: Gpu, start: string): Promise<void> {
  const store = new NodeStore(start);
  if (await store.exists('config.json')) return;
  const policyFiles = await policyStore(config.policy);
  const session = await openSession({ config, document, policyFiles, isStart: true, gpu });
  const steps = stageSteps(config.curriculum) ?? 0;
  const progress = new Progress(process.stderr, steps, 0, undefined, { unit: 'step', measure: 'loss' });
  try {
    for (let step = 1; step <= steps; step++) {
      const { metrics } = await session.step();
      progress.update({ step, reward: metrics['train/loss'] });
    }
    await saveCheckpoint(store, '', { ...(await session.checkpoint()), optimizer: null });
  } finally {
    progress.end();
    await session.dispose();
  }
}

async function trial(
  arm: Arm,
  config: RunConfig,
  options: {
    steps: number;
    questions: number;
    document: LongDocument;
    start: string;
    gpu: Gpu;
    before: WordingShares | undefined;
  },
): Promise<Trial> {
  const { steps, questions, document, start, gpu } = options;
  const started = performance.now();
  const session = await openSession({ config, document, policyFiles: new NodeStore(start), gpu });
  const progress = new Progress(process.stderr, steps);
  try {
    const before = options.before ?? (await ask(session, config, questions));
    for (let step = 1; step <= steps; step++) {
      const { metrics } = await session.step();
      progress.update({ step, reward: metrics['critic/rewards/mean'] });
    }
    const after = await ask(session, config, questions);
    const minutes = (performance.now() - started) / 60_000;
    progress.line(
      `${arm} seed ${config.seed}, ${steps} steps, ${minutes.toFixed(1)} min: ${told(before, after)}`,
    );
    return { arm, seed: config.seed, steps, before, after, minutes };
  } finally {
    progress.end();
    await session.dispose();
  }
}

/** Sampled answers to held-out stories as long as the run's prompts, by rule, judge and truth. */
async function ask(session: Session, config: RunConfig, questions: number): Promise<WordingShares> {
  const suite = familySuites(session.tokenizer, config.seed).find(({ name }) => name === 'narrative');
  if (!suite) throw new Error('There is no suite narrative.');
  const { records } = await session.evaluateSuites({
    suites: [suite],
    buckets: [config.max_prompt_length],
    depths: [null],
    questions,
    samples,
    seed: config.seed,
    ks: [1],
  });
  return wordingShares(
    records.map((record) => ({
      question: suite.item(record, record.index).question,
      answers: record.answers.filter(({ greedy }) => !greedy),
    })),
  );
}

function told(before: WordingShares, after: WordingShares): string {
  const names = {
    rule: 'rule',
    hybrid: 'rule or judge',
    right: 'right',
    acceptedWrong: 'accepted but wrong',
  } as const;
  return Object.entries(names)
    .map(([key, name]) => {
      const share = key as keyof typeof names;
      return `${name} ${before[share].toFixed(3)} → ${after[share].toFixed(3)}`;
    })
    .join(', ');
}

function compare(trials: readonly Trial[], seeds: readonly number[], share: keyof WordingShares): Difference {
  const of = (arm: Arm, seed: number) =>
    trials.find((found) => found.arm === arm && found.seed === seed)?.after[share] ?? 0;
  const differences = seeds.map((seed) => of('max', seed) - of('rule', seed));
  return { each: differences, mean: mean(differences), interval95: meanInterval95(differences) };
}
