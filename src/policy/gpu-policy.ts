/**
 * @file The policy on the GPU: weights, gradients and moments in flat buffers; rollout, evaluation and update.
 */
import {
  assertFinite,
  Buffers,
  type Gpu,
  type Kernel,
  Kernels,
  Queue,
  type Slice,
  type SliceOptions,
} from '../gpu';
import { adamWStep, adamwKernels, buildDecayMask, gradNorm } from '../kernels/adamw/adamw';
import { attentionDecodeKernels, attentionKernelsFor } from '../kernels/attention';
import { causalConvKernels } from '../kernels/causal-conv/causal-conv';
import { embeddingKernels } from '../kernels/embedding/embedding';
import { linearKernelsFor } from '../kernels/linear/linear';
import { packedBytes, packedKernelsFor, packWeights } from '../kernels/linear/packed';
import type { LinearChoice } from '../kernels/linear/variants';
import { logProbKernels } from '../kernels/log-prob/log-prob';
import { rowKernels } from '../kernels/log-prob/rows';
import { rmsNormKernels } from '../kernels/rms-norm/rms-norm';
import { ropeKernels } from '../kernels/rope/rope';
import { samplingKernels } from '../kernels/sampling/sampling';
import { swigluKernels } from '../kernels/swiglu/swiglu';
import { attentionShares } from './attention-shares';
import { type PackedBatch, packGroups } from './batch';
import { Decoder } from './decoder';
import { Head, type HeadResults, pairColumns } from './head';
import { giveBackLastRows, type HeldPrompts, packAnswers, tapBehind } from './held-prompts';
import { type ParameterLayout, parameterLayout } from './layout';
import { defaultLimits, type PolicyLimits, splitGroups } from './limits';
import { type BatchShape, type MemoryPlan, optimizerSizes, parameterSizes, planMemory } from './plan';
import { Scratch } from './scratch';
import { Transformer } from './transformer';
import type {
  AttentionRequest,
  AttentionShares,
  EvaluateWithRollout,
  ObjectiveOptions,
  OptimizerOptions,
  PolicyConfig,
  Rollout,
  RolloutRequest,
  SamplingOptions,
  TokenStats,
  TrainGroup,
  UpdateStats,
} from './types';

/** Tensors by Hugging Face name, row-major f32. */
export type WeightTensors = Record<string, Float32Array>;

export interface OptimizerState {
  /** Optimiser steps taken. */
  step: number;
  m: WeightTensors;
  v: WeightTensors;
}

/** Every kernel a policy of this configuration uses on this device. */
export function policyKernels(
  kernels: Kernels,
  config: PolicyConfig,
  linear?: LinearChoice,
  packed?: string,
): Kernel[] {
  const headDim = config.hidden_size / config.num_attention_heads;
  return [
    ...adamwKernels,
    ...attentionKernelsFor(kernels, headDim),
    ...attentionDecodeKernels(headDim),
    ...causalConvKernels,
    ...embeddingKernels,
    ...linearKernelsFor(kernels, linear),
    ...(packed === undefined ? [] : packedKernelsFor(kernels, packed)),
    ...logProbKernels,
    ...rowKernels,
    ...rmsNormKernels,
    ...ropeKernels,
    ...samplingKernels,
    ...swigluKernels,
  ];
}

export class GpuPolicy {
  readonly config: PolicyConfig;
  readonly layout: ParameterLayout;
  readonly buffers: Buffers;
  readonly queue: Queue;
  readonly gpu: Gpu;
  /** As given; a reserved plan brings them down for the batches it was made for. */
  private readonly given: PolicyLimits;
  private limits: PolicyLimits;
  private readonly scratch: Scratch;
  private readonly model: Transformer;
  private readonly head: Head;
  private readonly decoder: Decoder;
  private readonly weights: Slice;
  private readonly gradients: Slice;
  private readonly m: Slice;
  private readonly v: Slice;
  private readonly decayMask: Slice;
  private readonly packed: Slice | null;
  private reference: Slice | null = null;
  private optimizerStep = 0;

  private constructor(
    gpu: Gpu,
    kernels: Kernels,
    config: PolicyConfig,
    limits: PolicyLimits,
    slicing: SliceOptions,
    packed: boolean,
  ) {
    this.gpu = gpu;
    this.config = config;
    this.given = limits;
    this.limits = limits;
    this.layout = parameterLayout(config);
    this.buffers = new Buffers(gpu);
    this.queue = new Queue(gpu, kernels, slicing);
    this.scratch = new Scratch(this.buffers, this.queue);
    const sizes = parameterSizes(config);
    this.weights = this.buffers.storage('weights', sizes.weights);
    this.gradients = this.buffers.storage('gradients', sizes.gradients);
    this.m = this.buffers.storage('moment.m', sizes.momentM);
    this.v = this.buffers.storage('moment.v', sizes.momentV);
    this.decayMask = this.buffers.from('decayMask', buildDecayMask(this.layout.total, this.layout.blocks));
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
      /** Variants of the linear layer. */
      linear?: LinearChoice;
      /** Variant of the products with 16-bit weights, with which answers are decoded then; f32 weights without one. */
      packed?: string;
    } = {},
  ): Promise<GpuPolicy> {
    const kernels = new Kernels(gpu);
    await kernels.prepare(
      [...policyKernels(kernels, config, options.linear, options.packed), ...(options.kernels ?? [])],
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

  /** Replaces the weights and forgets the optimiser's moments. */
  loadWeights(tensors: WeightTensors): void {
    this.buffers.write(this.weights, this.flatten(tensors));
    this.resetOptimizer();
  }

  /** Forgets the moments and the count of optimiser steps. */
  resetOptimizer(): void {
    this.queue.clear(this.m);
    this.queue.clear(this.v);
    this.queue.submit();
    this.optimizerStep = 0;
  }

  /** Keeps the present weights as the reference of KL terms. */
  keepReference(): void {
    this.reference ??= this.buffers.storage('reference', this.layout.total * 4);
    this.queue.copy(this.weights, 0, this.reference, 0, this.layout.total * 4);
    this.queue.submit();
  }

  get hasReference(): boolean {
    return this.reference !== null;
  }

  /** The reference weights; null where none are kept. */
  async readReference(): Promise<WeightTensors | null> {
    return this.reference && this.unflatten(await this.queue.readFloats(this.reference, this.layout.total));
  }

  /** Makes given weights the reference, such as those a resumed run began with. */
  loadReference(tensors: WeightTensors): void {
    this.reference ??= this.buffers.storage('reference', this.layout.total * 4);
    this.buffers.write(this.reference, this.flatten(tensors));
  }

  async readWeights(): Promise<WeightTensors> {
    return this.unflatten(await this.queue.readFloats(this.weights, this.layout.total));
  }

  async readOptimizer(): Promise<OptimizerState> {
    const [m, v] = await Promise.all([
      this.queue.readFloats(this.m, this.layout.total),
      this.queue.readFloats(this.v, this.layout.total),
    ]);
    return { step: this.optimizerStep, m: this.unflatten(m), v: this.unflatten(v) };
  }

  loadOptimizer(state: OptimizerState): void {
    this.buffers.write(this.m, this.flatten(state.m));
    this.buffers.write(this.v, this.flatten(state.v));
    this.optimizerStep = state.step;
  }

  /** Gradients of the last `accumulate`, by tensor name. */
  async readGradients(): Promise<WeightTensors> {
    return this.unflatten(await this.queue.readFloats(this.gradients, this.layout.total));
  }

  /**
   * G answers to each request.
   * @param measure asks for `evaluated` as well, at the same weights.
   */
  async rollout(
    requests: RolloutRequest[],
    sampling: SamplingOptions,
    weights: 'current' | 'reference' = 'current',
    measure?: EvaluateWithRollout,
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
    for (const slice of [
      this.weights,
      this.gradients,
      this.m,
      this.v,
      this.decayMask,
      this.model.rope.cosSin,
    ])
      this.buffers.free(slice);
    if (this.reference) this.buffers.free(this.reference);
    if (this.packed) this.buffers.free(this.packed);
    this.queue.dispose();
  }

  /** Waits until the GPU has nothing to do. */
  async idle(): Promise<void> {
    await this.queue.idle();
    this.gpu.check();
  }

  private referenceWeights(): Slice {
    if (!this.reference) throw new Error('keepReference was not called');
    return this.reference;
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

  private flatten(tensors: WeightTensors): Float32Array {
    const flat = new Float32Array(this.layout.total);
    for (const { name, offset, count } of this.layout.tensors) {
      const tensor = tensors[name];
      if (!tensor || tensor.length !== count)
        throw new Error(`tensor ${name} needs ${count} values, got ${tensor?.length ?? 0}`);
      flat.set(tensor, offset);
    }
    return flat;
  }

  private unflatten(flat: Float32Array): WeightTensors {
    return Object.fromEntries(
      this.layout.tensors.map(({ name, offset, count }) => [name, flat.slice(offset, offset + count)]),
    );
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
