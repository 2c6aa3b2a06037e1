/**
 * @file A training session: policy, scorer, questions and training loop put together, in a page's worker or in Node alike.
 */
import { CodedError } from '../errors';
import type { Gpu } from '../gpu';
import { GpuPolicy, type WeightTensors } from '../policy/gpu-policy';
import { parameterLayout } from '../policy/layout';
import type { Tensors } from '../policy/safetensors';
import { PolicyTokenizer } from '../policy/tokenizer';
import type { PolicyConfig, SamplingOptions, TokenStats, TrainGroup } from '../policy/types';
import { notLoadedJudge } from '../reward/judge';
import { createQuestionScorer, type QuestionScorer } from '../reward/question-scorer';
import { Trainer, type TrainerHooks } from '../rl/trainer';
import type { Policy, StepRecord } from '../rl/types';
import { Random } from '../tasks/random';
import type { LongDocument } from '../tasks/types';
import type { Checkpoint } from './checkpoint';
import { type EvaluationResult, evaluatePolicy } from './evaluate';
import { type GpuRewardOptions, GpuRewards, rewardKernels } from './gpu-rewards';
import { defaultKernels, type KernelChoice } from './kernel-choice';
import { evalMetric, type Metrics } from './metrics';
import type { RunConfig } from './settings';
import { taskSource } from './task-source';
import { trainerSettings } from './trainer-settings';

export interface SessionOptions {
  config: RunConfig;
  document: LongDocument;
  /** The checkpoint to start from. */
  checkpoint: Checkpoint;
  gpu: Gpu;
  /** Go on from the checkpoint's step and moments instead of starting at step 0. */
  resume?: boolean;
  /** Control of the learning proof: exchanges the rewards inside each group. */
  shuffleRewards?: boolean;
  /** Variants of the hot kernels; the default of the adapter's kind without it. */
  kernels?: KernelChoice;
  hooks?: TrainerHooks;
  /** Kernels compiled so far. */
  progress?: (ready: number, total: number) => void;
}

/** Answers to the held-out questions, with their values by canonical name. */
export interface Evaluation extends EvaluationResult {
  metrics: Metrics;
}

/** Sampled answers a question in an evaluation. */
const evaluationSamples = 8;

export class Session {
  readonly policy: GpuPolicy;
  /** Variants of the hot kernels in use. */
  readonly kernels: KernelChoice;
  readonly tokenizer: PolicyTokenizer;
  document: LongDocument;
  private current: RunConfig;
  private readonly trainer: Trainer;
  private readonly policyConfig: PolicyConfig;
  private readonly tokenizerFiles: Readonly<Record<string, string>>;
  private scorer: QuestionScorer;
  private readonly rewards: GpuRewards;

  private constructor(options: SessionOptions, policy: GpuPolicy, tokenizer: PolicyTokenizer) {
    this.policy = policy;
    this.kernels = options.kernels ?? defaultKernels(options.gpu);
    this.tokenizer = tokenizer;
    this.document = options.document;
    this.current = options.config;
    this.policyConfig = options.checkpoint.config;
    this.tokenizerFiles = options.checkpoint.tokenizerFiles;
    this.scorer = makeScorer(options.config);
    this.rewards = new GpuRewards(policy.buffers, policy.queue, () => rewardOptions(this.current));
    const shuffle = options.shuffleRewards
      ? (uid: string, count: number) => permutation(options.config.seed, uid, count)
      : undefined;
    this.trainer = new Trainer(
      this.policyPort(),
      { score: (requests) => this.scorer.score(requests) },
      this.rewards,
      this.trainingTasks(),
      trainerSettings(options.config),
      { ...options.hooks, permuteRewards: shuffle },
    );
  }

  /** Compiles, loads, and checks that the document gives a question. @throws CodedError, TaskError. */
  static async open(options: SessionOptions): Promise<Session> {
    const { checkpoint, gpu, config } = options;
    const tokenizer = loadTokenizer(checkpoint);
    if (tokenizer.vocabSize > checkpoint.config.vocab_size) {
      throw new CodedError(
        'checkpoint.tokenizer',
        `The tokenizer has ${tokenizer.vocabSize} tokens, the policy ${checkpoint.config.vocab_size}.`,
        'Use the tokenizer.json that belongs to this policy.',
      );
    }
    taskSource(options.document, tokenizer, {
      windowTokens: config.window_tokens,
      families: config['task.families'],
      seed: config.seed,
      part: 'train',
      maxPromptTokens: config.max_prompt_length,
    }).item(0);
    const policy = await GpuPolicy.create(gpu, checkpoint.config, plain(checkpoint.weights), {
      slicing: { sliceMs: config['gpu.slice_ms'], duty: config['gpu.duty'] },
      progress: options.progress,
      kernels: rewardKernels,
      linear: options.kernels?.linear,
    });
    const session = new Session(options, policy, tokenizer);
    if (config.kl_loss_coef > 0) policy.keepReference();
    if (options.resume) session.resume(checkpoint);
    return session;
  }

  get config(): RunConfig {
    return this.current;
  }

  get stepsDone(): number {
    return this.trainer.state.step;
  }

  /** @throws CodedError; step count and questions are then as before the step. */
  step(): Promise<StepRecord> {
    return this.trainer.step();
  }

  /** Takes new settings: clip bounds and learning rate act on the next optimiser update, the rest on the next batch. */
  change(config: RunConfig): void {
    const tasks =
      config.window_tokens !== this.current.window_tokens ||
      config.max_prompt_length !== this.current.max_prompt_length ||
      config['task.families'] !== this.current['task.families'];
    if (config.kl_loss_coef > 0 && this.current.kl_loss_coef === 0) this.policy.keepReference();
    this.current = config;
    this.policy.queue.budget.sliceMs = config['gpu.slice_ms'];
    this.policy.queue.budget.duty = config['gpu.duty'];
    this.scorer = makeScorer(config);
    this.trainer.settings = trainerSettings(config);
    if (tasks) this.trainer.tasks = this.trainingTasks();
  }

  /** Questions come from another document from the next batch on. @throws TaskError; the old document stays then. */
  replaceDocument(document: LongDocument): void {
    const before = this.document;
    this.document = document;
    try {
      const tasks = this.trainingTasks();
      tasks.item(this.trainer.state.nextItem);
      this.trainer.tasks = tasks;
    } catch (error) {
      this.document = before;
      throw error;
    }
  }

  /** Greedy and sampled answers to the first `questions` held-out questions; the weights do not change. */
  async evaluate(questions = this.current['eval.questions']): Promise<Evaluation> {
    const result = await evaluatePolicy(this.policyPort(), this.scorer, this.tasks('held-out'), {
      questions,
      samples: evaluationSamples,
      seed: this.current.seed,
      sampling: samplingOptions(this.current, false),
    });
    const { source } = this.document;
    return {
      ...result,
      metrics: {
        [evalMetric(source, 'acc', 'mean', evaluationSamples)]: result.sampledReward,
        [`val-core/${source}/acc/greedy`]: result.greedyAccuracy,
      },
    };
  }

  /** Everything needed to go on from here. */
  async checkpoint(): Promise<Checkpoint> {
    const weights = await this.policy.readWeights();
    const moments = await this.policy.readOptimizer();
    const optimizer: Tensors = {};
    const shaped = this.shaped(weights);
    for (const name of Object.keys(shaped)) {
      optimizer[`m.${name}`] = { shape: shaped[name].shape, data: moments.m[name] };
      optimizer[`v.${name}`] = { shape: shaped[name].shape, data: moments.v[name] };
    }
    return {
      config: this.policyConfig,
      weights: shaped,
      optimizer,
      tokenizerFiles: this.tokenizerFiles,
      sampling: samplingOptions(this.current, false),
      trainerState: {
        global_step: this.trainer.state.step,
        next_item: this.trainer.state.nextItem,
        optimizer_updates: moments.step,
        seed: this.current.seed,
      },
    };
  }

  /** Frees the GPU buffers; the device stays open. */
  async dispose(): Promise<void> {
    await this.policy.idle();
    this.rewards.dispose();
    await this.policy.dispose();
  }

  private resume(checkpoint: Checkpoint): void {
    const { global_step, next_item, optimizer_updates } = checkpoint.trainerState;
    this.trainer.state = { step: global_step, nextItem: next_item };
    if (!checkpoint.optimizer) {
      throw new CodedError(
        'checkpoint.no_optimizer',
        'This checkpoint holds no optimiser state.',
        'Start a new run from its weights instead.',
      );
    }
    const part = (prefix: string): WeightTensors =>
      Object.fromEntries(
        parameterLayout(this.policyConfig).tensors.map(({ name }) => [
          name,
          (checkpoint.optimizer as Tensors)[`${prefix}.${name}`]?.data,
        ]),
      );
    this.policy.loadOptimizer({ step: optimizer_updates, m: part('m'), v: part('v') });
  }

  private tasks(part: 'train' | 'held-out') {
    const { window_tokens: windowTokens, seed } = this.current;
    return taskSource(this.document, this.tokenizer, {
      windowTokens,
      families: this.current['task.families'],
      seed,
      part,
      maxPromptTokens: this.current.max_prompt_length,
    });
  }

  private trainingTasks() {
    return this.tasks('train');
  }

  private policyPort(): Policy {
    const { policy, tokenizer } = this;
    return {
      rollout: (requests, sampling) => policy.rollout(requests, sampling),
      evaluate: (groups: TrainGroup[], temperature: number, weights): Promise<TokenStats[][]> =>
        policy.evaluate(groups, temperature, weights),
      update: (groups, objective, optimizer) => policy.update(groups, objective, optimizer),
      decodeTokens: (tokens) => tokenizer.decode(tokens),
    };
  }

  private shaped(weights: WeightTensors): Tensors {
    return Object.fromEntries(
      this.policy.layout.tensors.map(({ name, shape }) => [name, { shape, data: weights[name] }]),
    );
  }
}

/** @throws CodedError `checkpoint.tokenizer` where the files are missing or no byte-level BPE. */
export function loadTokenizer(checkpoint: Pick<Checkpoint, 'tokenizerFiles'>): PolicyTokenizer {
  const { 'tokenizer.json': tokenizer, 'tokenizer_config.json': config } = checkpoint.tokenizerFiles;
  try {
    return new PolicyTokenizer(JSON.parse(tokenizer ?? 'null'), JSON.parse(config ?? 'null'));
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : 'The tokenizer files cannot be read.';
    throw new CodedError(
      'checkpoint.tokenizer',
      message,
      'Choose a folder with a byte-level BPE tokenizer.json and its tokenizer_config.json.',
      { cause },
    );
  }
}

function makeScorer(config: RunConfig): QuestionScorer {
  return createQuestionScorer({
    ruleMode: config['reward.rule'],
    rewardMode: config['reward.mode'],
    overlong: config['overlong_buffer.enable']
      ? {
          maxResponseLength: config.max_response_length,
          bufferLength: config['overlong_buffer.len'],
          penaltyFactor: config['overlong_buffer.penalty_factor'],
        }
      : null,
    judge: notLoadedJudge(),
  });
}

function rewardOptions(config: RunConfig): GpuRewardOptions {
  return {
    hybrid: {
      mode: config['reward.mode'],
      maxLength: config.max_response_length,
      overlongBuffer: config['overlong_buffer.enable'] ? config['overlong_buffer.len'] : 0,
      overlongFactor: config['overlong_buffer.penalty_factor'],
      cap: config['reward.rule'] === 'strict',
    },
    normalizeByStd: config.norm_adv_by_std,
  };
}

function samplingOptions(config: RunConfig, greedy: boolean): SamplingOptions {
  return {
    temperature: config.temperature,
    top_k: config.top_k,
    top_p: config.top_p,
    maxNewTokens: config.max_response_length,
    greedy,
  };
}

function plain(tensors: Tensors): WeightTensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, data]));
}

/** A random order that depends on the run's seed and the group. */
function permutation(seed: number, uid: string, count: number): number[] {
  const words = uid.split('-').map(Number);
  return new Random(seed, ...words).shuffle(Array.from({ length: count }, (_, i) => i));
}
