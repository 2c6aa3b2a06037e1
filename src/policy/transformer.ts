/**
 * @file The decoder's layers on the GPU, forward and backward, over a packed batch (layer-forward.ts, layer-backward.ts).
 *
 * Only the residual stream at the layer borders is kept, and the outputs of attention where there is memory for them; the
 * backward pass computes the rest of each layer again, except what of the last one is still in the layer's buffers.
 */
import { type Buffers, type Queue, type Slice, tail } from '../gpu';
import { embeddingBackward, embeddingForward } from '../kernels/embedding/embedding';
import { type RopeTable, ropeCosSin } from '../kernels/rope/rope';
import {
  type AttentionShape,
  type KeysValues,
  type Qkv,
  qkvRowFloats,
} from '../kernels/shared/attention-shape';
import {
  attentionShape,
  attentionSizes,
  backwardSizes,
  keySizes,
  layerSizes,
  residualSizes,
} from './activations';
import type { PackedBatch } from './batch';
import { type DeviceBatch, tableSizes, uploadBatch } from './device-batch';
import { LayerBackward } from './layer-backward';
import { computed, LayerForward, type LayerPass } from './layer-forward';
import { blockSlice, type ParameterLayout } from './layout';
import type { Scratch } from './scratch';
import type { PolicyConfig } from './types';

/**
 * What a pass gives and takes on the way: a prefill fills what decoding keeps, a pass behind held prompts reads it, a
 * question about attention ends it. No backward pass can follow.
 */
export interface LayerTap {
  /** Buffers the layer's keys and values go to. */
  keys?(layer: number): KeysValues;
  /** Called before a Canon layer, attention's (0) or the MLP's (1), when its input stands in `input` [rows, d]. */
  canonInput?(layer: number, which: 0 | 1, input: Slice): void;
  /** Called when the layer's attention is done, with its rotated rows and its `ld`; true ends the pass there. */
  attended?(layer: number, qkv: Qkv, ld: Slice): boolean;
}

/** What follows a forward pass: a backward pass over the same batch, what taps are for, or nothing. */
export type ForwardPurpose = 'train' | 'evaluate' | LayerTap;

export class Transformer {
  readonly config: PolicyConfig;
  readonly layout: ParameterLayout;
  readonly shape: AttentionShape;
  readonly rope: RopeTable;
  private readonly buffers: Buffers;
  private readonly queue: Queue;
  private readonly scratch: Scratch;
  private readonly chunkRows: number;
  private readonly layerForward: LayerForward;
  private readonly layerBackward: LayerBackward;
  /** Keep every layer's output of attention from the forward to the backward pass; changes between passes only. */
  keepAttention = true;
  private theta: number;
  /** Layer whose activations stand in the layer's buffers; −1 = none. */
  private cachedLayer = -1;

  constructor(
    config: PolicyConfig,
    layout: ParameterLayout,
    queue: Queue,
    scratch: Scratch,
    buffers: Buffers,
    chunkRows: number,
  ) {
    this.config = config;
    this.layout = layout;
    this.queue = queue;
    this.scratch = scratch;
    this.buffers = buffers;
    this.theta = config.rope_theta;
    this.chunkRows = chunkRows;
    this.shape = attentionShape(config);
    const maxPositions = config.max_position_embeddings;
    this.rope = {
      maxPositions,
      cosSin: buffers.from('rope', ropeCosSin(maxPositions, this.shape.headDim, config.rope_theta)),
    };
    this.layerForward = new LayerForward(config, queue, this.shape, this.rope, chunkRows);
    this.layerBackward = new LayerBackward(this.layerForward);
  }

  /** Base θ of the rotary positions. */
  get ropeTheta(): number {
    return this.theta;
  }

  /** Turns every position by another base from the next pass on; changes between steps only. */
  set ropeTheta(theta: number) {
    if (theta === this.theta) return;
    this.buffers.write(this.rope.cosSin, ropeCosSin(this.rope.maxPositions, this.shape.headDim, theta));
    this.theta = theta;
  }

  /** Floats of one packed QKV row. */
  get qkvFloats(): number {
    return qkvRowFloats(this.shape);
  }

  /** Takes the buffers of passes without a backward pass over up to `rows` rows in `segments`, where they are shorter. */
  makeRoom(rows: number, segments: number): void {
    const { scratch, config, chunkRows } = this;
    scratch.take('residuals', residualSizes(config, rows, false));
    scratch.take('layer', layerSizes(config, rows, chunkRows));
    scratch.take('tables', tableSizes(config, rows, segments));
  }

  upload(batch: PackedBatch): DeviceBatch {
    return uploadBatch(batch, this.config, this.scratch);
  }

  /**
   * Runs all layers over the batch's rows from `begin` on; returns the residual stream after the last, [rows, d], before
   * the final norm. Rows before `begin` are not touched but for what `purpose` puts there.
   */
  forward(batch: DeviceBatch, weights: Slice, purpose: ForwardPurpose): Slice {
    const { queue, layout, config, scratch, layerForward } = this;
    const { begin, rows } = batch;
    const kept = purpose === 'train';
    const tap = typeof purpose === 'object' ? purpose : null;
    const residuals = scratch.take('residuals', residualSizes(config, rows, kept));
    const embedding = blockSlice(weights, layout.embedding);
    let x = residuals[0];
    const tokens = tail(batch.tokens, begin * 4);
    const all = computed(batch);
    embeddingForward(queue, tokens, embedding, layerForward.part(x, all), all.count, config.hidden_size);
    this.cachedLayer = -1;
    for (const layer of layout.layers.keys()) {
      const pass: LayerPass = {
        ...this.begin(layer, batch, weights, kept, tap?.keys?.(layer)),
        canonInput: (which, input) => tap?.canonInput?.(layer, which, input),
      };
      layerForward.attention(pass, x);
      if (tap?.attended?.(layer, pass.qkv, pass.acts.ld)) return x;
      if (kept) {
        queue.copy(x, 0, residuals[layer + 1], 0, rows * config.hidden_size * 4);
        x = residuals[layer + 1];
      }
      layerForward.addAttention(pass, x);
      layerForward.addMlp(pass, x);
    }
    if (kept) this.cachedLayer = layout.layers.length - 1;
    return x;
  }

  /** Where a training pass wants dLoss/d(output of `forward`), [rows, d]. */
  outputGradient(rows: number): Slice {
    return this.scratch.take('backward', backwardSizes(this.config, rows, this.chunkRows)).dX;
  }

  /**
   * Adds parameter gradients to `gradients`, given dLoss/d(output of `forward`) in `outputGradient`, which is overwritten.
   * Must follow `forward` for training of the same batch with the same weights.
   */
  backward(batch: DeviceBatch, weights: Slice, gradients: Slice): void {
    const { layout, config, queue, scratch, layerForward, layerBackward } = this;
    const { rows } = batch;
    const residuals = scratch.take('residuals', residualSizes(config, rows, true));
    const grads = scratch.take('backward', backwardSizes(config, rows, this.chunkRows));
    for (let layer = layout.layers.length - 1; layer >= 0; layer--) {
      const pass = { ...this.begin(layer, batch, weights, true), gradients, grads };
      const x = residuals[layer];
      const cached = layer === this.cachedLayer;
      if (!cached) layerForward.attention(pass, x, this.keepAttention);
      // The layer's output is not needed any more: what stood between attention and MLP takes its place.
      const middle = residuals[layer + 1];
      queue.copy(x, 0, middle, 0, rows * config.hidden_size * 4);
      layerForward.addAttention(pass, middle);
      layerBackward.mlp(pass, middle, cached);
      layerBackward.attention(pass, x);
    }
    this.cachedLayer = -1;
    embeddingBackward(
      queue,
      grads.dX,
      blockSlice(gradients, layout.embedding),
      batch.tokenIndex,
      batch.distinctTokens,
      rows,
      config.hidden_size,
    );
  }

  /** The buffers of one layer's pass. */
  private begin(
    layer: number,
    batch: DeviceBatch,
    weights: Slice,
    trains: boolean,
    keys?: KeysValues,
  ): LayerPass {
    const { scratch, config, layout } = this;
    const { rows } = batch;
    const acts = scratch.take('layer', layerSizes(config, rows, this.chunkRows));
    const qkv = { q: acts.q, ...(keys ?? scratch.take('layer', keySizes(config, rows))) };
    const pass = { blocks: layout.layers[layer], batch, weights, acts, qkv };
    if (!trains || !this.keepAttention || layer === layout.layers.length - 1) return pass;
    const kept = scratch.take('attention', attentionSizes(config, rows));
    return { ...pass, acts: { ...acts, o: kept[`o.${layer}`], ld: kept[`ld.${layer}`] } };
  }
}
