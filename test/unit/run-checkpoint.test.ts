import { describe, expect, it } from 'vitest';
import { CodedError } from '../../src/errors';
import {
  checkTensors,
  expectedTensors,
  parsePolicyConfig,
  toHuggingFaceConfig,
} from '../../src/policy/config';
import { serializeSafetensors, type Tensors } from '../../src/policy/safetensors';
import type { PolicyConfig } from '../../src/policy/types';
import { type Checkpoint, loadCheckpoint, saveCheckpoint } from '../../src/run/checkpoint';
import { MemoryStore } from '../../src/run/memory-store';

const config: PolicyConfig = {
  model_type: 'longview',
  vocab_size: 20,
  hidden_size: 8,
  intermediate_size: 12,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  rms_norm_eps: 1e-6,
  rope_theta: 500,
  max_position_embeddings: 64,
  tie_word_embeddings: true,
  attention_bias: false,
  canon_kernel: 4,
  bos_token_id: 0,
  eos_token_id: 1,
  pad_token_id: 2,
};

function weightsOf(policy: PolicyConfig): Tensors {
  return Object.fromEntries(
    expectedTensors(policy).map(({ name, shape }, i) => {
      const data = new Float32Array(shape.reduce((size, n) => size * n, 1)).map((_, j) => (i + 1) * 0.25 + j);
      return [name, { shape, data }];
    }),
  );
}

const checkpoint: Checkpoint = {
  config,
  weights: weightsOf(config),
  optimizer: { 'exp_avg.model.norm.weight': { shape: [8], data: new Float32Array(8).fill(0.1) } },
  tokenizerFiles: { 'tokenizer.json': '{"a":1}', 'tokenizer_config.json': '{}' },
  sampling: { temperature: 0.7, top_k: 0, top_p: 0.95, maxNewTokens: 48, greedy: false },
  trainerState: { global_step: 12, next_item: 96, optimizer_updates: 48, seed: 3 },
};

function told(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(CodedError);
    return `${(error as CodedError).code}: ${(error as CodedError).message}`;
  }
  return 'nothing';
}

async function toldLater(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'nothing',
    (error: unknown) =>
      told(() => {
        throw error;
      }),
  );
}

describe('a Hugging Face config.json', () => {
  it('of Qwen2 reads with the defaults of transformers', () => {
    const qwen = parsePolicyConfig({
      architectures: ['Qwen2ForCausalLM'],
      model_type: 'qwen2',
      bos_token_id: 151643,
      eos_token_id: 151645,
      hidden_size: 896,
      intermediate_size: 4864,
      num_attention_heads: 14,
      num_hidden_layers: 24,
      num_key_value_heads: 2,
      rope_theta: 1000000,
      tie_word_embeddings: true,
      use_sliding_window: false,
      sliding_window: 32768,
    });
    expect(qwen).toMatchObject({
      vocab_size: 151936,
      max_position_embeddings: 32768,
      rms_norm_eps: 1e-6,
      attention_bias: true,
      canon_kernel: 0,
      pad_token_id: 151645,
    });
    expect(parsePolicyConfig({ model_type: 'qwen2', eos_token_id: [7, 8] })).toMatchObject({
      hidden_size: 4096,
      num_key_value_heads: 32,
      rope_theta: 10000,
      tie_word_embeddings: false,
      eos_token_id: 7,
    });
    expect(
      parsePolicyConfig({
        model_type: 'qwen2',
        eos_token_id: 7,
        rope_parameters: { rope_theta: 5, rope_type: 'default' },
      }).rope_theta,
    ).toBe(5);
  });

  it('round-trips', () => {
    expect(parsePolicyConfig(JSON.parse(JSON.stringify(toHuggingFaceConfig(config))))).toEqual(config);
    expect(toHuggingFaceConfig({ ...config, canon_kernel: 0, attention_bias: true }).architectures).toEqual([
      'Qwen2ForCausalLM',
    ]);
  });

  it.each([
    [{ model_type: 'llama' }, 'model_type is llama'],
    [{ hidden_size: 'big' }, 'hidden_size is big'],
    [{ hidden_size: 10 }, 'hidden_size 10'],
    [{ num_attention_heads: 0 }, 'num_attention_heads is 0'],
    [{ num_key_value_heads: 3 }, 'num_key_value_heads 3'],
    [{ rms_norm_eps: -1 }, 'rms_norm_eps is -1'],
    [{ eos_token_id: null }, 'eos_token_id is missing'],
    [{ eos_token_id: 20 }, 'eos_token_id is 20'],
    [{ hidden_act: 'gelu' }, 'hidden_act is gelu'],
    [{ rope_scaling: { type: 'yarn' } }, 'rope_scaling is of type yarn'],
    [{ use_sliding_window: 'yes' }, 'use_sliding_window'],
    [{ layer_types: ['full_attention'] }, 'layer_types'],
    [{ use_sliding_window: true, max_window_layers: 0, sliding_window: 0 }, 'sliding_window'],
    [{ head_dim: 3 }, 'head_dim is 3'],
    [{ tie_word_embeddings: 1 }, 'tie_word_embeddings is 1'],
    [{ canon_kernel: 99 }, 'canon_kernel is 99'],
    [{ num_hidden_layers: 1e9 }, 'num_hidden_layers is 1000000000'],
  ])('with %j is refused by name', (change, words) => {
    const said = told(() => parsePolicyConfig({ ...toHuggingFaceConfig(config), ...change }));
    expect(said).toContain('checkpoint.config');
    expect(said).toContain(words);
  });

  it('asks for the Hugging Face tensors, Canon and head where they exist', () => {
    const shapes = Object.fromEntries(expectedTensors(config).map(({ name, shape }) => [name, shape]));
    expect(shapes['model.layers.1.self_attn.k_proj.weight']).toEqual([4, 8]);
    expect(shapes['model.layers.0.canon_attention.weight']).toEqual([4, 8]);
    expect(shapes['model.layers.0.mlp.down_proj.weight']).toEqual([8, 12]);
    expect(shapes['lm_head.weight']).toBeUndefined();
    expect(
      expectedTensors({ ...config, tie_word_embeddings: false, attention_bias: true }).map(
        ({ name }) => name,
      ),
    ).toEqual(expect.arrayContaining(['lm_head.weight', 'model.layers.0.self_attn.q_proj.bias']));
  });

  it('names the tensor that does not fit it', () => {
    const weights = weightsOf(config);
    expect(told(() => checkTensors(config, weights))).toBe('nothing');
    expect(
      told(() =>
        checkTensors(config, {
          ...weights,
          'lm_head.weight': { shape: [20, 8], data: new Float32Array(160) },
        }),
      ),
    ).toBe('nothing');
    const { 'model.norm.weight': _, ...missing } = weights;
    expect(told(() => checkTensors(config, missing))).toBe(
      'checkpoint.shape: The checkpoint has no tensor "model.norm.weight" (expected shape [8]).',
    );
    const wrong = { ...weights, 'model.norm.weight': { shape: [9], data: new Float32Array(9) } };
    expect(told(() => checkTensors(config, wrong))).toBe(
      'checkpoint.shape: Tensor "model.norm.weight": expected shape [8], found [9].',
    );
    expect(
      told(() => checkTensors(config, { ...weights, extra: { shape: [1], data: new Float32Array(1) } })),
    ).toContain('"extra"');
  });
});

describe('a checkpoint folder', () => {
  it('comes back as it was saved, bit for bit', async () => {
    const store = new MemoryStore();
    await saveCheckpoint(store, 'checkpoints/step_12', checkpoint);
    expect(await loadCheckpoint(store, 'checkpoints/step_12')).toEqual(checkpoint);
    expect(await store.list('checkpoints/step_12')).toEqual([
      'STABLE',
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'optimizer.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
      'trainer_state.json',
    ]);
  });

  it('without moments and trainer state is a policy at step 0', async () => {
    const store = new MemoryStore();
    await store.write('config.json', JSON.stringify(toHuggingFaceConfig(config)));
    await store.write('model.safetensors', serializeSafetensors(checkpoint.weights, 'F16'));
    const loaded = await loadCheckpoint(store, '');
    expect(loaded.optimizer).toBeNull();
    expect(loaded.trainerState).toEqual({ global_step: 0, next_item: 0, optimizer_updates: 0, seed: 0 });
    expect(loaded.sampling).toEqual({ temperature: 1, top_k: 0, top_p: 1, maxNewTokens: 256, greedy: false });
    expect(loaded.weights['model.norm.weight']).toEqual(checkpoint.weights['model.norm.weight']);
  });

  it('that is broken is refused with its own code', async () => {
    const store = new MemoryStore();
    expect(await toldLater(loadCheckpoint(store, 'c'))).toContain(
      'store.missing: There is no file "c/config.json"',
    );
    await saveCheckpoint(store, 'c', checkpoint);
    await store.write('c/config.json', '{');
    expect(await toldLater(loadCheckpoint(store, 'c'))).toContain('checkpoint.config');
    await saveCheckpoint(store, 'c', checkpoint);
    await store.write('c/trainer_state.json', '{"global_step":-1}');
    expect(await toldLater(loadCheckpoint(store, 'c'))).toContain('checkpoint.state');
    await saveCheckpoint(store, 'c', checkpoint);
    await store.write('c/model.safetensors', (await store.read('c/model.safetensors')).slice(0, 2000));
    expect(await toldLater(loadCheckpoint(store, 'c'))).toContain('checkpoint.format');
  });
});
