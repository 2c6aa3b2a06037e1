/**
 * @file What one layer computes on the way forward, which its backward pass computes again where it was not kept.
 *
 *   u = rmsnorm(x) ; c = u + conv(u) ; x += Wo · attention(rope(Wqkv · c + b))
 *   u = rmsnorm(x) ; c = u + conv(u) ; x += Wd · swiglu(Wgu · c)
 *
 * What is wider than the residual stream exists for a chunk of rows. A row's results do not depend on the chunks.
 */
import { type Queue, type Slice, tail } from '../gpu';
import { attentionForward } from '../kernels/attention';
import { causalConvForward } from '../kernels/causal-conv/causal-conv';
import { linearForward } from '../kernels/linear/linear';
import { rmsNormForward } from '../kernels/rms-norm/rms-norm';
import { type RopeTable, ropeForward } from '../kernels/rope/rope';
import { type AttentionShape, type Qkv, qkvFrom } from '../kernels/shared/attention-shape';
import { swigluForward } from '../kernels/swiglu/swiglu';
import type { layerSizes } from './activations';
import type { DeviceBatch } from './device-batch';
import { type Block, blockSlice, type LayerBlocks } from './layout';
import type { PolicyConfig } from './types';

/** One layer of one batch in the making. */
export interface LayerPass {
  blocks: LayerBlocks;
  batch: DeviceBatch;
  weights: Slice;
  acts: Record<keyof ReturnType<typeof layerSizes>, Slice>;
  qkv: Qkv;
  canonInput?(which: 0 | 1, input: Slice): void;
}

/** Rows [begin, begin + count) of a batch. */
interface Chunk {
  begin: number;
  count: number;
}

/** The rows of a batch that are computed. */
export function computed({ begin, rows }: DeviceBatch): Chunk {
  return { begin, count: rows - begin };
}

export class LayerForward {
  readonly config: PolicyConfig;
  readonly queue: Queue;
  readonly shape: AttentionShape;
  readonly rope: RopeTable;
  readonly chunkRows: number;

  /** @param chunkRows a multiple of 64: chunks begin where a binding may. */
  constructor(config: PolicyConfig, queue: Queue, shape: AttentionShape, rope: RopeTable, chunkRows: number) {
    if (chunkRows % 64 !== 0) throw new Error(`chunks of ${chunkRows} rows do not begin where a binding may`);
    this.config = config;
    this.queue = queue;
    this.shape = shape;
    this.rope = rope;
    this.chunkRows = chunkRows;
  }

  /** The computed rows of a batch in chunks. */
  chunks(batch: DeviceBatch): Chunk[] {
    const { chunkRows } = this;
    const { begin, count } = computed(batch);
    return Array.from({ length: Math.ceil(count / chunkRows) }, (_, i) => ({
      begin: begin + i * chunkRows,
      count: Math.min(chunkRows, count - i * chunkRows),
    }));
  }

  /** A chunk's rows of [rows, width], d by default. */
  part(slice: Slice, chunk: Chunk, width = this.config.hidden_size): Slice {
    return tail(slice, chunk.begin * width * 4);
  }

  /** Norm, Canon layer, QKV, attention: fills `norm`, `qkv`, `o` and `ld`; the last two stand already where `kept`. */
  attention(pass: LayerPass, x: Slice, kept = false): void {
    const { queue, shape, rope } = this;
    const { blocks, batch, weights, acts, qkv } = pass;
    const bias = blocks.qkvBias ? blockSlice(weights, blocks.qkvBias) : null;
    this.norm(pass, x, blocks.inputNorm);
    pass.canonInput?.(0, acts.norm);
    for (const chunk of this.chunks(batch)) {
      const { begin, count } = chunk;
      const input = this.canon(pass, blocks.canonAttention, chunk);
      this.linear(pass, input, blocks.qkv, acts.wide, count, false, bias);
      const positions = tail(batch.positions, begin * 4);
      ropeForward(queue, acts.wide, qkvFrom(qkv, begin, shape), rope, positions, count, shape);
    }
    if (!kept) attentionForward(queue, qkv, acts.o, acts.ld, batch.attention(blocks.window), shape);
  }

  /** x += Wo · o. */
  addAttention(pass: LayerPass, x: Slice): void {
    const all = computed(pass.batch);
    const [o, out] = [this.part(pass.acts.o, all), this.part(x, all)];
    this.linear(pass, o, pass.blocks.output, out, all.count, true);
  }

  /** x += Wd · swiglu(Wgu · …), the norm of `x` included. */
  addMlp(pass: LayerPass, x: Slice): void {
    const { blocks, acts, batch } = pass;
    this.norm(pass, x, blocks.postNorm);
    pass.canonInput?.(1, acts.norm);
    for (const chunk of this.chunks(batch)) {
      this.mlp(pass, chunk);
      this.linear(pass, acts.activated, blocks.down, this.part(x, chunk), chunk.count, true);
    }
  }

  /** Fills `wide` with gate and up, and `activated`, for one chunk, from `norm`; returns the product's input. */
  mlp(pass: LayerPass, chunk: Chunk): Slice {
    const { blocks, acts } = pass;
    const input = this.canon(pass, blocks.canonMlp, chunk);
    this.linear(pass, input, blocks.gateUp, acts.wide, chunk.count, false);
    swigluForward(this.queue, acts.wide, acts.activated, chunk.count, this.config.intermediate_size);
    return input;
  }

  /** Fills `norm` and `statistics` from `x`. */
  norm({ weights, acts, batch }: LayerPass, x: Slice, block: Block): void {
    const { hidden_size: d, rms_norm_eps: eps } = this.config;
    const gain = blockSlice(weights, block);
    const all = computed(batch);
    const [rows, normed] = [this.part(x, all), this.part(acts.norm, all)];
    rmsNormForward(this.queue, rows, gain, normed, acts.statistics, all.count, d, eps);
  }

  /** The Canon layer's output for one chunk of `norm`; that chunk itself where there is no Canon layer. */
  canon({ weights, acts, batch }: LayerPass, block: Block | null, { begin, count }: Chunk): Slice {
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

  widths(blocks: LayerBlocks, block: Block): { inputs: number; outputs: number } {
    const inputs = block === blocks.down ? this.config.intermediate_size : this.config.hidden_size;
    return { inputs, outputs: block.count / inputs };
  }
}
