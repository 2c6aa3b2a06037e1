/**
 * @file The way back through one layer: gradients of its weights, and of its input in place of that of its output. What the
 * forward pass left in the layer's buffers is used, or computed again. Gradients of weights are added chunk by chunk, in
 * order.
 */
import { type Queue, type Slice, tail } from '../gpu';
import { attentionBackwardKV, attentionBackwardQ, attentionD } from '../kernels/attention';
import { causalConvBackward } from '../kernels/causal-conv/causal-conv';
import { biasGradient, linearBackwardInput, linearBackwardWeight } from '../kernels/linear/linear';
import { rmsNormBackward } from '../kernels/rms-norm/rms-norm';
import { ropeBackward } from '../kernels/rope/rope';
import { qkvFrom, qkvRowFloats } from '../kernels/shared/attention-shape';
import { swigluBackward } from '../kernels/swiglu/swiglu';
import type { backwardSizes } from './activations';
import type { LayerForward, LayerPass } from './layer-forward';
import { type Block, blockSlice } from './layout';
import type { PolicyConfig } from './types';

/** A layer's backward pass. */
interface BackwardPass extends LayerPass {
  gradients: Slice;
  /** `dX` holds the gradient of the layer's output, then of its input. */
  grads: Record<keyof ReturnType<typeof backwardSizes>, Slice>;
}

export class LayerBackward {
  private readonly layer: LayerForward;
  private readonly queue: Queue;
  private readonly config: PolicyConfig;

  constructor(layer: LayerForward) {
    this.layer = layer;
    this.queue = layer.queue;
    this.config = layer.config;
  }

  /** Through the MLP onto dX, given `middle`, the residual stream before it. */
  mlp(pass: BackwardPass, middle: Slice, cached: boolean): void {
    const { queue, config, layer } = this;
    const { blocks, batch, acts, grads } = pass;
    // After the forward pass of a single chunk everything still stands where it was made.
    const made = cached && batch.rows <= layer.chunkRows;
    if (!made) layer.norm(pass, middle, blocks.postNorm);
    for (const chunk of layer.chunks(batch)) {
      const input = made ? (blocks.canonMlp ? acts.canon : acts.norm) : layer.mlp(pass, chunk);
      const { count } = chunk;
      this.linear(pass, layer.part(grads.dX, chunk), acts.activated, blocks.down, grads.dActivated, count);
      swigluBackward(queue, acts.wide, grads.dActivated, grads.dWide, count, config.intermediate_size);
      this.linear(pass, grads.dWide, input, blocks.gateUp, layer.part(grads.dInner, chunk), count);
    }
    this.norm(pass, blocks.postNorm, middle, this.canon(pass, blocks.canonMlp));
  }

  /** Through attention onto dX, given `x`, the layer's input. */
  attention(pass: BackwardPass, x: Slice): void {
    const { queue, layer } = this;
    const { shape, rope } = layer;
    const { blocks, batch, acts, grads, gradients, qkv } = pass;
    const { dX, dInner: dO, dQ, dK, dV, dWide } = grads;
    const { rows } = batch;
    const dQkv = { q: dQ, k: dK, v: dV };
    this.linear(pass, dX, acts.o, blocks.output, dO, rows);
    attentionD(queue, acts.o, dO, acts.ld, rows, shape);
    const attention = batch.attention(blocks.window);
    attentionBackwardQ(queue, qkv, dO, acts.ld, dQ, attention, shape);
    attentionBackwardKV(queue, qkv, dO, acts.ld, dQkv, attention, shape);
    const dBias = blocks.qkvBias && blockSlice(gradients, blocks.qkvBias);
    layer.norm(pass, x, blocks.inputNorm);
    for (const chunk of layer.chunks(batch)) {
      const { begin, count } = chunk;
      const positions = tail(batch.positions, begin * 4);
      ropeBackward(queue, qkvFrom(dQkv, begin, shape), dWide, rope, positions, count, shape);
      if (dBias)
        biasGradient(queue, dWide, dBias, { rows: count, outputs: qkvRowFloats(shape), accumulate: true });
      const input = layer.canon(pass, blocks.canonAttention, chunk);
      this.linear(pass, dWide, input, blocks.qkv, layer.part(grads.dInner, chunk), count);
    }
    this.norm(pass, blocks.inputNorm, x, this.canon(pass, blocks.canonAttention));
  }

  /** dInput = dY · W, and the weight's gradient. */
  private linear(
    pass: BackwardPass,
    dY: Slice,
    input: Slice,
    block: Block,
    dInput: Slice,
    rows: number,
  ): void {
    const { queue } = this;
    const shape = { rows, ...this.layer.widths(pass.blocks, block) };
    linearBackwardInput(queue, dY, blockSlice(pass.weights, block), dInput, shape);
    const dWeight = blockSlice(pass.gradients, block);
    linearBackwardWeight(queue, dY, input, pass.grads.weightPartials, dWeight, {
      ...shape,
      accumulate: true,
    });
  }

  /** Gradient of `norm` from `dInner`, the gradient behind the Canon layer; that one where there is none. */
  private canon(pass: BackwardPass, block: Block | null): Slice {
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
  private norm(pass: BackwardPass, block: Block, x: Slice, dY: Slice): void {
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
