/** @file A chat model of a few thousand random weights, as a folder in Hugging Face layout. */
import type { Tensors } from '../../src/policy/safetensors';
import type { PolicyConfig } from '../../src/policy/types';
import { MemoryStore } from '../../src/run/memory-store';
import { saveOnnxPolicy } from '../../src/run/onnx/save-policy';
import { shapedWeights } from './onnx';
import { smallConfig } from './policy';
import { shippedTokenizerFiles } from './texts';

export const chatMlTemplate =
  "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

export const chatMlTokens = ['<|im_start|>', '<|im_end|>'];

export interface ChatFolder {
  store: MemoryStore;
  config: PolicyConfig;
  weights: Tensors;
}

/** The shipped tokenizer with ChatML's tokens, and a random decoder over it. */
export async function tinyChatFolder(changes: Partial<PolicyConfig> = {}): Promise<ChatFolder> {
  const files = shippedTokenizerFiles();
  const tokenizer = JSON.parse(files['tokenizer.json']) as {
    added_tokens: { id: number; content: string; special: boolean }[];
  };
  const words = 2048;
  chatMlTokens.forEach((content, i) => {
    tokenizer.added_tokens.push({ ...tokenizer.added_tokens[0], id: words + i, content, special: true });
  });
  const config = smallConfig({
    vocab_size: words + chatMlTokens.length,
    max_position_embeddings: 1024,
    eos_token_id: words + 1,
    ...changes,
  });
  const weights = shapedWeights(config, 21);
  const store = new MemoryStore();
  await saveOnnxPolicy(store, '', {
    config,
    weights,
    tokenizerFiles: {
      'tokenizer.json': JSON.stringify(tokenizer),
      'tokenizer_config.json': JSON.stringify({
        ...JSON.parse(files['tokenizer_config.json']),
        eos_token: '<|im_end|>',
        chat_template: chatMlTemplate,
      }),
    },
    sampling: { temperature: 0, top_k: 0, top_p: 1, maxNewTokens: 8, greedy: true },
  });
  return { store, config, weights };
}
