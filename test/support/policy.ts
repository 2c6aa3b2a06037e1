/** @file Small policies with random weights, and the float64 loss of a batch by the reference decoder. */
import { parameterLayout } from '../../src/policy/layout';
import { runReference, type Tensors } from '../../src/policy/reference';
import type { ObjectiveOptions, PolicyConfig, TrainGroup } from '../../src/policy/types';
import { entropyOfLogits, logSoftmax } from '../../src/rl/entropy';
import { klEstimate } from '../../src/rl/kl';
import { answerTerms } from '../../src/rl/policy-loss';
import { randomFloats } from './gpu';

export function smallConfig(changes: Partial<PolicyConfig> = {}): PolicyConfig {
  return {
    model_type: 'longview',
    vocab_size: 64,
    hidden_size: 32,
    intermediate_size: 48,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    rms_norm_eps: 1e-6,
    rope_theta: 500,
    max_position_embeddings: 128,
    tie_word_embeddings: true,
    attention_bias: false,
    canon_kernel: 4,
    bos_token_id: 1,
    eos_token_id: 2,
    pad_token_id: 0,
    ...changes,
  };
}

/** Random weights by tensor name: norms near 1, matrices of a size that keeps activations alive. */
export function randomWeights(config: PolicyConfig, seed: number): Record<string, Float32Array> {
  return Object.fromEntries(
    parameterLayout(config).tensors.map(({ name, shape, count }, i) => {
      const values = randomFloats(
        count,
        seed * 1000 + i,
        name.includes('norm') ? 0.2 : 1.5 / Math.sqrt(shape[shape.length - 1]),
      );
      return [name, name.includes('norm') ? values.map((value) => value + 1) : values];
    }),
  );
}

/** Groups with answers of many lengths, 1 included, and off-policy old log-probs. */
export function randomGroups(
  seed: number,
  shape: { prefix: number; answers: number[] }[],
  vocab: number,
): TrainGroup[] {
  const token = (count: number, key: number) =>
    Uint32Array.from(randomFloats(count, key), (value) => 3 + Math.floor(((value + 1) / 2) * (vocab - 4)));
  return shape.map(({ prefix, answers }, g) => ({
    promptTokens: token(prefix, seed * 7919 + g),
    answers: answers.map((length, a) => {
      const key = seed * 104729 + g * 131 + a;
      return {
        tokens: token(length, key),
        oldLogprobs: randomFloats(length, key + 1).map((value) => -4 + value),
        refLogprobs: randomFloats(length, key + 2).map((value) => -4 + value),
        advantage: randomFloats(1, key + 3, 2)[0],
        weights: randomFloats(length, key + 4).map((value) => 0.1 + Math.abs(value) / 10),
      };
    }),
  }));
}

export interface ReferenceLoss {
  loss: number;
  gradients: Tensors;
  /** Log-probs by group and answer. */
  logprobs: Float64Array[][];
}

/** Loss and gradients with the prefix repeated for every answer. */
export function referenceLoss(
  config: PolicyConfig,
  tensors: Tensors,
  groups: TrainGroup[],
  options: ObjectiveOptions,
  withGradient = true,
): ReferenceLoss {
  const gradients: Tensors = Object.fromEntries(
    Object.entries(tensors).map(([name, value]) => [name, new Float64Array(value.length)]),
  );
  const vocab = config.vocab_size;
  let loss = 0;
  const logprobs = groups.map((group) =>
    group.answers.map((answer) => {
      const sequence = [...group.promptTokens, ...answer.tokens.subarray(0, answer.tokens.length - 1)];
      const run = runReference(config, tensors, sequence);
      const dLogits = new Float64Array(run.logits.length);
      const logitsAt = (t: number) => {
        const at = (group.promptTokens.length - 1 + t) * vocab;
        return { at, logits: run.logits.subarray(at, at + vocab) };
      };
      const rows = Float64Array.from(
        answer.tokens,
        (target, t) => logSoftmax(logitsAt(t).logits, options.temperature)[target],
      );
      const advantages = Float64Array.from(rows, (_, t) =>
        answer.policyMask?.[t] === 0 ? 0 : answer.advantage,
      );
      const terms = answerTerms({ logprobs: rows, oldLogprobs: answer.oldLogprobs, advantages }, options);
      answer.tokens.forEach((target, t) => {
        const { at, logits } = logitsAt(t);
        const { entropy, gradient: dEntropy } = entropyOfLogits(logits, options.temperature);
        const probabilities = logSoftmax(logits, options.temperature).map(Math.exp);
        const logp = rows[t];
        let dLogp = -1;
        let value = -logp;
        let entropyCoef = 0;
        if (options.kind === 'policy') {
          const clip = terms[t];
          const kl = klEstimate(logp, answer.refLogprobs?.[t] ?? answer.oldLogprobs[t], options.klType);
          dLogp = clip.gradient + options.klCoef * kl.gradient;
          entropyCoef = options.entropyCoef;
          value = clip.loss + options.klCoef * kl.value - entropyCoef * entropy;
        }
        loss += answer.weights[t] * value;
        for (let v = 0; v < vocab; v++) {
          const dLogpDz = ((v === target ? 1 : 0) - probabilities[v]) / options.temperature;
          dLogits[at + v] += answer.weights[t] * (dLogp * dLogpDz - entropyCoef * dEntropy[v]);
        }
      });
      if (withGradient) run.backward(dLogits, gradients);
      return rows;
    }),
  );
  return { loss, gradients, logprobs };
}

/** The kinds of decoder there are, as changes of {@link smallConfig}. */
export const policyVariants: [string, Partial<PolicyConfig>][] = [
  ['Canon layers, tied head', {}],
  [
    'biases, untied head, no Canon layers, one kv head',
    { attention_bias: true, tie_word_embeddings: false, canon_kernel: 0, num_key_value_heads: 1 },
  ],
  [
    'a windowed layer after a global one',
    { sliding_window: 6, layer_types: ['full_attention', 'sliding_attention'] },
  ],
];
