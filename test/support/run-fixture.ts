/** @file Small run folders for tests of what keeps, lists, moves and reads them. */
import { expectedTensors } from '../../src/policy/config';
import type { PolicyConfig } from '../../src/policy/types';
import type { Checkpoint } from '../../src/run/checkpoint';
import { RunFolder, type RunOrigin } from '../../src/run/folder';
import { presets } from '../../src/run/presets';
import type { RunConfig } from '../../src/run/settings';
import type { FileStore } from '../../src/run/store';
import { scoredGroup } from './scored';
import { shippedTokenizerFiles } from './texts';

export const origin: RunOrigin = {
  appVersion: '0.1.0',
  commit: 'abc',
  adapterClass: 'software',
  documentId: 'd',
  documentTitle: 'A text',
  name: 'brave-otter',
};

const policy: PolicyConfig = {
  model_type: 'longview',
  vocab_size: 8,
  hidden_size: 8,
  intermediate_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 1,
  num_key_value_heads: 1,
  rms_norm_eps: 1e-6,
  rope_theta: 500,
  max_position_embeddings: 64,
  tie_word_embeddings: true,
  attention_bias: false,
  canon_kernel: 0,
  bos_token_id: 0,
  eos_token_id: 1,
  pad_token_id: 2,
};

/** Every weight has the step as its value. */
export function smallCheckpoint(step: number, tokenizerFiles: Record<string, string> = {}): Checkpoint {
  const tensors = (value: number) =>
    Object.fromEntries(
      expectedTensors(policy).map(({ name, shape }) => [
        name,
        { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value) },
      ]),
    );
  return {
    config: policy,
    weights: tensors(step),
    optimizer: null,
    tokenizerFiles,
    sampling: { temperature: 1, top_k: 0, top_p: 1, maxNewTokens: 4, greedy: false },
    trainerState: { global_step: step, next_item: step * 2, optimizer_updates: step, seed: 1 },
  };
}

export interface FixtureOptions {
  config?: RunConfig;
  steps?: number;
  reward?: (step: number) => number;
}

/** A run of a few steps with a whole checkpoint at each, as the trainer worker leaves it. */
export async function writeRun(store: FileStore, options: FixtureOptions = {}): Promise<RunFolder> {
  const { config = presets.micro, steps = 3, reward = (step) => step / 10 } = options;
  const folder = new RunFolder(store, () => 1000);
  await folder.begin(config, origin);
  await folder.recordDocument(1, { id: 'd', title: 'A text', text: 'Text.', source: 'imported' });
  for (let step = 1; step <= steps; step++) {
    await folder.recordStep({
      step,
      metrics: { 'critic/rewards/mean': reward(step) },
      groups: [scoredGroup({ uid: `${step}-1-0`, family: 'cloze', rewards: [1, 0], entropies: 1 })],
    });
    await folder.saveCheckpoint(smallCheckpoint(step, shippedTokenizerFiles()));
  }
  return folder;
}
