import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gpu, openGpu } from '../../src/gpu';
import { parameterLayout } from '../../src/policy/layout';
import type { StepRecord } from '../../src/rl/types';
import type { Checkpoint } from '../../src/run/checkpoint';
import { makeConfig } from '../../src/run/config';
import { Session } from '../../src/run/session';
import { lockStep, openTwin } from '../../src/run/twin';
import { generateDocument } from '../../src/tasks/documents';
import { randomWeights, smallConfig } from '../support/policy';
import { measured } from '../support/session';
import { shippedTokenizerFiles } from '../support/texts';

const policyConfig = smallConfig({
  vocab_size: 2048,
  hidden_size: 16,
  intermediate_size: 16,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  max_position_embeddings: 512,
});
const document = generateDocument({ seed: 5, characters: 4000 });
const config = makeConfig('micro', {
  seed: 3,
  window_tokens: 48,
  max_prompt_length: 160,
  max_response_length: 8,
  'overlong_buffer.len': 8,
  group_size: 4,
  train_batch_size: 4,
  gen_batch_size: 4,
  mini_batch_size: 1,
  // A random policy is never right: overlong differences make rewards vary, and every step trains.
  'filter_groups.enable': false,
  // So that ratios leave the bounds within a step.
  lr: 1e-2,
  lr_warmup_steps: 0,
  top_p: 1,
  temperature: 1,
  clip_ratio_low: 0.2,
  clip_ratio_high: 0.001,
});

function checkpoint(): Checkpoint {
  const weights = randomWeights(policyConfig, 2);
  // An end token that is likely here and there makes answers of many lengths, so rewards vary.
  const width = policyConfig.hidden_size;
  const end = policyConfig.eos_token_id * width;
  const embedding = weights['model.embed_tokens.weight'];
  for (let i = end; i < end + width; i++) embedding[i] *= 8;
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

/** Everything of a step but the clock and the memory. */
function comparable({ groups, metrics, updates }: StepRecord) {
  return {
    updates,
    metrics: measured(metrics),
    answers: groups.flatMap((group) =>
      group.answers.map((answer) => ({
        question: group.item.question.id,
        kept: group.kept,
        advantage: answer.advantage,
        tokens: [...answer.rollout.tokens],
        logprobs: [...answer.rollout.logprobs],
        updated: answer.update ? [...answer.update.logprobs] : null,
      })),
    ),
  };
}

describe('twin runs', () => {
  let gpu: Gpu;
  beforeAll(async () => {
    gpu = await openGpu(navigator.gpu, { defaultsOnly: true });
  });
  afterAll(() => gpu.close());

  async function twins(steps: number, changes: Partial<typeof config>, startAt = 0) {
    const a = await Session.open({ config, document, checkpoint: checkpoint(), gpu });
    for (let i = 0; i < startAt; i++) await a.step();
    const b = await openTwin(a, { ...config, ...changes });
    const records: { a: StepRecord[]; b: StepRecord[] } = { a: [], b: [] };
    for (let i = 0; i < steps; i++)
      await lockStep([a, b], async (record, session) => {
        records[session === a ? 'a' : 'b'].push(record);
      });
    const weights = [await a.policy.readWeights(), await b.policy.readWeights()];
    await a.dispose();
    await b.dispose();
    return { ...records, weights };
  }

  it('with nothing different are equal bit for bit, from the start of A or from its middle', async () => {
    for (const startAt of [0, 2]) {
      const { a, b, weights } = await twins(10 - startAt * 2, {}, startAt);
      expect(b.map(comparable)).toEqual(a.map(comparable));
      for (const [name, data] of Object.entries(weights[0]))
        expect(Buffer.from(weights[1][name].buffer).equals(Buffer.from(data.buffer)), name).toBe(true);
      expect(
        a.some(({ metrics }) => metrics['actor/grad_norm'] > 0),
        'some step must have trained',
      ).toBe(true);
    }
  });
});
