/**
 * @file Where each tensor stands in the flat parameter buffer. Gradients and moments have the same layout.
 *
 * A *block* is what one kernel binds, aligned to 256 bytes; the projections q, k, v form one block, gate and up
 * another, so that each pair of products is one dispatch. Files keep the Hugging Face tensors apart.
 */
import { type Slice, sub } from '../gpu';
import type { PolicyConfig } from './types';
import { layerWindow } from './windows';

/** Floats between block starts: 256 bytes. */
const alignFloats = 64;

export interface TensorPlace {
  /** Hugging Face name. */
  name: string;
  shape: number[];
  /** First float in the flat buffer. */
  offset: number;
  count: number;
}

export interface Block {
  offset: number;
  count: number;
  /** Weight decay applies to matrices only, not to norms, biases, convolutions and embeddings. */
  decay: boolean;
}

export interface LayerBlocks {
  /** Keys a token of this layer sees at most, itself included; null = all. */
  window: number | null;
  inputNorm: Block;
  canonAttention: Block | null;
  qkv: Block;
  qkvBias: Block | null;
  output: Block;
  postNorm: Block;
  canonMlp: Block | null;
  gateUp: Block;
  down: Block;
}

export interface ParameterLayout {
  /** Floats of the flat buffer. */
  total: number;
  /** Parameters without padding. */
  parameters: number;
  embedding: Block;
  layers: LayerBlocks[];
  finalNorm: Block;
  /** The embedding itself where the head is tied. */
  head: Block;
  tensors: TensorPlace[];
  blocks: Block[];
}

/** The part of a flat buffer that a block takes. */
export function blockSlice(flat: Slice, block: Block): Slice {
  return sub(flat, block.offset * 4, block.count * 4);
}

export function parameterLayout(config: PolicyConfig): ParameterLayout {
  const { hidden_size: d, intermediate_size: f, vocab_size: vocabulary } = config;
  const headDim = d / config.num_attention_heads;
  const kv = config.num_key_value_heads * headDim;
  const tensors: TensorPlace[] = [];
  const blocks: Block[] = [];
  let total = 0;

  const block = (decay: boolean, parts: [name: string, ...shape: number[]][]): Block => {
    const offset = total;
    for (const [name, ...shape] of parts) {
      const count = shape.reduce((product, n) => product * n, 1);
      tensors.push({ name, shape, offset: total, count });
      total += count;
    }
    const made = { offset, count: total - offset, decay };
    blocks.push(made);
    total = Math.ceil(total / alignFloats) * alignFloats;
    return made;
  };

  const embedding = block(false, [['model.embed_tokens.weight', vocabulary, d]]);
  const layers: LayerBlocks[] = [];
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const at = `model.layers.${layer}`;
    const canon = (name: string) =>
      config.canon_kernel > 0 ? block(false, [[`${at}.${name}.weight`, config.canon_kernel, d]]) : null;
    layers.push({
      window: layerWindow(config, layer),
      inputNorm: block(false, [[`${at}.input_layernorm.weight`, d]]),
      canonAttention: canon('canon_attention'),
      qkv: block(true, [
        [`${at}.self_attn.q_proj.weight`, d, d],
        [`${at}.self_attn.k_proj.weight`, kv, d],
        [`${at}.self_attn.v_proj.weight`, kv, d],
      ]),
      qkvBias: config.attention_bias
        ? block(false, [
            [`${at}.self_attn.q_proj.bias`, d],
            [`${at}.self_attn.k_proj.bias`, kv],
            [`${at}.self_attn.v_proj.bias`, kv],
          ])
        : null,
      output: block(true, [[`${at}.self_attn.o_proj.weight`, d, d]]),
      postNorm: block(false, [[`${at}.post_attention_layernorm.weight`, d]]),
      canonMlp: canon('canon_mlp'),
      gateUp: block(true, [
        [`${at}.mlp.gate_proj.weight`, f, d],
        [`${at}.mlp.up_proj.weight`, f, d],
      ]),
      down: block(true, [[`${at}.mlp.down_proj.weight`, d, f]]),
    });
  }
  const finalNorm = block(false, [['model.norm.weight', d]]);
  const head = config.tie_word_embeddings ? embedding : block(false, [['lm_head.weight', vocabulary, d]]);
  return {
    total,
    parameters: tensors.reduce((sum, tensor) => sum + tensor.count, 0),
    embedding,
    layers,
    finalNorm,
    head,
    tensors,
    blocks,
  };
}
