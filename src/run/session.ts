/**
 * @file A training session: policy, scorer, questions and training loop put together, in a page's worker or in Node alike.
 */
import { CodedError } from '../errors';
import { BehaviourCounter } from '../evaluation/behaviours';
import { evaluatePolicy, evaluationSamples } from '../evaluation/held-out';
import { type Evaluated, type EvaluationPlan, evaluateSuites } from '../evaluation/suites';
import type { GpuPolicy } from '../policy/gpu-policy';
import type { MemoryPlan, SpareMemory } from '../policy/plan';
import type { PolicyTokenizer } from '../policy/tokenizer';
import type { PolicyConfig } from '../policy/types';
import { notLoadedJudge } from '../reward/judge';
import type { QuestionScorer } from '../reward/question-scorer';
import type { Judge } from '../reward/types';
import type { Pool } from '../rl/retrospective';
import { Trainer } from '../rl/trainer';
import type { Policy, StepRecord } from '../rl/types';
import { Random } from '../tasks/random';
import type { LongDocument } from '../tasks/types';
import type { Answering } from './asked-answer';
import type { Checkpoint } from './checkpoint';
import { familyMix } from './family-mix';
import { type GivenCounts, givenCounts, isDataset } from './given-source';
import { GpuRewards } from './gpu-rewards';
import type { KernelChoice } from './kernel-choice';
import { checkMemory, memoryRoom, refusedByGpu } from './memory';
import { policyPort } from './policy-port';
import { LossRule, type Recovery } from './recovery';
import { loadOptimizer, takeCheckpoint } from './session-checkpoint';
import { checkBuckets, type Evaluation, named } from './session-evaluation';
import { allocate, kernelsOf, type SessionOptions } from './session-options';
import {
  checkPositions,
  makeScorer,
  needsReference,
  rewardOptions,
  samplingOptions,
} from './session-settings';
import type { RunConfig } from './settings';
import { checkBrackets, checkStageChange, configuredTasks, configuredWarmup } from './stage-tasks';
import { type QuestionView, questionView } from './step-view';
import { loadTokenizer } from './tokenizer-files';
import { trainerSettings } from './trainer-settings';
import { fromStateFile, toStateFile } from './trainer-state';

export class Session {
  policy: GpuPolicy;
  /** Variants of the hot kernels in use. */
  kernels: KernelChoice;
  readonly tokenizer: PolicyTokenizer;
  document: LongDocument;
  /** Bytes the run takes on the GPU, by kind. */
  memory: MemoryPlan;
  private current: RunConfig;
  private readonly trainer: Trainer;
  private readonly begunConfig: PolicyConfig;
  private readonly tokenizerFiles: Readonly<Record<string, string>>;
  private scorer: QuestionScorer;
  /** Whom the scorer asks. */
  judge: Judge;
  private rewards: GpuRewards;
  private readonly behaviours: BehaviourCounter;
  /** What the session was opened with. */
  readonly begun: SessionOptions;
  private spare: Partial<SpareMemory>;
  private readonly losses = new LossRule();

  private constructor(
    options: SessionOptions,
    policy: GpuPolicy,
    tokenizer: PolicyTokenizer,
    memory: MemoryPlan,
  ) {
    this.begun = options;
    this.spare = options.spare ?? {};
    this.memory = memory;
    this.policy = policy;
    this.kernels = kernelsOf(options);
    this.tokenizer = tokenizer;
    this.document = options.document;
    this.current = options.config;
    this.begunConfig = options.checkpoint.config;
    this.tokenizerFiles = options.checkpoint.tokenizerFiles;
    this.judge = options.judge ?? notLoadedJudge();
    this.scorer = makeScorer(options.config, this.judge);
    this.behaviours = new BehaviourCounter(options.behaviours);
    this.rewards = this.makeRewards();
    const shuffle = options.shuffleRewards
      ? (uid: string, count: number) => permutation(options.config.seed, uid, count)
      : undefined;
    this.trainer = new Trainer(
      this.policyPort(),
      { score: (requests) => this.scorer.score(requests) },
      { combine: (groups) => this.rewards.combine(groups) },
      this.tasks('train'),
      trainerSettings(options.config),
      { ...options.hooks, permuteRewards: shuffle },
    );
    this.trainer.warmup = this.warmup(options.config);
  }

  /**
   * Checks that the run fits into memory and that the document gives a question, compiles, allocates, loads.
   * @throws CodedError, `config.memory` before anything is allocated; TaskError.
   */
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
    checkPositions(config, checkpoint.config);
    checkBrackets(
      configuredTasks(options.document, tokenizer, config, 'train'),
      configuredWarmup(options.document, tokenizer, config).examples,
      config,
    );
    const memory = checkMemory(config, checkpoint.config, memoryRoom(config, gpu), options.spare);
    const policy = await allocate(options, memory.shape).catch((error) => {
      throw refusedByGpu(error, config, checkpoint.config, memory, memoryRoom(config, gpu));
    });
    const session = new Session(options, policy, tokenizer, memory);
    if (needsReference(config)) policy.keepReference();
    if (options.resume) session.resume(checkpoint);
    return session;
  }

  get config(): RunConfig {
    return this.current;
  }

  /** What a data set has for this run's prompts; null where the document is a text, or its questions are not asked. */
  get given(): GivenCounts | null {
    const { document, tokenizer } = this;
    const asks = familyMix(this.current['task.families']).document.length > 0;
    return asks && isDataset(document)
      ? givenCounts(document, tokenizer, this.current.max_prompt_length)
      : null;
  }

  /** The policy as it is now: a run may change the base of its positions. */
  private get policyConfig(): PolicyConfig {
    return { ...this.begunConfig, rope_theta: this.policy.ropeTheta };
  }

  get stepsDone(): number {
    return this.trainer.state.step;
  }

  /** The question that the next step asks first; null where it asks none, or cannot. */
  nextQuestion(): QuestionView | null {
    try {
      const item = this.trainer.upcoming();
      return item && questionView(item);
    } catch (error) {
      // The step itself will say it.
      if (error instanceof CodedError) return null;
      throw error;
    }
  }

  /** Hard questions that may come back, and those that wait for the next stage. */
  get pool(): Pool {
    return this.trainer.state.pool;
  }

  /**
   * The next step; after a loss of the GPU the one after the last checkpoint, on another device.
   * @throws CodedError; step count and questions are then as before the step.
   */
  async step(): Promise<StepRecord> {
    const begun = { queue: this.policy.queue, busyMs: this.policy.queue.busyMs, at: performance.now() };
    const record = await this.surviving(() => {
      this.policy.reserve(this.memory.shape);
      const { rope_theta } = this.current;
      if (rope_theta > 0 && !this.trainer.supervises) this.policy.ropeTheta = rope_theta;
      return this.trainer.step();
    });
    const texts = record.groups.flatMap(({ answers }) => answers.map(({ text }) => text));
    const { buffers, queue } = this.policy;
    const share = (queue.busyMs - begun.busyMs) / (performance.now() - begun.at);
    const metrics = {
      ...record.metrics,
      // Of a step that a loss of the GPU began anew, nobody knows.
      ...(queue === begun.queue && { 'perf/gpu_busy': share }),
      ...this.behaviours.metrics(texts),
      'perf/max_memory_allocated_gb': (buffers.peakBytes + queue.peakBytes) / 2 ** 30,
    };
    return { ...record, metrics };
  }

  /**
   * Takes new settings: clip bounds and learning rate act on the next optimiser update, the rest on the next batch.
   * @throws CodedError `curriculum.past`, `curriculum.empty_bracket`; `config.memory` where they need more than there
   * is. Nothing has changed then.
   */
  change(config: RunConfig): void {
    if (config.curriculum !== this.current.curriculum) {
      const { nextItem, curriculum } = this.trainer.state;
      checkStageChange(this.current.curriculum, config.curriculum, curriculum.stage);
      const examples = this.warmup(config).examples;
      checkBrackets(this.tasks('train'), examples, config, curriculum.stage, nextItem);
    }
    const room = memoryRoom(config, this.policy.gpu);
    this.memory = checkMemory(config, this.policyConfig, room, this.spare);
    const tasks =
      config.window_tokens !== this.current.window_tokens ||
      config.max_prompt_length !== this.current.max_prompt_length ||
      config['task.families'] !== this.current['task.families'];
    if (needsReference(config) && !this.policy.hasReference) this.policy.keepReference();
    this.current = config;
    this.policy.queue.budget.sliceMs = config['gpu.slice_ms'];
    this.policy.queue.budget.duty = config['gpu.duty'];
    this.scorer = makeScorer(config, this.judge);
    this.trainer.settings = trainerSettings(config);
    if (tasks) this.trainer.tasks = this.tasks('train');
    this.trainer.warmup = this.warmup(config);
  }

  /** What a run of this policy with other settings would take on this GPU. @throws CodedError `config.memory`. */
  memoryOf(config: RunConfig): MemoryPlan {
    return checkMemory(config, this.policyConfig, memoryRoom(config, this.policy.gpu));
  }

  /** An error of this session as it is told: a refusal of memory with settings that take less. */
  explained(error: unknown): unknown {
    const room = memoryRoom(this.current, this.policy.gpu);
    return refusedByGpu(error, this.current, this.policyConfig, this.memory, room);
  }

  /** Spends memory on no more than this from now on, to leave some to others. Call between steps. */
  spend(spare: SpareMemory): void {
    this.spare = spare;
    const room = memoryRoom(this.current, this.policy.gpu);
    this.memory = checkMemory(this.current, this.policyConfig, room, spare);
    this.policy.reserve(this.memory.shape);
  }

  /** Another judge is asked from the next batch on, or none. It stays the caller's to close. */
  setJudge(judge: Judge | null): void {
    this.judge = judge ?? notLoadedJudge();
    this.scorer = makeScorer(this.current, this.judge);
  }

  /** Questions come from another document from the next batch on. @throws TaskError; the old document stays then. */
  replaceDocument(document: LongDocument): void {
    const before = this.document;
    this.document = document;
    try {
      const tasks = this.tasks('train');
      const { nextItem, curriculum } = this.trainer.state;
      const warmup = this.warmup(this.current);
      checkBrackets(tasks, warmup.examples, this.current, curriculum.stage, nextItem);
      this.trainer.tasks = tasks;
      this.trainer.warmup = warmup;
    } catch (error) {
      this.document = before;
      throw error;
    }
  }

  /** Greedy and sampled answers to the first `questions` held-out questions; the weights do not change. */
  async evaluate(questions = this.current['eval.questions']): Promise<Evaluation> {
    const result = await this.surviving(() =>
      evaluatePolicy(this.policyPort(), this.scorer, this.tasks('held-out'), {
        questions,
        samples: evaluationSamples,
        seed: this.current.seed,
        sampling: samplingOptions(this.current, false),
      }),
    );
    return named(result, this.document.source);
  }

  /**
   * Suites × lengths × depths, by max(rule, judge) under the run's rule and sampling; the weights do not change.
   * @throws CodedError `evaluation.plan`, `gpu.*`.
   */
  async evaluateSuites(
    plan: Omit<EvaluationPlan, 'sampling'>,
    onCell?: (done: number, cells: number) => void,
  ): Promise<Evaluated> {
    checkBuckets(plan.buckets, this.current.max_response_length, this.policyConfig.max_position_embeddings);
    const scorer = makeScorer({ ...this.current, 'reward.mode': 'max' }, this.judge);
    const sampling = samplingOptions(this.current, false);
    return evaluateSuites(this.policyPort(), scorer, { ...plan, sampling }, onCell);
  }

  /**
   * What the present policy says of an answer of the run; no step changes by it. Call between steps.
   * @throws CodedError `answer.other_text`, `gpu.*`.
   */
  ask<T>(question: (answering: Answering) => Promise<T>): Promise<T> {
    return this.surviving(() => {
      const { policy, tokenizer, document, stepsDone: step } = this;
      return question({ policy, tokenizer, document, step });
    });
  }

  /** Everything needed to go on from here. */
  checkpoint(): Promise<Checkpoint> {
    const { policy, policyConfig, tokenizerFiles, current } = this;
    return takeCheckpoint(policy, {
      config: policyConfig,
      tokenizerFiles,
      sampling: samplingOptions(current, false),
      state: (updates) => toStateFile(this.trainer.state, current, updates),
    });
  }

  /** Frees the GPU buffers; the device stays open. */
  async dispose(): Promise<void> {
    if (this.policy.gpu.hasFailed) return;
    await this.policy.idle();
    this.rewards.dispose();
    await this.policy.dispose();
  }

  /** Runs `work`, again on another device where the GPU was lost meanwhile. */
  private async surviving<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        const { recovery } = this.begun;
        if (!recovery) throw error;
        await this.losses.survive(error, (sliceShare) => this.rebuild(recovery, sliceShare));
      }
    }
  }

  /** Other variants of the kernels from the next step on, with the same bits. Call between steps. @throws CodedError `gpu.*`. */
  async takeKernels(choice: KernelChoice): Promise<void> {
    // Products with 16-bit weights are the run's own: others would give other bits.
    const kernels = { ...choice, packed: this.kernels.packed };
    await this.policy.takeKernels(kernels, this.kernels);
    this.kernels = kernels;
  }

  /** Goes on from the last checkpoint on another device. */
  private async rebuild(recovery: Recovery, sliceShare: number): Promise<void> {
    const { begun } = this;
    this.policy.gpu.close();
    const gpu = await recovery.openGpu();
    const last = await recovery.lastCheckpoint();
    const fresh = await Session.open({
      ...begun,
      config: this.current,
      document: this.document,
      kernels: this.kernels,
      spare: this.spare,
      gpu,
      checkpoint: last ?? begun.checkpoint,
      resume: last !== null || begun.resume,
      sliceShare,
    });
    this.policy = fresh.policy;
    this.memory = fresh.memory;
    this.rewards = this.makeRewards();
    this.trainer.state = fresh.trainer.state;
    recovery.onRebuilt?.(this.stepsDone);
  }

  private makeRewards(): GpuRewards {
    const { buffers, queue } = this.policy;
    return new GpuRewards(buffers, queue, () => rewardOptions(this.current));
  }

  private resume(checkpoint: Checkpoint): void {
    const { state, stages } = fromStateFile(checkpoint.trainerState);
    checkStageChange(stages, this.current.curriculum, state.curriculum.stage);
    this.trainer.state = state;
    loadOptimizer(this.policy, checkpoint);
  }

  private tasks(part: 'train' | 'held-out') {
    return configuredTasks(this.document, this.tokenizer, this.current, part);
  }

  private warmup(config: RunConfig) {
    return configuredWarmup(this.document, this.tokenizer, config);
  }

  private policyPort(): Policy {
    return policyPort(() => this.policy, this.tokenizer);
  }
}

/** A random order that depends on the run's seed and the group. */
function permutation(seed: number, uid: string, count: number): number[] {
  const words = uid.split('-').map(Number);
  return new Random(seed, ...words).shuffle(Array.from({ length: count }, (_, i) => i));
}
