/** @file The shape of the shipped policy, which the benches take too. */
import type { PolicyConfig } from '../policy/types';

/** The default policy: 0.59 M parameters, 1.2 MB as f16. */
export const defaultPolicy: PolicyConfig = {
  model_type: 'longview',
  vocab_size: 2048,
  hidden_size: 128,
  intermediate_size: 256,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 4,
  rms_norm_eps: 1e-6,
  rope_theta: 10000,
  max_position_embeddings: 8192,
  tie_word_embeddings: true,
  attention_bias: false,
  canon_kernel: 4,
  bos_token_id: 1,
  eos_token_id: 2,
  pad_token_id: 0,
};
