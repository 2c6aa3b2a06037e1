/**
 * @file A policy as an ONNX decoder with a key-value cache, in standard operators and the names that Hugging Face's
 * exporter gives them.
 *
 *   input_ids [B, T]  attention_mask [B, P + T]  position_ids [B, T]                       int64
 *   past_key_values.N.key | .value [B, Hkv, P, D]      → present.N.key | .value [B, Hkv, P + T, D]
 *   past_conv.N.attention | .mlp [B, d, taps − 1]      → present_conv.N.attention | .mlp, same shape
 *                                                      → logits [B, T, V]
 *
 * P tokens are in the cache and T are new; the first call passes P = 0 and zeros as convolution state. A mask of 0
 * hides a token from attention and from the convolutions, so rows of unequal length can be padded on the left.
 * Weights stay in Hugging Face's layout under Hugging Face's names, but for the Canon kernels.
 *
 *   u = rmsnorm(x) ; c = u + conv(u) ; x += Wo · attention(rope(Wqkv · c + b)) ; u = rmsnorm(x) ; c = u + conv(u) ;
 *   x += Wd · (silu(Wg · c) * (Wu · c)) ; logits = E · rmsnorm(x)
 */
import { ropeCosSin } from '../../kernels/rope/rope';
import { checkTensors } from '../../policy/config';
import type { Tensors } from '../../policy/safetensors';
import type { PolicyConfig } from '../../policy/types';
import { Graph } from './graph';

/** Score of a hidden key: finite, so that a row that sees nothing is no NaN. */
const hidden = -1e30;

/** Positions in the rotation table; a configuration may name more than anybody computes. */
const maxPositions = 2 ** 17;

/**
 * The model file. Everything is computed in float32; `stored` is what the weights and the rotation table take in the file, and
 * float16 rounds them to the nearest half. The rotation comes from a table made in float64 (cosines of large angles lose
 * digits in float32 and more on some GPUs) with `max_position_embeddings` places, at most 131,072.
 * @throws CodedError `checkpoint.shape` where weights and configuration disagree, `checkpoint.range` where a weight is no half,
 * `onnx.too_large`.
 */
export function policyToOnnx(
  config: PolicyConfig,
  weights: Readonly<Tensors>,
  stored: StoredFloat = 'float32',
): Uint8Array {
  checkTensors(config, weights);
  return new PolicyGraph(config, weights, stored).build();
}

/** How the floats of the file are stored. */
type StoredFloat = 'float32' | 'float16';

/** Values that all layers share, by name. */
export interface Shared {
  /** int64 [2]: B, T. */
  sizes: string;
  /** float [B·T, 1]: 0 where a new token is padding. Null where no convolution has to know. */
  present: string | null;
  /** bool [B, 1, T, P + T]: what a query sees. */
  visible: string;
  /** float [B, 1, T, D / 2]. */
  cos: string;
  sin: string;
}

/** The layers of a policy; a subclass may leave the cache out. */
export class PolicyGraph {
  protected readonly graph = new Graph('policy');
  protected readonly headDim: number;
  protected readonly config: PolicyConfig;
  private readonly tensors: Readonly<Tensors>;
  private readonly stored: StoredFloat;
  /** Whether tokens before the new ones come in as keys, values and convolution states. */
  protected readonly cached: boolean = true;

  constructor(config: PolicyConfig, tensors: Readonly<Tensors>, stored: StoredFloat = 'float32') {
    this.config = config;
    this.tensors = tensors;
    this.stored = stored;
    this.headDim = config.hidden_size / config.num_attention_heads;
  }

  build(): Uint8Array {
    const { graph, config } = this;
    const embedding = this.weight('model.embed_tokens.weight');
    const ids = graph.input('input_ids', 'int64', ['batch_size', 'sequence_length']);
    const shared = this.shared(ids);
    // Rows of all sequences lie below each other: [B·T, d].
    let x = this.reshape(graph.node('Gather', [embedding, ids]), -1, config.hidden_size);
    for (let layer = 0; layer < config.num_hidden_layers; layer++) x = this.layer(layer, x, shared);
    const head = config.tie_word_embeddings ? embedding : this.weight('lm_head.weight');
    const logits = graph.node('Gemm', [this.rmsNorm(x, 'model.norm.weight'), head], { transB: 1 });
    graph.output('logits', this.unfold(logits, shared, config.vocab_size), 'float32', [
      'batch_size',
      'sequence_length',
      config.vocab_size,
    ]);
    return graph.toModel();
  }

  private shared(ids: string): Shared {
    const { graph, config } = this;
    const mask = graph.input('attention_mask', 'int64', ['batch_size', 'total_sequence_length']);
    const positions = graph.input('position_ids', 'int64', ['batch_size', 'sequence_length']);
    const length = graph.node('Squeeze', [graph.node('Shape', [ids], { start: 1 })]);
    const total = graph.node('Squeeze', [graph.node('Shape', [mask], { start: 1 })]);
    const one = graph.integer(1);
    const keys = graph.node('Range', [graph.integer(0), total, one]);
    const queries = graph.node('Range', [graph.node('Sub', [total, length]), total, one]);
    const causal = graph.node('LessOrEqual', [keys, graph.node('Unsqueeze', [queries, graph.integers(1)])]);
    const kept = graph.cast(mask, 'bool');
    const visible = graph.node('And', [graph.node('Unsqueeze', [kept, graph.integers(1, 2)]), causal]);

    let present: string | null = null;
    if (config.canon_kernel > 0) {
      const start = graph.node('Unsqueeze', [graph.node('Neg', [length]), graph.integers(0)]);
      const last = graph.node('Slice', [mask, start, graph.integers(2 ** 31 - 1), graph.integers(1)]);
      present = this.reshape(graph.cast(last, 'float32'), -1, 1);
    }
    return {
      sizes: graph.node('Shape', [ids]),
      present,
      visible,
      ...this.rotations(positions),
    };
  }

  /** Cosines and sines at int64 [B, T] positions. */
  protected rotations(positions: string): Pick<Shared, 'cos' | 'sin'> {
    const { graph, config, headDim } = this;
    const places = Math.min(config.max_position_embeddings, maxPositions);
    const table = ropeCosSin(places, headDim, config.rope_theta);
    const half = headDim / 2;
    const rotation = (name: string, at: number) => {
      const part = this.constant(name, [places, half], table.subarray(at, at + places * half));
      return graph.node('Unsqueeze', [graph.node('Gather', [part, positions]), graph.integers(1)]);
    };
    return { cos: rotation('rotary.cos', 0), sin: rotation('rotary.sin', places * half) };
  }

  protected layer(layer: number, x: string, shared: Shared): string {
    const { graph } = this;
    const at = `model.layers.${layer}`;
    const input = this.canon(this.rmsNorm(x, `${at}.input_layernorm.weight`), layer, 'attention', shared);
    const attended = this.linear(this.attention(layer, input, shared), `${at}.self_attn.o_proj`);
    const middle = graph.node('Add', [x, attended]);
    const norm = this.canon(
      this.rmsNorm(middle, `${at}.post_attention_layernorm.weight`),
      layer,
      'mlp',
      shared,
    );
    const gate = this.linear(norm, `${at}.mlp.gate_proj`);
    const silu = graph.node('Mul', [gate, graph.node('Sigmoid', [gate])]);
    const activated = graph.node('Mul', [silu, this.linear(norm, `${at}.mlp.up_proj`)]);
    return graph.node('Add', [middle, this.linear(activated, `${at}.mlp.down_proj`)]);
  }

  /** In the steps that ONNX Runtime recognises and joins into one operation. */
  protected rmsNorm(x: string, name: string): string {
    const { graph } = this;
    const squares = graph.node('Pow', [x, graph.scalar(2)]);
    const mean = graph.node('ReduceMean', [squares], { axes: [-1], keepdims: 1 });
    const root = graph.node('Sqrt', [graph.node('Add', [mean, graph.scalar(this.config.rms_norm_eps)])]);
    return graph.node('Mul', [graph.node('Div', [x, root]), this.weight(name)]);
  }

  /** u + causal depthwise convolution of u. */
  private canon(u: string, layer: number, place: 'attention' | 'mlp', shared: Shared): string {
    const { graph } = this;
    const { canon_kernel: taps, hidden_size: d } = this.config;
    if (taps === 0) return u;
    const seen = shared.present === null ? u : graph.node('Mul', [u, shared.present]);
    let row = graph.node('Transpose', [this.unfold(seen, shared, d)], { perm: [0, 2, 1] });
    if (taps > 1 && this.cached) {
      const shape = ['batch_size', d, taps - 1];
      const past = graph.input(`past_conv.${layer}.${place}`, 'float32', shape);
      row = graph.node('Concat', [past, row], { axis: 2 });
      const kept = [graph.integers(1 - taps), graph.integers(2 ** 31 - 1), graph.integers(2)];
      graph.output(`present_conv.${layer}.${place}`, graph.node('Slice', [row, ...kept]), 'float32', shape);
    }
    const kernel = this.canonKernel(`model.layers.${layer}.canon_${place}.weight`);
    const convolved = graph.node('Conv', [row, kernel], {
      group: d,
      kernel_shape: [taps],
      pads: [this.cached ? 0 : taps - 1, 0],
    });
    const back = graph.node('Transpose', [convolved], { perm: [0, 2, 1] });
    return graph.node('Add', [u, this.reshape(back, -1, d)]);
  }

  /** [taps, d] with the present token first, as ONNX's Conv wants it: [d, 1, taps], the present token last. */
  private canonKernel(name: string): string {
    const { shape, data } = this.tensors[name];
    const [taps, d] = shape;
    const turned = new Float32Array(data.length);
    for (let k = 0; k < taps; k++)
      for (let c = 0; c < d; c++) turned[c * taps + taps - 1 - k] = data[k * d + c];
    return this.constant(name, [d, 1, taps], turned);
  }

  /** Attention of [B·T, d] before the output projection. Query heads of one key head are rows of one product. */
  private attention(layer: number, x: string, shared: Shared): string {
    const { graph, headDim, config } = this;
    const { num_attention_heads: heads, num_key_value_heads: kvHeads } = config;
    const at = `model.layers.${layer}.self_attn`;
    const project = (name: string, count: number) =>
      this.heads(this.linear(x, `${at}.${name}_proj`, config.attention_bias), count, shared);
    const withPast = (name: 'key' | 'value', fresh: string) => {
      if (!this.cached) return fresh;
      const shape = (tokens: string) => ['batch_size', kvHeads, tokens, headDim];
      const past = graph.input(`past_key_values.${layer}.${name}`, 'float32', shape('past_sequence_length'));
      const all = graph.node('Concat', [past, fresh], { axis: 2 });
      graph.output(`present.${layer}.${name}`, all, 'float32', shape('total_sequence_length'));
      return all;
    };
    const query = graph.node('Mul', [
      this.rotate(project('q', heads), shared),
      graph.scalar(1 / Math.sqrt(headDim)),
    ]);
    const keys = withPast('key', this.rotate(project('k', kvHeads), shared));
    const values = withPast('value', project('v', kvHeads));
    const products = graph.node('MatMul', [
      this.reshape(query, 0, kvHeads, -1, headDim),
      graph.node('Transpose', [keys], { perm: [0, 1, 3, 2] }),
    ]);
    // A 0 keeps the size at its place: the number of keys.
    const scores = graph.node('Where', [
      shared.visible,
      this.reshape(products, 0, heads, -1, 0),
      graph.scalar(hidden),
    ]);
    const shares = graph.node('Softmax', [scores], { axis: -1 });
    const mixed = graph.node('MatMul', [this.reshape(shares, 0, kvHeads, -1, 0), values]);
    const byToken = graph.node('Transpose', [this.reshape(mixed, 0, heads, -1, headDim)], {
      perm: [0, 2, 1, 3],
    });
    return this.reshape(byToken, -1, heads * headDim);
  }

  /** [B·T, count·D] → [B, count, T, D]. */
  private heads(x: string, count: number, { sizes }: Shared): string {
    const { graph, headDim } = this;
    const shape = graph.node('Concat', [sizes, graph.integers(count, headDim)], { axis: 0 });
    return graph.node('Transpose', [graph.node('Reshape', [x, shape])], { perm: [0, 2, 1, 3] });
  }

  /** Rotates the pairs (c, c + D/2) of [B, heads, T, D]. */
  private rotate(x: string, { cos, sin }: Shared): string {
    const { graph } = this;
    const half = this.headDim / 2;
    const [a, b] = graph.split('Split', [x, graph.integers(half, half)], { axis: -1 }, 2);
    const left = graph.node('Sub', [graph.node('Mul', [a, cos]), graph.node('Mul', [b, sin])]);
    const right = graph.node('Add', [graph.node('Mul', [b, cos]), graph.node('Mul', [a, sin])]);
    return graph.node('Concat', [left, right], { axis: -1 });
  }

  /** [B·T, width] → [B, T, width]. */
  private unfold(x: string, { sizes }: Shared, width: number): string {
    const { graph } = this;
    const shape = graph.node('Concat', [sizes, graph.integers(width)], { axis: 0 });
    return graph.node('Reshape', [x, shape]);
  }

  protected reshape(x: string, ...shape: readonly number[]): string {
    return this.graph.node('Reshape', [x, this.graph.integers(...shape)]);
  }

  /** X · Wᵀ (+ b) of [rows, inputs]. */
  private linear(x: string, name: string, bias = false): string {
    const inputs = [x, this.weight(`${name}.weight`)];
    if (bias) inputs.push(this.weight(`${name}.bias`));
    return this.graph.node('Gemm', inputs, { transB: 1 });
  }

  protected weight(name: string): string {
    const { shape, data } = this.tensors[name];
    return this.constant(name, shape, data);
  }

  private constant(name: string, shape: readonly number[], data: Float32Array): string {
    return this.stored === 'float16'
      ? this.graph.halfWeights(name, shape, data)
      : this.graph.weights(name, shape, data);
  }
}
