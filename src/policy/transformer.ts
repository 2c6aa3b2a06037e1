/**
 * @file The decoder's layers on the GPU, forward and backward, over a packed batch.
 *
 *   u = rmsnorm(x) ; c = u + conv(u) ; x += Wo · attention(rope(Wqkv · c + b))
 *   u = rmsnorm(x) ; c = u + conv(u) ; x += Wd · swiglu(Wgu · c)
 *
 * Only the residual stream at the layer borders is kept; the backward pass recomputes each layer from it, except the
 * last one, whose activations are still in the scratch buffers when the backward pass begins.
 */
import { type Buffers, type Queue, type Slice, sub } from '../gpu';
import { attentionBackwardKV, attentionBackwardQ, attentionD, attentionForward } from '../kernels/attention';
import {
  causalConvBackward,
  causalConvForward,
  causalConvScratchBytes,
} from '../kernels/causal-conv/causal-conv';
import { embeddingBackward, embeddingForward } from '../kernels/embedding/embedding';
import {
  biasGradient,
  linearBackwardInput,
  linearBackwardWeight,
  linearForward,
  weightPartialsBytes,
} from '../kernels/linear/linear';
import { rmsNormBackward, rmsNormForward, rmsNormScratchBytes } from '../kernels/rms-norm/rms-norm';
import { type RopeTable, ropeBackward, ropeCosSin, ropeForward } from '../kernels/rope/rope';
import { type AttentionShape, qkvRowFloats } from '../kernels/shared/attention-shape';
import { swigluBackward, swigluForward } from '../kernels/swiglu/swiglu';
import { type Activations, layerActivations } from './activations';
import type { PackedBatch } from './batch';
import { type DeviceBatch, uploadBatch } from './device-batch';
import type { Block, LayerBlocks, ParameterLayout } from './layout';
import type { Scratch } from './scratch';
import type { PolicyConfig } from './types';

/** What a prefill keeps of each layer, for decoding. */
export interface LayerTap {
  /** Buffer the layer's packed QKV rows go to. */
  qkv(layer: number): Slice;
  /** Called when the inputs of both Canon layers stand in `norm1` and `norm2`. */
  done(layer: number, norm1: Slice, norm2: Slice): void;
}

/** The part of a flat buffer that a block takes. */
export function blockSlice(flat: Slice, block: Block): Slice {
  return sub(flat, block.offset * 4, block.count * 4);
}

export class Transformer {
  readonly config: PolicyConfig;
  readonly layout: ParameterLayout;
  readonly shape: AttentionShape;
  readonly rope: RopeTable;
  private readonly queue: Queue;
  private readonly scratch: Scratch;
  /** Layer whose activations stand in the scratch buffers; −1 = none. */
  private cachedLayer = -1;

  constructor(
    config: PolicyConfig,
    layout: ParameterLayout,
    queue: Queue,
    scratch: Scratch,
    buffers: Buffers,
  ) {
    this.config = config;
    this.layout = layout;
    this.queue = queue;
    this.scratch = scratch;
    this.shape = {
      heads: config.num_attention_heads,
      kvHeads: config.num_key_value_heads,
      headDim: config.hidden_size / config.num_attention_heads,
    };
    const maxPositions = config.max_position_embeddings;
    this.rope = {
      maxPositions,
      cosSin: buffers.from('rope', ropeCosSin(maxPositions, this.shape.headDim, config.rope_theta)),
    };
  }

  /** Floats of one packed QKV row. */
  get qkvFloats(): number {
    return qkvRowFloats(this.shape);
  }

  upload(batch: PackedBatch): DeviceBatch {
    return uploadBatch(batch, this.layout, this.shape, this.scratch);
  }

  /** Runs all layers; returns the residual stream after the last, [rows, d], before the final norm. */
  forward(batch: DeviceBatch, weights: Slice, tap?: LayerTap): Slice {
    const { queue, config, layout } = this;
    const d = config.hidden_size;
    embeddingForward(
      queue,
      batch.tokens,
      blockSlice(weights, layout.embedding),
      this.residual(0, batch.rows),
      batch.rows,
      d,
    );
    layout.layers.forEach((blocks, layer) => {
      const acts = this.layerForward(
        blocks,
        batch,
        weights,
        this.residual(layer, batch.rows),
        tap?.qkv(layer),
      );
      const output = this.residual(layer + 1, batch.rows);
      queue.copy(acts.middle, 0, output, 0, batch.rows * d * 4);
      linearForward(queue, acts.activated, blockSlice(weights, blocks.down), null, output, {
        rows: batch.rows,
        inputs: config.intermediate_size,
        outputs: d,
        accumulate: true,
      });
      tap?.done(layer, acts.norm1, acts.norm2);
    });
    this.cachedLayer = tap ? -1 : layout.layers.length - 1;
    return this.residual(layout.layers.length, batch.rows);
  }

  /**
   * Adds parameter gradients to `gradients`, given `dX` = dLoss/d(output of `forward`), [rows, d], which is overwritten.
   * Must follow `forward` of the same batch with the same weights.
   */
  backward(batch: DeviceBatch, weights: Slice, gradients: Slice, dX: Slice): void {
    const { layout, config, queue, scratch } = this;
    for (let layer = layout.layers.length - 1; layer >= 0; layer--) {
      const blocks = layout.layers[layer];
      const input = this.residual(layer, batch.rows);
      const acts =
        layer === this.cachedLayer
          ? this.activations(batch.rows)
          : this.layerForward(blocks, batch, weights, input);
      this.layerBackward(blocks, batch, weights, gradients, input, acts, dX);
    }
    this.cachedLayer = -1;
    const index = batch.tokenIndex;
    const packedIndex = scratch.upload('tokenIndex', index.packed);
    const dEmbedding = blockSlice(gradients, layout.embedding);
    embeddingBackward(
      queue,
      dX,
      dEmbedding,
      packedIndex,
      index.distinct.length,
      batch.rows,
      config.hidden_size,
    );
  }

  private residual(layer: number, rows: number): Slice {
    return this.scratch.floats(`residual.${layer}`, rows * this.config.hidden_size);
  }

  private activations(rows: number, qkv?: Slice): Activations {
    return layerActivations(this.scratch, this.config, this.qkvFloats, rows, qkv);
  }

  /** Everything of a layer but its last product and residual add. */
  private layerForward(
    blocks: LayerBlocks,
    batch: DeviceBatch,
    weights: Slice,
    input: Slice,
    qkv?: Slice,
  ): Activations {
    const { queue, config, shape } = this;
    const { hidden_size: d, intermediate_size: f, rms_norm_eps: eps, canon_kernel: taps } = config;
    const { rows } = batch;
    const acts = this.activations(rows, qkv);
    rmsNormForward(
      queue,
      input,
      blockSlice(weights, blocks.inputNorm),
      acts.norm1,
      acts.statistics1,
      rows,
      d,
      eps,
    );
    if (blocks.canonAttention) {
      causalConvForward(
        queue,
        acts.norm1,
        blockSlice(weights, blocks.canonAttention),
        batch.segments,
        acts.canon1,
        rows,
        d,
        taps,
      );
    }
    const bias = blocks.qkvBias ? blockSlice(weights, blocks.qkvBias) : null;
    linearForward(queue, acts.canon1, blockSlice(weights, blocks.qkv), bias, acts.qkv, {
      rows,
      inputs: d,
      outputs: this.qkvFloats,
      accumulate: false,
    });
    ropeForward(queue, acts.qkv, this.rope, batch.positions, rows, shape);
    attentionForward(queue, acts.qkv, acts.o, acts.ld, batch.attention(blocks.window), shape);
    queue.copy(input, 0, acts.middle, 0, rows * d * 4);
    linearForward(queue, acts.o, blockSlice(weights, blocks.output), null, acts.middle, {
      rows,
      inputs: d,
      outputs: d,
      accumulate: true,
    });
    rmsNormForward(
      queue,
      acts.middle,
      blockSlice(weights, blocks.postNorm),
      acts.norm2,
      acts.statistics2,
      rows,
      d,
      eps,
    );
    if (blocks.canonMlp) {
      causalConvForward(
        queue,
        acts.norm2,
        blockSlice(weights, blocks.canonMlp),
        batch.segments,
        acts.canon2,
        rows,
        d,
        taps,
      );
    }
    linearForward(queue, acts.canon2, blockSlice(weights, blocks.gateUp), null, acts.gateUp, {
      rows,
      inputs: d,
      outputs: 2 * f,
      accumulate: false,
    });
    swigluForward(queue, acts.gateUp, acts.activated, rows, f);
    return acts;
  }

  private layerBackward(
    blocks: LayerBlocks,
    batch: DeviceBatch,
    weights: Slice,
    gradients: Slice,
    input: Slice,
    acts: Activations,
    dX: Slice,
  ): void {
    const { queue, config, scratch, shape } = this;
    const { hidden_size: d, intermediate_size: f } = config;
    const { rows } = batch;
    const dActivated = scratch.floats('dActivated', rows * f);
    const dGateUp = scratch.floats('dGateUp', rows * 2 * f);
    const dCanon = scratch.floats('dCanon', rows * d);
    const dO = scratch.floats('dO', rows * d);
    const dQkv = scratch.floats('dQkv', rows * this.qkvFloats);

    this.linearBackward(dX, acts.activated, blocks.down, weights, gradients, dActivated, rows, f, d);
    swigluBackward(queue, acts.gateUp, dActivated, dGateUp, rows, f);
    this.linearBackward(dGateUp, acts.canon2, blocks.gateUp, weights, gradients, dCanon, rows, d, 2 * f);
    const dNorm2 = this.canonBackward(blocks.canonMlp, acts.norm2, dCanon, batch, weights, gradients);
    this.normBackward(blocks.postNorm, acts.middle, acts.statistics2, dNorm2, dX, weights, gradients, rows);

    this.linearBackward(dX, acts.o, blocks.output, weights, gradients, dO, rows, d, d);
    attentionD(queue, acts.o, dO, acts.ld, rows, shape);
    const attention = batch.attention(blocks.window);
    attentionBackwardQ(queue, acts.qkv, dO, acts.ld, dQkv, attention, shape);
    attentionBackwardKV(queue, acts.qkv, dO, acts.ld, dQkv, attention, shape);
    ropeBackward(queue, dQkv, this.rope, batch.positions, rows, shape);
    if (blocks.qkvBias) {
      biasGradient(queue, dQkv, blockSlice(gradients, blocks.qkvBias), {
        rows,
        outputs: this.qkvFloats,
        accumulate: true,
      });
    }
    this.linearBackward(dQkv, acts.canon1, blocks.qkv, weights, gradients, dCanon, rows, d, this.qkvFloats);
    const dNorm1 = this.canonBackward(blocks.canonAttention, acts.norm1, dCanon, batch, weights, gradients);
    this.normBackward(blocks.inputNorm, input, acts.statistics1, dNorm1, dX, weights, gradients, rows);
  }

  /** dInput = dY · W, and the weight's gradient. */
  linearBackward(
    dY: Slice,
    x: Slice,
    block: Block,
    weights: Slice,
    gradients: Slice,
    dInput: Slice,
    rows: number,
    inputs: number,
    outputs: number,
    accumulateInput = false,
  ): void {
    const partials = this.scratch.floats('weightPartials', weightPartialsBytes(rows, inputs, outputs) / 4);
    linearBackwardInput(this.queue, dY, blockSlice(weights, block), dInput, {
      rows,
      inputs,
      outputs,
      accumulate: accumulateInput,
    });
    linearBackwardWeight(this.queue, dY, x, partials, blockSlice(gradients, block), {
      rows,
      inputs,
      outputs,
      accumulate: true,
    });
  }

  /** Gradient before the Canon layer; the incoming one where there is none. */
  private canonBackward(
    block: Block | null,
    x: Slice,
    dY: Slice,
    batch: DeviceBatch,
    weights: Slice,
    gradients: Slice,
  ): Slice {
    if (!block) return dY;
    const { hidden_size: d, canon_kernel: taps } = this.config;
    const dX = this.scratch.floats('dNorm', batch.rows * d);
    const scratch = this.scratch.floats('canonScratch', causalConvScratchBytes(batch.rows, d, taps) / 4);
    const dWeight = blockSlice(gradients, block);
    causalConvBackward(
      this.queue,
      { x, weight: blockSlice(weights, block), tables: batch.segments, dY, dX, dWeight, scratch },
      batch.rows,
      d,
      taps,
      false,
    );
    return dX;
  }

  /** Adds the gradient through a norm onto `dX`. */
  private normBackward(
    block: Block,
    x: Slice,
    statistics: Slice,
    dY: Slice,
    dX: Slice,
    weights: Slice,
    gradients: Slice,
    rows: number,
  ): void {
    const d = this.config.hidden_size;
    const scratch = this.scratch.floats('normScratch', rmsNormScratchBytes(rows, d) / 4);
    const gain = blockSlice(weights, block);
    rmsNormBackward(
      this.queue,
      { x, gain, statistics, dY, dX, dGain: blockSlice(gradients, block), scratch },
      rows,
      d,
      this.config.rms_norm_eps,
      true,
    );
  }
}
