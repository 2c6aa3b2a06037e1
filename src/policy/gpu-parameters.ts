/**
 * @file The parameters of a policy on the GPU: weights, gradients, moments, and the weights that a KL term refers to, each
 * one flat buffer in the order of layout.ts. By name they come and go as tensors.
 */
import { Buffers, type Gpu, type Kernels, Queue, type Slice, type SliceOptions } from '../gpu';
import { buildDecayMask } from '../kernels/adamw/adamw';
import { type ParameterLayout, parameterLayout } from './layout';
import { parameterSizes } from './plan';
import type { PolicyConfig } from './types';

/** Tensors by Hugging Face name, row-major f32. */
export type WeightTensors = Record<string, Float32Array>;

export interface OptimizerState {
  /** Optimiser steps taken. */
  step: number;
  m: WeightTensors;
  v: WeightTensors;
}

export class GpuParameters {
  readonly config: PolicyConfig;
  readonly layout: ParameterLayout;
  readonly buffers: Buffers;
  readonly queue: Queue;
  readonly gpu: Gpu;
  protected readonly weights: Slice;
  protected readonly gradients: Slice;
  protected readonly m: Slice;
  protected readonly v: Slice;
  protected readonly decayMask: Slice;
  protected optimizerStep = 0;
  private reference: Slice | null = null;

  protected constructor(gpu: Gpu, kernels: Kernels, config: PolicyConfig, slicing: SliceOptions) {
    this.gpu = gpu;
    this.config = config;
    this.layout = parameterLayout(config);
    this.buffers = new Buffers(gpu);
    this.queue = new Queue(gpu, kernels, slicing);
    const sizes = parameterSizes(config);
    this.weights = this.buffers.storage('weights', sizes.weights);
    this.gradients = this.buffers.storage('gradients', sizes.gradients);
    this.m = this.buffers.storage('moment.m', sizes.momentM);
    this.v = this.buffers.storage('moment.v', sizes.momentV);
    this.decayMask = this.buffers.from('decayMask', buildDecayMask(this.layout.total, this.layout.blocks));
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

  /** @throws Error where no reference is kept. */
  protected referenceWeights(): Slice {
    if (!this.reference) throw new Error('keepReference was not called');
    return this.reference;
  }

  protected freeParameters(): void {
    const { weights, gradients, m, v, decayMask, reference } = this;
    for (const slice of [weights, gradients, m, v, decayMask]) this.buffers.free(slice);
    if (reference) this.buffers.free(reference);
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
