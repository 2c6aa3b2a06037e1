/** @file A run small enough for tests on a software adapter: one layer of width 16, short windows, answers of eight tokens. */
import { parameterLayout } from '../../src/policy/layout';
import type { Checkpoint } from '../../src/run/checkpoint';
import { makeConfig } from '../../src/run/config';
import { generateDocument } from '../../src/tasks/documents';
import { randomWeights, smallConfig } from './policy';
import { shippedTokenizerFiles } from './texts';

const policyConfig = smallConfig({
  vocab_size: 2048,
  hidden_size: 16,
  intermediate_size: 16,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  max_position_embeddings: 512,
});

export const smallDocument = generateDocument({ seed: 5, characters: 4000 });

export const smallRun = makeConfig('micro', {
  seed: 3,
  window_tokens: 48,
  max_prompt_length: 160,
  max_response_length: 8,
  'overlong_buffer.len': 8,
  group_size: 4,
  train_batch_size: 4,
  gen_batch_size: 4,
  mini_batch_size: 2,
  // A random policy is never right: overlong differences make the groups vary.
  'filter_groups.metric': 'score',
  'filter_groups.max_num_gen_batches': 1,
  'eval.questions': 4,
  lr: 1e-3,
  top_p: 1,
  temperature: 1,
  kl_loss_coef: 0.01,
});

export function smallCheckpoint(): Checkpoint {
  const weights = randomWeights(policyConfig, 2);
  return {
    config: policyConfig,
    weights: Object.fromEntries(
      parameterLayout(policyConfig).tensors.map(({ name, shape }) => [name, { shape, data: weights[name] }]),
    ),
    optimizer: null,
    tokenizerFiles: shippedTokenizerFiles(),
    sampling: { temperature: 1, top_k: 0, top_p: 1, maxNewTokens: 8, greedy: false },
    trainerState: { global_step: 0, next_item: 0, optimizer_updates: 0, seed: 3 },
  };
}

/** Metrics that a repeated run repeats: without the clock's, and without what was allocated. */
export function measured(metrics: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(metrics).filter(
      ([name]) => !/^timing_s|^perf\/(time|throughput|max_memory|gpu_busy|rollouts)/.test(name),
    ),
  );
}
