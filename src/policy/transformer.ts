/**
 * @file The decoder's layers on the GPU, forward and backward, over a packed batch.
 *
 *   u = rmsnorm(x) ; c = u + conv(u) ; x += Wo · attention(rope(Wqkv · c + b))
 *   u = rmsnorm(x) ; c = u + conv(u) ; x += Wd · swiglu(Wgu · c)
 *
 * Only the residual stream at the layer borders is kept, and the outputs of attention where there is memory for them; the
 * backward pass recomputes the rest of each layer, except what of the last one is still in the layer's buffers. The MLP runs in chunks of rows, and so does what reads a Canon layer's
 * output. A row's results do not depend on the chunks; gradients of weights are added chunk by chunk, in order.
 */
import { type Buffers, type Queue, type Slice, sub, tail } from '../gpu';
import { attentionBackwardKV, attentionBackwardQ, attentionD, attentionForward } from '../kernels/attention';
import { causalConvBackward, causalConvForward } from '../kernels/causal-conv/causal-conv';
import { embeddingBackward, embeddingForward } from '../kernels/embedding/embedding';
import {
  biasGradient,
  linearBackwardInput,
  linearBackwardWeight,
  linearForward,
} from '../kernels/linear/linear';
import { rmsNormBackward, rmsNormForward } from '../kernels/rms-norm/rms-norm';
import { type RopeTable, ropeBackward, ropeCosSin, ropeForward } from '../kernels/rope/rope';
import {
  type AttentionShape,
  type KeysValues,
  type Qkv,
  qkvFrom,
  qkvRowFloats,
} from '../kernels/shared/attention-shape';
import { swigluBackward, swigluForward } from '../kernels/swiglu/swiglu';
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
import type { Block, LayerBlocks, ParameterLayout } from './layout';
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

/** The rows of a batch that are computed. */
function computed({ begin, rows }: DeviceBatch): Chunk {
  return { begin, count: rows - begin };
}

/** The part of a flat buffer that a block takes. */
export function blockSlice(flat: Slice, block: Block): Slice {
  return sub(flat, block.offset * 4, block.count * 4);
}

type LayerBuffers = Record<keyof ReturnType<typeof layerSizes>, Slice>;
type BackwardBuffers = Record<keyof ReturnType<typeof backwardSizes>, Slice>;

/** One layer of one batch in the making. */
interface LayerPass {
  blocks: LayerBlocks;
  batch: DeviceBatch;
  weights: Slice;
  acts: LayerBuffers;
  qkv: Qkv;
  canonInput?(which: 0 | 1, input: Slice): void;
}

/** A layer's backward pass. */
interface BackwardPass extends LayerPass {
  gradients: Slice;
  grads: BackwardBuffers;
}

/** Rows [begin, begin + count) of a batch. */
interface Chunk {
  begin: number;
  count: number;
}

export class Transformer {
  readonly config: PolicyConfig;
  readonly layout: ParameterLayout;
  readonly shape: AttentionShape;
  readonly rope: RopeTable;
  private readonly queue: Queue;
  private readonly scratch: Scratch;
  private readonly chunkRows: number;
  /** Keep every layer's output of attention from the forward to the backward pass; changes between passes only. */
  keepAttention = true;
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
    if (chunkRows % 64 !== 0) throw new Error(`chunks of ${chunkRows} rows do not begin where a binding may`);
    this.config = config;
    this.layout = layout;
    this.queue = queue;
    this.scratch = scratch;
    this.chunkRows = chunkRows;
    this.shape = attentionShape(config);
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
    const { queue, layout, config, scratch } = this;
    const { begin, rows } = batch;
    const all = computed(batch);
    const kept = purpose === 'train';
    const tap = typeof purpose === 'object' ? purpose : null;
    const residuals = scratch.take('residuals', residualSizes(config, rows, kept));
    const embedding = blockSlice(weights, layout.embedding);
    let x = residuals[0];
    const tokens = tail(batch.tokens, begin * 4);
    embeddingForward(queue, tokens, embedding, this.part(x, all), all.count, config.hidden_size);
    this.cachedLayer = -1;
    for (const [layer, blocks] of layout.layers.entries()) {
      const pass: LayerPass = {
        ...this.begin(layer, batch, weights, kept, tap?.keys?.(layer)),
        canonInput: (which, input) => tap?.canonInput?.(layer, which, input),
      };
      this.attention(pass, x);
      if (tap?.attended?.(layer, pass.qkv, pass.acts.ld)) return x;
      if (kept) {
        queue.copy(x, 0, residuals[layer + 1], 0, rows * config.hidden_size * 4);
        x = residuals[layer + 1];
      }
      this.addAttention(pass, x);
      this.norm(pass, x, blocks.postNorm);
      pass.canonInput?.(1, pass.acts.norm);
      for (const chunk of this.chunks(all)) {
        this.mlp(pass, chunk);
        this.linear(pass, pass.acts.activated, blocks.down, this.part(x, chunk), chunk.count, true);
      }
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
    const { layout, config, queue, scratch } = this;
    const { rows } = batch;
    const residuals = scratch.take('residuals', residualSizes(config, rows, true));
    const grads = scratch.take('backward', backwardSizes(config, rows, this.chunkRows));
    for (let layer = layout.layers.length - 1; layer >= 0; layer--) {
      const pass = { ...this.begin(layer, batch, weights, true), gradients, grads };
      const x = residuals[layer];
      const cached = layer === this.cachedLayer;
      if (!cached) this.attention(pass, x, this.keepAttention);
      // The layer's output is not needed any more: what stood between attention and MLP takes its place.
      const middle = residuals[layer + 1];
      queue.copy(x, 0, middle, 0, rows * config.hidden_size * 4);
      this.addAttention(pass, middle);
      this.mlpBackward(pass, middle, cached);
      this.attentionBackward(pass, x);
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

  private chunks({ begin, count }: Chunk): Chunk[] {
    const { chunkRows } = this;
    return Array.from({ length: Math.ceil(count / chunkRows) }, (_, i) => ({
      begin: begin + i * chunkRows,
      count: Math.min(chunkRows, count - i * chunkRows),
    }));
  }

  /** A chunk's rows of [rows, width], d by default. */
  private part(slice: Slice, chunk: Chunk, width = this.config.hidden_size): Slice {
    return tail(slice, chunk.begin * width * 4);
  }

  /** Norm, Canon layer, QKV, attention: fills `norm`, `qkv`, `o` and `ld`; the last two stand already where `kept`. */
  private attention(pass: LayerPass, x: Slice, kept = false): void {
    const { queue, shape, rope } = this;
    const { blocks, batch, weights, acts, qkv } = pass;
    const bias = blocks.qkvBias ? blockSlice(weights, blocks.qkvBias) : null;
    this.norm(pass, x, blocks.inputNorm);
    pass.canonInput?.(0, acts.norm);
    for (const chunk of this.chunks(computed(batch))) {
      const { begin, count } = chunk;
      const input = this.canon(pass, blocks.canonAttention, chunk);
      this.linear(pass, input, blocks.qkv, acts.wide, count, false, bias);
      const positions = tail(batch.positions, begin * 4);
      ropeForward(queue, acts.wide, qkvFrom(qkv, begin, shape), rope, positions, count, shape);
    }
    if (!kept) attentionForward(queue, qkv, acts.o, acts.ld, batch.attention(blocks.window), shape);
  }

  /** x += Wo · o. */
  private addAttention(pass: LayerPass, x: Slice): void {
    const all = computed(pass.batch);
    const [o, out] = [this.part(pass.acts.o, all), this.part(x, all)];
    this.linear(pass, o, pass.blocks.output, out, all.count, true);
  }

  /** Fills `wide` with gate and up, and `activated`, for one chunk, from `norm`; returns the product's input. */
  private mlp(pass: LayerPass, chunk: Chunk): Slice {
    const { blocks, acts } = pass;
    const input = this.canon(pass, blocks.canonMlp, chunk);
    this.linear(pass, input, blocks.gateUp, acts.wide, chunk.count, false);
    swigluForward(this.queue, acts.wide, acts.activated, chunk.count, this.config.intermediate_size);
    return input;
  }

  private norm({ weights, acts, batch }: LayerPass, x: Slice, block: Block): void {
    const { hidden_size: d, rms_norm_eps: eps } = this.config;
    const gain = blockSlice(weights, block);
    const all = computed(batch);
    const [rows, normed] = [this.part(x, all), this.part(acts.norm, all)];
    rmsNormForward(this.queue, rows, gain, normed, acts.statistics, all.count, d, eps);
  }

  /** The Canon layer's output for one chunk of `norm`; that chunk itself where there is no Canon layer. */
  private canon({ weights, acts, batch }: LayerPass, block: Block | null, { begin, count }: Chunk): Slice {
    if (!block) return this.part(acts.norm, { begin, count });
    const { hidden_size: d, canon_kernel: taps } = this.config;
    const weight = blockSlice(weights, block);
    causalConvForward(
      this.queue,
      acts.norm,
      weight,
      batch.segments,
      acts.canon,
      begin + count,
      d,
      taps,
      begin,
    );
    return acts.canon;
  }

  /** output = W · input (+ bias) (+ output): the widths are those of the block. */
  private linear(
    pass: LayerPass,
    input: Slice,
    block: Block,
    output: Slice,
    rows: number,
    accumulate: boolean,
    bias: Slice | null = null,
  ): void {
    const { inputs, outputs } = this.widths(pass.blocks, block);
    const shape = { rows, inputs, outputs, accumulate };
    linearForward(this.queue, input, blockSlice(pass.weights, block), bias, output, shape);
  }

  private widths(blocks: LayerBlocks, block: Block): { inputs: number; outputs: number } {
    const inputs = block === blocks.down ? this.config.intermediate_size : this.config.hidden_size;
    return { inputs, outputs: block.count / inputs };
  }

  /** Through the MLP onto dX, given `middle`, the residual stream before it. */
  private mlpBackward(pass: BackwardPass, middle: Slice, cached: boolean): void {
    const { queue, config } = this;
    const { blocks, batch, acts, grads } = pass;
    // After the forward pass of a single chunk everything still stands where it was made.
    const made = cached && batch.rows <= this.chunkRows;
    if (!made) this.norm(pass, middle, blocks.postNorm);
    for (const chunk of this.chunks(computed(batch))) {
      const input = made ? (blocks.canonMlp ? acts.canon : acts.norm) : this.mlp(pass, chunk);
      const { count } = chunk;
      this.linearBackward(
        pass,
        this.part(grads.dX, chunk),
        acts.activated,
        blocks.down,
        grads.dActivated,
        count,
      );
      swigluBackward(queue, acts.wide, grads.dActivated, grads.dWide, count, config.intermediate_size);
      this.linearBackward(pass, grads.dWide, input, blocks.gateUp, this.part(grads.dInner, chunk), count);
    }
    this.normBackward(pass, blocks.postNorm, middle, this.canonBackward(pass, blocks.canonMlp));
  }

  /** Through attention onto dX, given `x`, the layer's input. */
  private attentionBackward(pass: BackwardPass, x: Slice): void {
    const { queue, shape, rope, qkvFloats } = this;
    const { blocks, batch, acts, grads, gradients, qkv } = pass;
    const { dX, dInner: dO, dQ, dK, dV, dWide } = grads;
    const { rows } = batch;
    const dQkv = { q: dQ, k: dK, v: dV };
    this.linearBackward(pass, dX, acts.o, blocks.output, dO, rows);
    attentionD(queue, acts.o, dO, acts.ld, rows, shape);
    const attention = batch.attention(blocks.window);
    attentionBackwardQ(queue, qkv, dO, acts.ld, dQ, attention, shape);
    attentionBackwardKV(queue, qkv, dO, acts.ld, dQkv, attention, shape);
    const dBias = blocks.qkvBias && blockSlice(gradients, blocks.qkvBias);
    this.norm(pass, x, blocks.inputNorm);
    for (const chunk of this.chunks(computed(batch))) {
      const { begin, count } = chunk;
      const positions = tail(batch.positions, begin * 4);
      ropeBackward(queue, qkvFrom(dQkv, begin, shape), dWide, rope, positions, count, shape);
      if (dBias) biasGradient(queue, dWide, dBias, { rows: count, outputs: qkvFloats, accumulate: true });
      const input = this.canon(pass, blocks.canonAttention, chunk);
      this.linearBackward(pass, dWide, input, blocks.qkv, this.part(grads.dInner, chunk), count);
    }
    this.normBackward(pass, blocks.inputNorm, x, this.canonBackward(pass, blocks.canonAttention));
  }

  /** dInput = dY · W, and the weight's gradient. */
  private linearBackward(
    pass: BackwardPass,
    dY: Slice,
    input: Slice,
    block: Block,
    dInput: Slice,
    rows: number,
  ): void {
    const { queue } = this;
    const shape = { rows, ...this.widths(pass.blocks, block) };
    linearBackwardInput(queue, dY, blockSlice(pass.weights, block), dInput, shape);
    const dWeight = blockSlice(pass.gradients, block);
    linearBackwardWeight(queue, dY, input, pass.grads.weightPartials, dWeight, {
      ...shape,
      accumulate: true,
    });
  }

  /** Gradient of `norm` from `dInner`, the gradient behind the Canon layer; that one where there is none. */
  private canonBackward(pass: BackwardPass, block: Block | null): Slice {
    const { acts, grads, batch } = pass;
    if (!block) return grads.dInner;
    const { hidden_size: d, canon_kernel: taps } = this.config;
    const slices = {
      x: acts.norm,
      weight: blockSlice(pass.weights, block),
      tables: batch.segments,
      dY: grads.dInner,
      dX: grads.dNorm,
      dWeight: blockSlice(pass.gradients, block),
      scratch: grads.canonScratch,
    };
    causalConvBackward(this.queue, slices, batch.rows, d, taps, false);
    return grads.dNorm;
  }

  /** Adds the gradient through a norm of `x` onto dX. `statistics` must be those of `x`. */
  private normBackward(pass: BackwardPass, block: Block, x: Slice, dY: Slice): void {
    const { acts, grads, batch } = pass;
    const { hidden_size: d, rms_norm_eps: eps } = this.config;
    const slices = {
      x,
      gain: blockSlice(pass.weights, block),
      statistics: acts.statistics,
      dY,
      dX: grads.dX,
      dGain: blockSlice(pass.gradients, block),
      scratch: grads.normScratch,
    };
    rmsNormBackward(this.queue, slices, batch.rows, d, eps, true);
  }
}
