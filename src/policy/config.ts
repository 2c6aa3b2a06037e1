/**
 * @file Hugging Face `config.json` ↔ PolicyConfig, and which tensors a configuration asks for.
 *
 * Missing fields take the defaults of transformers' Qwen2Config. What this decoder does not compute (scaled RoPE,
 * another activation) is refused rather than ignored.
 */
import { CodedError } from '../errors';
import { parameterLayout } from './layout';
import type { Tensors } from './safetensors';
import type { PolicyConfig } from './types';
import { readWindows, writeWindows } from './windows';

const maxSize = 2 ** 20;
const maxLayers = 512;
const maxCanonKernel = 16;

/** A tensor in a checkpoint, by its Hugging Face name. */
export interface ExpectedTensor {
  name: string;
  shape: readonly number[];
}

/**
 * Reads and validates a parsed `config.json`.
 * @throws CodedError `checkpoint.config` that names the field.
 */
export function parsePolicyConfig(json: unknown): PolicyConfig {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw bad('it is not a JSON object');
  const fields = json as Record<string, unknown>;
  const model_type = fields.model_type;
  if (model_type !== 'qwen2' && model_type !== 'longview')
    throw bad(`model_type is ${shown(model_type)}; qwen2 and longview are read`);

  const integer = (name: string, otherwise: number, min: number, max: number): number => {
    const value = fields[name] ?? otherwise;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max)
      return value;
    throw bad(`${name} is ${shown(value)}; it must be a whole number from ${min} to ${max}`);
  };
  const positive = (name: string, value: unknown): number => {
    if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
    throw bad(`${name} is ${shown(value)}; it must be a number above 0`);
  };
  const flag = (name: string, otherwise: boolean): boolean => {
    const value = fields[name] ?? otherwise;
    if (typeof value === 'boolean') return value;
    throw bad(`${name} is ${shown(value)}; it must be true or false`);
  };

  const heads = integer('num_attention_heads', 32, 1, 1024);
  const vocabulary = integer('vocab_size', 151936, 2, 2 ** 24);
  const eos = tokenId(fields, 'eos_token_id', vocabulary);
  if (eos === null) throw bad('eos_token_id is missing; without it no answer ends');
  const layers = integer('num_hidden_layers', 32, 1, maxLayers);
  const config: PolicyConfig = {
    model_type,
    vocab_size: vocabulary,
    hidden_size: integer('hidden_size', 4096, 2, maxSize),
    intermediate_size: integer('intermediate_size', 22016, 1, maxSize),
    num_hidden_layers: layers,
    num_attention_heads: heads,
    // As in transformers: null means as many as heads, a missing field means 32.
    num_key_value_heads:
      fields.num_key_value_heads === null ? heads : integer('num_key_value_heads', 32, 1, 1024),
    rms_norm_eps: positive('rms_norm_eps', fields.rms_norm_eps ?? 1e-6),
    rope_theta: positive('rope_theta', ropeTheta(fields)),
    max_position_embeddings: integer('max_position_embeddings', 32768, 1, 2 ** 31),
    tie_word_embeddings: flag('tie_word_embeddings', false),
    // Qwen2 always has the bias; its configuration does not speak of it.
    attention_bias: model_type === 'qwen2' ? true : flag('attention_bias', false),
    canon_kernel: integer('canon_kernel', 0, 0, maxCanonKernel),
    ...readWindows(fields, layers, bad),
    bos_token_id: tokenId(fields, 'bos_token_id', vocabulary) ?? eos,
    eos_token_id: eos,
    pad_token_id: tokenId(fields, 'pad_token_id', vocabulary) ?? eos,
  };
  checkTogether(config, fields);
  return config;
}

function checkTogether(config: PolicyConfig, fields: Record<string, unknown>): void {
  const { hidden_size, num_attention_heads, num_key_value_heads } = config;
  if (hidden_size % (2 * num_attention_heads) !== 0) {
    throw bad(
      `hidden_size ${hidden_size} does not give num_attention_heads ${num_attention_heads} heads of an even width`,
    );
  }
  if (num_attention_heads % num_key_value_heads !== 0) {
    throw bad(
      `num_attention_heads ${num_attention_heads} is not a multiple of num_key_value_heads ${num_key_value_heads}`,
    );
  }
  const headDim = fields.head_dim ?? hidden_size / num_attention_heads;
  if (headDim !== hidden_size / num_attention_heads)
    throw bad(`head_dim is ${shown(headDim)}; it must be hidden_size / num_attention_heads`);
  const activation = fields.hidden_act ?? 'silu';
  if (activation !== 'silu') throw bad(`hidden_act is ${shown(activation)}; only silu is computed`);
  for (const name of ['rope_scaling', 'rope_parameters']) {
    const rope = fields[name];
    if (rope === null || rope === undefined) continue;
    const kind = isObject(rope) ? (rope.rope_type ?? rope.type ?? 'default') : rope;
    if (kind !== 'default')
      throw bad(`${name} is of type ${shown(kind)}; only plain rotary positions are computed`);
  }
}

/** transformers 5 moved θ into `rope_parameters`. */
function ropeTheta(fields: Record<string, unknown>): unknown {
  const nested = isObject(fields.rope_parameters) ? fields.rope_parameters.rope_theta : undefined;
  return fields.rope_theta ?? nested ?? 10000;
}

/** A token id, the first of a list, or null where there is none. */
function tokenId(fields: Record<string, unknown>, name: string, vocabulary: number): number | null {
  const field = fields[name];
  const value: unknown = Array.isArray(field) ? field[0] : field;
  if (value === null || value === undefined) return null;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < vocabulary)
    return value;
  throw bad(`${name} is ${shown(value)}; it must be a token of the vocabulary (0 to ${vocabulary - 1})`);
}

/** The `config.json` of a policy: readable by transformers where it has no Canon layers. */
export function toHuggingFaceConfig(config: PolicyConfig): Record<string, unknown> {
  const plain = config.canon_kernel === 0 && config.attention_bias;
  return {
    architectures: [plain ? 'Qwen2ForCausalLM' : 'LongviewForCausalLM'],
    ...config,
    hidden_act: 'silu',
    attention_dropout: 0,
    ...writeWindows(config),
    use_cache: true,
  };
}

/** Every tensor a checkpoint of this configuration must hold, in layer order. */
export function expectedTensors(config: PolicyConfig): ExpectedTensor[] {
  return parameterLayout(config).tensors.map(({ name, shape }) => ({ name, shape }));
}

/**
 * Checks that a checkpoint holds exactly the tensors its configuration asks for.
 * @throws CodedError `checkpoint.shape` that names tensor, expected and found shape.
 */
export function checkTensors(config: PolicyConfig, tensors: Readonly<Tensors>): void {
  const shape = (message: string) =>
    new CodedError(
      'checkpoint.shape',
      message,
      'Weights and config.json belong together: choose both from the same folder.',
    );
  const expected = expectedTensors(config);
  for (const { name, shape: wanted } of expected) {
    const found = Object.hasOwn(tensors, name) ? tensors[name].shape : null;
    if (found === null)
      throw shape(`The checkpoint has no tensor "${name}" (expected shape [${wanted.join(', ')}]).`);
    if (found.length !== wanted.length || found.some((size, i) => size !== wanted[i])) {
      throw shape(`Tensor "${name}": expected shape [${wanted.join(', ')}], found [${found.join(', ')}].`);
    }
  }
  const known = new Set(expected.map(({ name }) => name));
  // Some writers repeat the tied head, or keep the angles of the rotation.
  const harmless = (name: string) =>
    (name === 'lm_head.weight' && config.tie_word_embeddings) || name.endsWith('rotary_emb.inv_freq');
  for (const name of Object.keys(tensors)) {
    if (!known.has(name) && !harmless(name))
      throw shape(`The checkpoint holds a tensor "${shown(name)}" that its config.json does not ask for.`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'missing');
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function bad(why: string): CodedError {
  return new CodedError(
    'checkpoint.config',
    `config.json cannot be used: ${why}.`,
    'Choose the folder of a Qwen2 or Longview policy.',
  );
}
