/** @file `longview judge-train`: trains the embedded judge on generated pairs and writes its folder. */
import { join, resolve } from 'node:path';
import { CodedError } from '../errors';
import { toHuggingFaceConfig } from '../policy/config';
import { GpuPolicy, type WeightTensors } from '../policy/gpu-policy';
import { parseSafetensors, serializeSafetensors } from '../policy/safetensors';
import type { PolicyConfig } from '../policy/types';
import { weightsOf } from '../run/checkpoint';
import { JudgeEncoder } from '../run/judge/encoding';
import {
  accuracy,
  chooseThreshold,
  confusion,
  falseAcceptRate,
  generatedPairs,
  type JudgedPair,
  judgePairs,
} from '../run/judge/evaluation';
import { type JudgeRecipe, JudgeTraining, judgeConfig, judgeStart } from '../run/judge/training';
import { judgeTokenizerJson, judgeVocabulary } from '../run/judge/vocabulary';
import { MemoryStore } from '../run/memory-store';
import { createEmbeddedJudge, judgeFiles } from '../run/onnx/embedded-judge';
import { judgeToOnnx } from '../run/onnx/judge-graph';
import { readJson, readText } from '../run/store';
import { type OptionSpecs, optionHelp, parseArguments } from './args';
import { repositoryRoot } from './files';
import { onInterrupt } from './interrupt';
import { openNodeGpu } from './node-gpu';
import { NodeStore } from './node-store';
import { Progress } from './progress';

const specs = {
  seed: { kind: 'count', value: 'S', help: 'seed of weights and pairs [1]' },
  steps: { kind: 'count', value: 'N', help: 'steps of the whole training, with its schedule [3600]' },
  minutes: { kind: 'count', value: 'N', help: 'end after so many minutes; go on later with --resume' },
  work: { kind: 'text', value: 'DIR', help: 'folder of log and resumable state [runs/judge]' },
  resume: { kind: 'flag', help: 'go on from the state in --work' },
  out: {
    kind: 'text',
    value: 'DIR',
    help: 'where the judge is written [public/judge]',
  },
  every: { kind: 'count', value: 'N', help: 'evaluate and write the judge every so many steps [100]' },
} as const satisfies OptionSpecs;

export const help = `longview judge-train [--flags]

${optionHelp(specs)}`;

/** How the shipped judge is made. */
const defaultRecipe: Omit<JudgeRecipe, 'seed'> = {
  steps: 3600,
  questions: 16,
  answers: 8,
  learningRate: 3e-3,
  warmupSteps: 30,
  decayFrom: 0.5,
  decayTo: 0.05,
  beta1: 0.9,
  beta2: 0.98,
  epsilon: 1e-8,
  weightDecay: 0.01,
  maxGradNorm: 1,
};

/** The threshold accepts at most this share of the different validation pairs: half of the .02 aimed at on others. */
const maxFalseAccepts = 0.01;
const validationGroups = 24;
/** Steps between two states kept for --resume. */
const saveEvery = 20;

export async function run(argv: readonly string[]): Promise<number> {
  const { settings, options } = parseArguments(argv, specs);
  if (Object.keys(settings).length > 0)
    throw new CodedError(
      'cli.usage',
      `judge-train takes no setting such as --${Object.keys(settings)[0]}.`,
      help,
    );
  const work = new NodeStore(resolve(options.work ?? 'runs/judge'));
  const out = new NodeStore(resolve(options.out ?? join(repositoryRoot(), 'public/judge')));
  const vocabulary = judgeTokenizerJson(judgeVocabulary());
  const tokenizer = `${JSON.stringify(vocabulary)}\n`;
  const encoder = new JudgeEncoder(vocabulary);
  const config = judgeConfig(encoder);
  const begun = options.resume ? await readState(work) : null;
  const recipe: JudgeRecipe = {
    ...defaultRecipe,
    steps: options.steps ?? defaultRecipe.steps,
    seed: begun?.seed ?? options.seed ?? 1,
  };
  const started = performance.now();
  const deadline = options.minutes === undefined ? Number.POSITIVE_INFINITY : options.minutes * 60_000;
  const gpu = await openNodeGpu();
  const interrupt = onInterrupt(() => console.error('Stopping after this step …'));
  const adapter = gpu.adapter.description || gpu.adapter.vendor;
  try {
    const policy = await GpuPolicy.create(gpu, config, begun?.weights ?? judgeStart(config, recipe.seed), {
      slicing: { sliceMs: 200 },
    });
    const training = new JudgeTraining(policy, encoder, recipe);
    if (begun) {
      policy.loadOptimizer({ step: begun.step, m: begun.m, v: begun.v });
      training.done = begun.step;
    } else await work.remove('log.jsonl');
    const end = recipe.steps;
    const progress = new Progress(process.stderr, end, training.done, undefined, {
      unit: 'step',
      measure: 'loss',
    });
    let losses: number[] = [];
    let tokens = 0;
    let stop = training.done >= end;
    while (!stop) {
      const record = await training.step();
      losses.push(record.loss);
      tokens += record.tokens;
      stop = record.step >= end || interrupt.asked || performance.now() - started > deadline;
      if (record.step % (options.every ?? 100) !== 0 && !stop) {
        if (record.step % 10 === 0) progress.update({ step: record.step, reward: record.loss });
        if (record.step % saveEvery === 0)
          await saveState(work, policy, await policy.readWeights(), training);
        continue;
      }
      const weights = await policy.readWeights();
      const files = judgeFolder(policy, config, weights, encoder, tokenizer);
      const judged = await judgeValidation(files);
      const figures = summary(judged, chooseThreshold(judged, maxFalseAccepts));
      const line = {
        ...record,
        loss: mean(losses),
        tokens,
        seconds: (performance.now() - started) / 1000,
        ...figures,
      };
      [losses, tokens] = [[], 0];
      await work.append('log.jsonl', `${JSON.stringify(line)}\n`);
      progress.line(
        `step ${line.step}, loss ${line.loss.toFixed(3)}, validation accuracy ${figures.accuracy.toFixed(3)}, ` +
          `false accepts ${figures.falseAccepts.toFixed(3)}, threshold ${figures.threshold}, ${line.seconds.toFixed(0)} s`,
      );
      await saveState(work, policy, weights, training);
      const card = {
        id: 'longview-judge',
        threshold: figures.threshold,
        max_false_accepts_on_validation: maxFalseAccepts,
        training: { command: 'npm run judge:train', recipe, steps: training.done, adapter },
        ...toHuggingFaceConfig(config),
        architectures: ['LongviewJudge'],
      };
      await out.write(judgeFiles.model, files.model);
      await out.write(judgeFiles.tokenizer, tokenizer);
      await out.write(judgeFiles.config, `${JSON.stringify(card, null, 2)}\n`);
      await out.write('training-log.jsonl', await readText(work, 'log.jsonl'));
    }
    progress.end();
    console.log(`${out.root} holds the judge after ${training.done} of ${recipe.steps} steps.`);
    await policy.dispose();
  } finally {
    interrupt.release();
    gpu.close();
  }
  return 0;
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

function summary(judged: readonly JudgedPair[], threshold: number) {
  const found = confusion(judged, threshold);
  const half = confusion(judged, 0.5);
  return {
    accuracy: accuracy(found),
    falseAccepts: falseAcceptRate(found),
    threshold,
    accuracyAtHalf: accuracy(half),
    falseAcceptsAtHalf: falseAcceptRate(half),
  };
}

interface JudgeFolder {
  model: Uint8Array;
  tokenizer: string;
}

function judgeFolder(
  policy: GpuPolicy,
  config: PolicyConfig,
  weights: WeightTensors,
  encoder: JudgeEncoder,
  tokenizer: string,
): JudgeFolder {
  const tensors = Object.fromEntries(
    policy.layout.tensors.map(({ name, shape }) => [name, { shape, data: weights[name] }]),
  );
  const verdicts = { yes: encoder.id('<yes>'), no: encoder.id('<no>') };
  return { model: judgeToOnnx(config, tensors, verdicts), tokenizer };
}

/** The validation pairs, judged by the file as it would be shipped. */
async function judgeValidation({ model, tokenizer }: JudgeFolder): Promise<JudgedPair[]> {
  const store = new MemoryStore();
  await store.write(judgeFiles.model, model);
  await store.write(judgeFiles.tokenizer, tokenizer);
  await store.write(judgeFiles.config, '{"id":"in training","threshold":0.5}');
  const judge = await createEmbeddedJudge(store, { provider: { name: 'wasm' } });
  const judged = await judgePairs(judge, generatedPairs('validation', 1, validationGroups));
  judge.close?.();
  return judged;
}

async function saveState(
  work: NodeStore,
  policy: GpuPolicy,
  weights: WeightTensors,
  training: JudgeTraining,
): Promise<void> {
  const { m, v } = await policy.readOptimizer();
  const tensors = Object.fromEntries(
    Object.entries({ 'w.': weights, 'm.': m, 'v.': v }).flatMap(([prefix, values]) =>
      policy.layout.tensors.map(({ name, shape }) => [prefix + name, { shape, data: values[name] }]),
    ),
  );
  await work.write('state.safetensors', serializeSafetensors(tensors, 'F32'));
  await work.write('state.json', `${JSON.stringify({ step: training.done, seed: training.recipe.seed })}\n`);
}

async function readState(work: NodeStore) {
  const { step, seed } = await readJson(work, 'state.json', 'judge.state');
  if (typeof step !== 'number' || typeof seed !== 'number')
    throw new CodedError('judge.state', 'state.json names no step and seed.', 'Train anew without --resume.');
  const all = weightsOf(parseSafetensors(await work.read('state.safetensors')));
  const part = (prefix: string): WeightTensors =>
    Object.fromEntries(
      Object.entries(all).flatMap(([name, data]) => (name.startsWith(prefix) ? [[name.slice(2), data]] : [])),
    );
  return { step, seed, weights: part('w.'), m: part('m.'), v: part('v.') };
}
