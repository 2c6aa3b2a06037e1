/**
 * @file One step of decoding, on the GPU: the last token of every row goes through all layers, and the next one is drawn.
 *
 *   x = E[token] ; each layer: x += Wo · attention(rope(Wqkv · canon(rmsnorm(x)))) ; x += MLP(canon(rmsnorm(x)))
 *   logits [rows, V] = H · rmsnorm(x) → token
 *
 * Keys, values and Canon states of the answers grow by one place a row; those of the prompts are only read.
 */
import type { Queue, Slice } from '../gpu';
import { attentionDecode, type DecodeWork } from '../kernels/attention';
import { causalConvStep } from '../kernels/causal-conv/causal-conv';
import { embeddingForward } from '../kernels/embedding/embedding';
import { type LinearShape, linearForward } from '../kernels/linear/linear';
import { linearPackedForward } from '../kernels/linear/packed';
import { rmsNormForward } from '../kernels/rms-norm/rms-norm';
import { ropeForward } from '../kernels/rope/rope';
import { type SamplingBuffers, sampleTokens } from '../kernels/sampling/sampling';
import { swigluForward } from '../kernels/swiglu/swiglu';
import { type decodeSizes, keysOf } from './decode-buffers';
import { blockSlice, type LayerBlocks } from './layout';
import type { Transformer } from './transformer';
import type { RolloutRequest, SamplingOptions } from './types';

/** `purpose` word of the sampling noise. */
const samplingPurpose = 1;

/** What answers are decoded with. */
export interface DecodeWeights {
  /** All parameters, f32. */
  flat: Slice;
  /** The same as 16-bit floats, which the products take; null = they take f32 too. */
  packed: Slice | null;
}

/** Rows that are decoded together. */
export interface DecodeBatch {
  /** Rows of the batch now. */
  rows: number;
  maxNew: number;
  requests: readonly RolloutRequest[];
  sampling: SamplingOptions;
  caches: Record<string, Slice>;
  work: DecodeWork;
  slices: Record<keyof ReturnType<typeof decodeSizes>, Slice>;
  buffers: SamplingBuffers;
}

export class DecodeStep {
  private readonly queue: Queue;
  private readonly model: Transformer;

  constructor(queue: Queue, model: Transformer) {
    this.queue = queue;
    this.model = model;
  }

  /** One decode step: the token drawn at t − 1 enters, the token at t is drawn. */
  run(batch: DecodeBatch, weights: DecodeWeights, t: number): void {
    const { queue, model } = this;
    const { nextToken, x } = batch.slices;
    const embedding = blockSlice(weights.flat, model.layout.embedding);
    embeddingForward(queue, nextToken, embedding, x, batch.rows, model.config.hidden_size);
    model.layout.layers.forEach((blocks, layer) => {
      this.layer(batch, blocks, layer, weights, t);
    });
    this.sample(batch, weights, t);
  }

  private layer(
    batch: DecodeBatch,
    blocks: LayerBlocks,
    layer: number,
    weights: DecodeWeights,
    t: number,
  ): void {
    const { queue, model } = this;
    const { hidden_size: d, intermediate_size: f, canon_kernel: taps, rms_norm_eps: eps } = model.config;
    const { rows, caches, maxNew } = batch;
    const { flat } = weights;
    const { x, norm, statistics, canon: canonOut, qkv, q, o, gateUp, activated, positions } = batch.slices;
    const own = keysOf(caches, 'answers', layer);
    const canon = (block: LayerBlocks['canonMlp'], which: number): Slice => {
      if (!block) return norm;
      const state = caches[`canon.${layer}.${which}`];
      causalConvStep(queue, norm, blockSlice(flat, block), state, canonOut, rows, d, taps);
      return canonOut;
    };
    const linear = (
      input: Slice,
      block: LayerBlocks['qkv'],
      output: Slice,
      inputs: number,
      outputs: number,
      accumulate: boolean,
      bias: Slice | null = null,
    ) => this.product(input, weights, block, bias, output, { rows, inputs, outputs, accumulate });

    rmsNormForward(queue, x, blockSlice(flat, blocks.inputNorm), norm, statistics, rows, d, eps);
    linear(
      canon(blocks.canonAttention, 0),
      blocks.qkv,
      qkv,
      d,
      model.qkvFloats,
      false,
      blocks.qkvBias && blockSlice(flat, blocks.qkvBias),
    );
    const slot = { slots: maxNew, slot: t - 1 };
    ropeForward(queue, qkv, { q, ...own }, model.rope, positions, rows, model.shape, slot);
    attentionDecode(
      queue,
      q,
      keysOf(caches, 'prefix', layer),
      own,
      o,
      batch.work,
      t - 1,
      model.shape,
      blocks.window,
    );
    linear(o, blocks.output, x, d, d, true);
    rmsNormForward(queue, x, blockSlice(flat, blocks.postNorm), norm, statistics, rows, d, eps);
    linear(canon(blocks.canonMlp, 1), blocks.gateUp, gateUp, d, 2 * f, false);
    swigluForward(queue, gateUp, activated, rows, f);
    linear(activated, blocks.down, x, f, d, true);
  }

  /** output = W · input (+ bias) (+ output), by 16-bit weights where there are such. */
  private product(
    input: Slice,
    { flat, packed }: DecodeWeights,
    block: LayerBlocks['qkv'],
    bias: Slice | null,
    output: Slice,
    shape: LinearShape,
  ): void {
    if (packed) linearPackedForward(this.queue, input, packed, block.offset, bias, output, shape);
    else linearForward(this.queue, input, blockSlice(flat, block), bias, output, shape);
  }

  /** Final norm, logits, one token a row. */
  sample(batch: DecodeBatch, weights: DecodeWeights, t: number): void {
    const { queue, model } = this;
    const { hidden_size: d, vocab_size: vocab, rms_norm_eps: eps, eos_token_id, pad_token_id } = model.config;
    const { finalNorm, head } = model.layout;
    const { rows, sampling } = batch;
    const { x, norm, statistics, logits } = batch.slices;
    const gain = blockSlice(weights.flat, finalNorm);
    rmsNormForward(queue, x, gain, norm, statistics, rows, d, eps);
    const shape = { rows, inputs: d, outputs: vocab, accumulate: false };
    this.product(norm, weights, head, null, logits, shape);
    const { seed, step } = batch.requests[0];
    sampleTokens(queue, logits, batch.buffers, {
      rows,
      vocab,
      position: t,
      maxNew: batch.maxNew,
      seed,
      purpose: samplingPurpose,
      step,
      eosToken: eos_token_id,
      padToken: pad_token_id,
      temperature: sampling.temperature,
      topK: sampling.top_k,
      topP: sampling.top_p,
      greedy: sampling.greedy,
    });
  }
}
