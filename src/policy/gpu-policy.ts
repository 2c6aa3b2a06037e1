/**
 * @file The policy on the GPU: what is computed with its parameters, rollout, evaluation and update.
 */
import { assertFinite, type Gpu, type Kernel, Kernels, type Slice, type SliceOptions } from '../gpu';
import { adamWStep, gradNorm } from '../kernels/adamw/adamw';
import { packedBytes, packWeights } from '../kernels/linear/packed';
import { attentionShares } from './attention-shares';
import { type PackedBatch, packGroups } from './batch';
import { Decoder } from './decoder';
import { GpuParameters, type WeightTensors } from './gpu-parameters';
import { Head, type HeadResults, pairColumns } from './head';
import { giveBackLastRows, type HeldPrompts, packAnswers, tapBehind } from './held-prompts';
import { defaultLimits, type PolicyLimits, splitGroups } from './limits';
import { nextLogits } from './next-logits';
import { type BatchShape, type MemoryPlan, optimizerSizes, planMemory } from './plan';
import { type PolicyKernelChoice, policyKernels } from './policy-kernels';
import { Scratch } from './scratch';
import { Transformer } from './transformer';
import type {
  AttentionRequest,
  AttentionShares,
  EvaluateWithRollout,
  NextLogitsRequest,
  ObjectiveOptions,
  OptimizerOptions,
  PolicyConfig,
  Rollout,
  RolloutRequest,
  RolloutWatch,
  SamplingOptions,
  TokenStats,
  TrainGroup,
  UpdateStats,
} from './types';

export type { OptimizerState, WeightTensors } from './gpu-parameters';

export class GpuPolicy extends GpuParameters {
  /** As given; a reserved plan brings them down for the batches it was made for. */
  private readonly given: PolicyLimits;
  private limits: PolicyLimits;
  private readonly scratch: Scratch;
  private readonly model: Transformer;
  private readonly head: Head;
  private readonly decoder: Decoder;
  private readonly packed: Slice | null;

  private constructor(
    gpu: Gpu,
    kernels: Kernels,
    config: PolicyConfig,
    limits: PolicyLimits,
    slicing: SliceOptions,
    packed: boolean,
  ) {
    super(gpu, kernels, config, slicing);
    this.given = limits;
    this.limits = limits;
    this.scratch = new Scratch(this.buffers, this.queue);
    this.packed = packed ? this.buffers.storage('weights.packed', packedBytes(this.layout.total)) : null;
    this.model = new Transformer(
      config,
      this.layout,
      this.queue,
      this.scratch,
      this.buffers,
      limits.chunkRows,
    );
    this.model.keepAttention = limits.keepAttention;
    this.head = new Head(this.queue, this.scratch, this.model);
    this.decoder = new Decoder(this.queue, this.scratch, this.model);
  }

  /** Compiles the kernels and loads the weights. @throws CodedError from the device. */
  static async create(
    gpu: Gpu,
    config: PolicyConfig,
    tensors: WeightTensors,
    options: {
      limits?: Partial<PolicyLimits>;
      slicing?: SliceOptions;
      progress?: (ready: number, total: number) => void;
      /** Compiled with the policy's own, for others on the same queue. */
      kernels?: readonly Kernel[];
    } & PolicyKernelChoice = {},
  ): Promise<GpuPolicy> {
    const kernels = new Kernels(gpu);
    await kernels.prepare(
      [...policyKernels(kernels, config, options), ...(options.kernels ?? [])],
      options.progress,
    );
    const policy = new GpuPolicy(
      gpu,
      kernels,
      config,
      { ...defaultLimits, ...options.limits },
      options.slicing ?? {},
      options.packed !== undefined,
    );
    policy.loadWeights(tensors);
    await policy.buffers.settle();
    return policy;
  }

  /**
   * Other variants of the kernels from the next batch on; those of a race give the same bits. Call between steps.
   * @param before the ones in use, which stay where a new one does not compile.
   * @throws CodedError from the device.
   */
  async takeKernels(choice: PolicyKernelChoice, before: PolicyKernelChoice): Promise<void> {
    const { kernels } = this.queue;
    // Making the list is what chooses.
    const prepare = (chosen: PolicyKernelChoice) =>
      kernels.prepare(policyKernels(kernels, this.config, chosen));
    try {
      await prepare(choice);
    } catch (error) {
      await prepare(before);
      throw error;
    }
  }

  /** Base θ of the rotary positions: the configuration's until it is set. Set it between steps. */
  get ropeTheta(): number {
    return this.model.ropeTheta;
  }

  set ropeTheta(theta: number) {
    this.model.ropeTheta = theta;
  }

  /**
   * Allocates what batches of this shape take, so that no batch allocates, and cuts batches so that none takes more.
   * Call between steps. @throws CodedError `gpu.limits` where a buffer is longer than the device binds.
   */
  reserve(shape: BatchShape): MemoryPlan {
    const plan = planMemory(this.config, shape, this.given);
    this.limits = plan.limits;
    this.model.keepAttention = plan.limits.keepAttention;
    this.scratch.reserve(plan.scratch);
    return plan;
  }

  /**
   * G answers to each request.
   * @param measure asks for `evaluated` as well, at the same weights.
   * @param watch sees the answers to the first request grow; nothing depends on it.
   */
  async rollout(
    requests: RolloutRequest[],
    sampling: SamplingOptions,
    weights: 'current' | 'reference' = 'current',
    measure?: EvaluateWithRollout,
    watch?: RolloutWatch,
  ): Promise<Rollout[][]> {
    const asked = weights === 'current' ? this.weights : this.referenceWeights();
    const { temperature } = sampling;
    if (this.packed) packWeights(this.queue, asked, this.packed, this.layout.total);
    return this.decoder.rollout(
      requests,
      sampling,
      { flat: asked, packed: this.packed },
      this.limits,
      measure &&
        (async (held, prompts, answers) => {
          const begin = performance.now();
          const groups = prompts.map(({ promptTokens }, i) => askedGroup(promptTokens, answers[i]));
          const measured = await this.evaluateBehind(held, groups, temperature, asked);
          measured.forEach((group, i) => {
            group.forEach(({ logprobs }, j) => {
              answers[i][j].evaluated = { logprobs, temperature };
            });
          });
          measure.onMeasured((performance.now() - begin) / 1000);
        }),
      watch,
    );
  }

  /** `evaluate` of the answers to the prompts of the last prefill, which are not run again. */
  private async evaluateBehind(
    held: HeldPrompts,
    groups: TrainGroup[],
    temperature: number,
    weights: Slice,
  ): Promise<TokenStats[][]> {
    const { queue, config, model, head } = this;
    const collected: Promise<{ tokens: TokenStats[][] }>[] = [];
    for (const { part, packed } of packAnswers(groups, held, this.limits)) {
      const hidden = model.forward(model.upload(packed), weights, tapBehind(queue, config, held));
      giveBackLastRows(queue, config, held, hidden);
      const results = head.forward(packed, part, hidden, weights, temperature);
      collected.push(this.collect(part, packed, results, false));
      await queue.pace();
    }
    return (await Promise.all(collected)).flatMap((part) => part.tokens);
  }

  /** Log-probs and entropies of the given answers, without gradients. */
  async evaluate(
    groups: TrainGroup[],
    temperature: number,
    weights: 'current' | 'reference' = 'current',
  ): Promise<TokenStats[][]> {
    const flat = weights === 'current' ? this.weights : this.referenceWeights();
    const collected: Promise<{ tokens: TokenStats[][] }>[] = [];
    for (const part of splitGroups(groups, this.limits)) {
      const packed = packGroups(part);
      const hidden = this.model.forward(this.model.upload(packed), flat, 'evaluate');
      const results = this.head.forward(packed, part, hidden, flat, temperature);
      collected.push(this.collect(part, packed, results, false));
      await this.queue.pace();
    }
    return (await Promise.all(collected)).flatMap((part) => part.tokens);
  }

  /** Where an answer's tokens looked, by the present weights: one forward pass. Call between steps. */
  async attention(request: AttentionRequest): Promise<AttentionShares> {
    const { model, queue, scratch } = this;
    return attentionShares({ model, queue, scratch }, this.weights, request);
  }

  /** Logits [V] that a token of an answer is drawn from, by the present weights: one forward pass. Call between steps. */
  async nextLogits(request: NextLogitsRequest): Promise<Float32Array> {
    const { model, head, queue } = this;
    return nextLogits({ model, head, queue }, this.weights, request);
  }

  /** Gradient of Σ weight · objective into the gradient buffer, without an optimiser step. */
  async accumulate(
    groups: TrainGroup[],
    options: ObjectiveOptions,
  ): Promise<{ loss: number; tokens: TokenStats[][] }> {
    this.queue.clear(this.gradients);
    const collected: Promise<{ loss: number; tokens: TokenStats[][] }>[] = [];
    for (const part of splitGroups(groups, this.limits)) {
      const packed = packGroups(part, options.kind === 'supervised');
      const batch = this.model.upload(packed);
      const hidden = this.model.forward(batch, this.weights, 'train');
      const dX = this.model.outputGradient(batch.rows);
      const results = this.head.train(packed, part, hidden, this.weights, this.gradients, dX, options);
      collected.push(this.collect(part, packed, results, true));
      this.model.backward(batch, this.weights, this.gradients);
      await this.queue.pace();
    }
    const parts = await Promise.all(collected);
    return {
      loss: parts.reduce((sum, part) => sum + part.loss, 0),
      tokens: parts.flatMap((part) => part.tokens),
    };
  }

  /** One AdamW step on Σ weight · objective. @throws CodedError `train.nonfinite`; the weights are unchanged then. */
  async update(
    groups: TrainGroup[],
    objective: ObjectiveOptions,
    optimizer: OptimizerOptions,
  ): Promise<UpdateStats> {
    const { loss, tokens } = await this.accumulate(groups, objective);
    const { norm, normPartials } = this.scratch.take('optimizer', optimizerSizes);
    gradNorm(this.queue, this.gradients, normPartials, norm, this.layout.total);
    assertFinite('The loss', loss);
    // The kernel leaves the weights alone where the norm is not finite, so nothing waits for the read-back.
    const { weights: p, gradients: g, m, v, decayMask } = this;
    adamWStep(
      this.queue,
      { p, g, m, v, decayMask, norm },
      { ...optimizer, step: this.optimizerStep + 1, count: this.layout.total },
    );
    const [value] = await this.queue.readFloats(norm, 1);
    assertFinite('The gradient norm', value);
    this.optimizerStep++;
    return { loss, gradNorm: value, tokens };
  }

  /** Frees every buffer. */
  async dispose(): Promise<void> {
    await this.queue.idle();
    this.scratch.dispose();
    this.freeParameters();
    this.buffers.free(this.model.rope.cosSin);
    if (this.packed) this.buffers.free(this.packed);
    this.queue.dispose();
  }

  /** Waits until the GPU has nothing to do. */
  async idle(): Promise<void> {
    await this.queue.idle();
    this.gpu.check();
  }

  private async collect(groups: TrainGroup[], packed: PackedBatch, head: HeadResults, withLoss: boolean) {
    const count = packed.pairTargets.length;
    const [results, gradients] = await Promise.all([
      this.queue.readFloats(head.results, count * pairColumns),
      withLoss ? this.queue.readFloats(head.gradients, count * pairColumns) : null,
    ]);
    let loss = 0;
    if (gradients) for (let i = 0; i < count; i++) loss += gradients[i * pairColumns + 2];
    const tokens: TokenStats[][] = groups.map((group) =>
      group.answers.map((answer) => ({
        logprobs: new Float32Array(answer.tokens.length),
        entropies: new Float32Array(answer.tokens.length),
      })),
    );
    packed.pairOwners.forEach(({ group, answer, token }, i) => {
      tokens[group][answer].logprobs[token] = results[i * pairColumns];
      tokens[group][answer].entropies[token] = results[i * pairColumns + 1];
    });
    return { loss, tokens };
  }
}

/** A group of sampled answers of which the log-probs are asked. */
function askedGroup(promptTokens: Uint32Array, answers: readonly Rollout[]): TrainGroup {
  return {
    promptTokens,
    answers: answers.map(({ tokens, logprobs }) => ({
      tokens,
      oldLogprobs: logprobs,
      advantage: 0,
      weights: new Float32Array(tokens.length),
    })),
  };
}
