/** @file `longview warmup`: makes the default policy by supervised fine-tuning and writes it as a Hugging Face folder. */
import { appendFile, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CodedError } from '../errors';
import { type EvaluationResult, evaluatePolicy } from '../evaluation/held-out';
import { GpuPolicy, type WeightTensors } from '../policy/gpu-policy';
import { initialWeights } from '../policy/initialise';
import type { PolicyTokenizer } from '../policy/tokenizer';
import { notLoadedJudge } from '../reward/judge';
import { createQuestionScorer } from '../reward/question-scorer';
import { type Checkpoint, loadCheckpoint, saveCheckpoint, weightsOf } from '../run/checkpoint';
import { familyMix } from '../run/family-mix';
import { presets } from '../run/presets';
import { documentTasks } from '../run/stage-tasks';
import { loadTokenizer } from '../run/tokenizer-files';
import { Warmup, type WarmupRecipe } from '../run/warmup';
import { openingDocument } from '../tasks/documents';
import type { LongDocument } from '../tasks/types';
import { type OptionSpecs, optionHelp, parseArguments } from './args';
import { defaultPolicy } from './default-policy';
import { readDocument, repositoryRoot } from './files';
import { openNodeGpu } from './node-gpu';
import { NodeStore } from './node-store';
import { Progress } from './progress';

const specs = {
  seed: { kind: 'count', value: 'S', help: 'seed of weights and examples [1]' },
  tokens: {
    kind: 'count',
    value: 'N',
    help: 'end after so many tokens instead of the whole recipe (the schedule stays)',
  },
  minutes: { kind: 'count', value: 'N', help: 'end after so many minutes; go on later with --resume' },
  work: { kind: 'text', value: 'DIR', help: 'folder of log and resumable state [runs/warmup]' },
  resume: { kind: 'flag', help: 'go on from the state in --work' },
  document: { kind: 'text', value: 'FILE', help: 'evaluate on this text, too' },
  out: { kind: 'text', value: 'DIR', help: 'where the policy is written [public/policy]' },
  every: { kind: 'count', value: 'N', help: 'evaluate and save every so many steps [50]' },
  questions: { kind: 'count', value: 'N', help: 'held-out questions an evaluation [96]' },
} as const satisfies OptionSpecs;

export const help = `longview warmup [--flags]

${optionHelp(specs)}`;

/** How the shipped checkpoint is made. */
export const defaultRecipe: Omit<WarmupRecipe, 'seed'> = {
  stages: [
    { windowTokens: [32, 64], untilTokens: 600_000 },
    { windowTokens: [64, 96], untilTokens: 1_200_000 },
    { windowTokens: [80, 160], untilTokens: 2_400_000 },
  ],
  documents: 16,
  questions: 4,
  answerWeight: 2,
  maxAnswerTokens: 56,
  learningRate: 2e-3,
  warmupSteps: 30,
  decayFrom: 0.6,
  decayTo: 0.15,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0.01,
  maxGradNorm: 1,
};

export async function run(argv: readonly string[]): Promise<number> {
  const { settings, options } = parseArguments(argv, specs);
  if (Object.keys(settings).length > 0)
    throw new CodedError('cli.usage', `warmup takes no setting such as --${Object.keys(settings)[0]}.`, help);
  const work = resolve(options.work ?? 'runs/warmup');
  const out = resolve(options.out ?? join(repositoryRoot(), 'public/policy'));
  const begun = options.resume ? await loadCheckpoint(new NodeStore(work), 'state') : null;
  const seed = begun?.trainerState.seed ?? options.seed ?? 1;
  const tokenizerFiles = await readTokenizer();
  const tokenizer = loadTokenizer({ tokenizerFiles });
  const gpu = await openNodeGpu();
  const started = performance.now();
  try {
    const weights = begun ? weightsOf(begun.weights) : initialWeights(defaultPolicy, seed);
    const policy = await GpuPolicy.create(gpu, defaultPolicy, weights, {
      slicing: { sliceMs: 200 },
    });
    const warmup = new Warmup(policy, tokenizer, { ...defaultRecipe, seed });
    if (begun) restore(policy, warmup, begun);
    const documents = [
      openingDocument(),
      ...(options.document === undefined ? [] : [await readDocument(options.document)]),
    ];
    const log = join(work, 'log.jsonl');
    await mkdir(work, { recursive: true });
    if (!begun) await writeFile(log, '');
    const end = Math.min(options.tokens ?? Number.POSITIVE_INFINITY, warmup.totalTokens);
    const deadline = options.minutes === undefined ? Number.POSITIVE_INFINITY : options.minutes * 60_000;
    const progress = new Progress(process.stderr, end, warmup.progress.tokens, undefined, {
      unit: 'token',
      measure: 'loss',
    });
    const every = options.every ?? 50;
    let losses: number[] = [];
    while (warmup.progress.tokens < end && performance.now() - started < deadline) {
      const record = await warmup.step();
      losses.push(record.loss);
      progress.update({ step: record.tokens, reward: record.loss });
      const last = record.tokens >= end;
      if (record.step % every !== 0 && !last) continue;
      const evaluations = await evaluateAll(policy, tokenizer, documents, options.questions ?? 96);
      const line = {
        ...record,
        loss: losses.reduce((a, b) => a + b, 0) / losses.length,
        seconds: (performance.now() - started) / 1000,
        evaluations,
      };
      losses = [];
      await appendFile(log, `${JSON.stringify(line)}\n`);
      progress.line(describe(line.step, line.tokens, line.loss, evaluations));
      await saveCheckpoint(
        new NodeStore(work),
        'state',
        await snapshot(policy, warmup, tokenizerFiles, true),
      );
    }
    progress.end();
    const minutes = (performance.now() - started) / 60_000;
    await saveCheckpoint(
      new NodeStore(out),
      '',
      await snapshot(policy, warmup, tokenizerFiles, false),
      'F16',
    );
    const { description, vendor } = gpu.adapter;
    const card = {
      command: 'npm run warmup',
      seed,
      recipe: defaultRecipe,
      ...warmup.progress,
      adapter: description || vendor,
      minutesOfThisCall: minutes,
    };
    await writeFile(join(out, 'warmup.json'), `${JSON.stringify(card, null, 2)}\n`);
    await copyFile(log, join(out, 'warmup-log.jsonl'));
    console.log(
      `Wrote ${out} after ${warmup.progress.tokens} tokens, ${minutes.toFixed(1)} minutes of this call.`,
    );
    await policy.dispose();
  } finally {
    gpu.close();
  }
  return 0;
}

type NamedEvaluation = EvaluationResult & { document: string };

/** Held-out questions on every document, at the window of preset micro. */
async function evaluateAll(
  policy: GpuPolicy,
  tokenizer: PolicyTokenizer,
  documents: readonly LongDocument[],
  questions: number,
): Promise<NamedEvaluation[]> {
  const { micro } = presets;
  const scorer = createQuestionScorer({
    ruleMode: 'strict',
    rewardMode: 'rule',
    overlong: null,
    judge: notLoadedJudge(),
  });
  const port = {
    rollout: policy.rollout.bind(policy),
    decodeTokens: (tokens: Uint32Array) => tokenizer.decode(tokens),
  };
  const results: NamedEvaluation[] = [];
  for (const document of documents) {
    const tasks = documentTasks(document, tokenizer, {
      windowTokens: micro.window_tokens,
      families: familyMix(micro['task.families']).document,
      seed: 1,
      part: 'held-out',
      maxPromptTokens: micro.max_prompt_length,
    });
    const sampling = {
      temperature: micro.temperature,
      top_k: micro.top_k,
      top_p: micro.top_p,
      maxNewTokens: micro.max_response_length,
      greedy: false,
    };
    results.push({
      document: document.title,
      ...(await evaluatePolicy(port, scorer, tasks, { questions, samples: 8, seed: 1, sampling })),
    });
  }
  return results;
}

function describe(
  step: number,
  tokens: number,
  loss: number,
  evaluations: readonly NamedEvaluation[],
): string {
  const parts = evaluations.map(
    ({ document, greedyAccuracy, sampledReward, varyingGroups, families }) =>
      `${document}: greedy ${greedyAccuracy.toFixed(2)} sampled ${sampledReward.toFixed(2)} varying ${varyingGroups.toFixed(2)} ` +
      Object.entries(families)
        .map(([family, value]) => `${family} ${value.greedyAccuracy.toFixed(2)}`)
        .join(' '),
  );
  return `step ${step}, ${(tokens / 1e6).toFixed(2)} M tokens, loss ${loss.toFixed(3)} | ${parts.join(' | ')}`;
}

async function readTokenizer(): Promise<Record<string, string>> {
  const store = new NodeStore(join(repositoryRoot(), 'public/policy'));
  const read = async (name: string) => new TextDecoder().decode(await store.read(name));
  return {
    'tokenizer.json': await read('tokenizer.json'),
    'tokenizer_config.json': await read('tokenizer_config.json'),
  };
}

async function snapshot(
  policy: GpuPolicy,
  warmup: Warmup,
  tokenizerFiles: Record<string, string>,
  withMoments: boolean,
): Promise<Checkpoint> {
  const weights = await policy.readWeights();
  const shaped = (prefix: string, tensors: WeightTensors) =>
    policy.layout.tensors.map(
      ({ name, shape }) => [`${prefix}${name}`, { shape, data: tensors[name] }] as const,
    );
  const moments = withMoments ? await policy.readOptimizer() : null;
  const { micro } = presets;
  return {
    config: defaultPolicy,
    weights: Object.fromEntries(shaped('', weights)),
    optimizer: moments && Object.fromEntries([...shaped('m.', moments.m), ...shaped('v.', moments.v)]),
    tokenizerFiles,
    sampling: {
      temperature: micro.temperature,
      top_k: 0,
      top_p: micro.top_p,
      maxNewTokens: micro.max_response_length,
      greedy: false,
    },
    // The count of tokens decides stage and learning rate: it stands where a training run keeps its next question.
    trainerState: {
      global_step: warmup.progress.step,
      next_item: warmup.progress.tokens,
      optimizer_updates: warmup.progress.step,
      seed: warmup.recipe.seed,
    },
  };
}

function restore(policy: GpuPolicy, warmup: Warmup, { optimizer, trainerState }: Checkpoint): void {
  if (!optimizer)
    throw new CodedError(
      'checkpoint.no_optimizer',
      'The warm-up state holds no optimiser moments.',
      'Start without --resume.',
    );
  const part = (prefix: string): WeightTensors =>
    Object.fromEntries(policy.layout.tensors.map(({ name }) => [name, optimizer[`${prefix}${name}`].data]));
  policy.loadOptimizer({ step: trainerState.optimizer_updates, m: part('m.'), v: part('v.') });
  warmup.progress = { step: trainerState.global_step, tokens: trainerState.next_item };
}
