/**
 * @file Training of the embedded judge: the verdict is one token after the pair, learned by supervised updates (paper
 * Eq. 11 with an answer of one token). Pairs that share their question share its tokens.
 */
import type { GpuPolicy, WeightTensors } from '../../policy/gpu-policy';
import { initialWeights } from '../../policy/initialise';
import type { PolicyConfig, TrainGroup } from '../../policy/types';
import { type PairGroup, pairGroup } from '../../tasks/judge-pairs';
import { KEEPING_FRAMES, TURNING_FRAMES } from '../../tasks/judge-pairs/frames';
import { Random } from '../../tasks/random';
import { type JudgeEncoder, maxJudgeTokens } from './encoding';
import { judgeWords } from './words';

export interface JudgeRecipe {
  seed: number;
  /** Optimiser steps of the whole training. */
  steps: number;
  /** Questions a step, and answers to each. */
  questions: number;
  answers: number;
  learningRate: number;
  warmupSteps: number;
  /** Share of all steps after which the learning rate falls linearly … */
  decayFrom: number;
  /** … to this share of its value. */
  decayTo: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
  maxGradNorm: number;
}

export interface JudgeStep {
  step: number;
  pairs: number;
  tokens: number;
  /** Mean negative log-likelihood of the verdicts, nats. */
  loss: number;
  gradNorm: number;
  learningRate: number;
}

/** The judge's size: a third of a million parameters. */
export function judgeConfig(encoder: JudgeEncoder): PolicyConfig {
  return {
    model_type: 'longview',
    vocab_size: encoder.vocabSize,
    hidden_size: 64,
    intermediate_size: 160,
    num_hidden_layers: 3,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    rms_norm_eps: 1e-6,
    rope_theta: 10000,
    max_position_embeddings: maxJudgeTokens,
    tie_word_embeddings: true,
    attention_bias: false,
    canon_kernel: 4,
    bos_token_id: encoder.id('<|bos|>'),
    eos_token_id: encoder.id('<|eos|>'),
    pad_token_id: encoder.padId,
  };
}

/** Scale of the queries against the keys they are equal to at the start. */
const matchScale = 1.5;

/**
 * Starting weights. Queries begin as a multiple of the keys: a token then looks first for what is like itself, which is
 * where a comparison begins.
 */
export function judgeStart(config: PolicyConfig, seed: number): WeightTensors {
  const weights = initialWeights(config, seed, false);
  const { hidden_size: d, num_attention_heads: heads, num_key_value_heads: kvHeads } = config;
  const headSize = (d / heads) * d;
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const keys = weights[`model.layers.${layer}.self_attn.k_proj.weight`];
    const queries = weights[`model.layers.${layer}.self_attn.q_proj.weight`];
    for (let head = 0; head < heads; head++) {
      const shared = Math.floor((head * kvHeads) / heads) * headSize;
      const ofHead = keys.subarray(shared, shared + headSize).map((value) => matchScale * value);
      queries.set(ofHead, head * headSize);
    }
  }
  return weights;
}

/** A question's pairs as one group with a shared prompt; a verdict weighs `weight`, all other tokens nothing. */
function verdictGroup(encoder: JudgeEncoder, group: PairGroup, weight: number): TrainGroup {
  const { question, gold } = group;
  return {
    promptTokens: Uint32Array.from(encoder.question(question)),
    answers: group.pairs.map(({ prediction, same }) => {
      const tokens = Uint32Array.from([
        ...encoder.answers({ question, prediction, gold }),
        encoder.id(same ? '<yes>' : '<no>'),
      ]);
      const weights = new Float32Array(tokens.length);
      weights[tokens.length - 1] = weight;
      return { tokens, weights, oldLogprobs: new Float32Array(tokens.length), advantage: 0 };
    }),
  };
}

/** Path word that keeps hidden words apart from the pairs of the same seed. */
const hidingPath = 4712;

const wordsOf = (frames: readonly string[]): ReadonlySet<string> =>
  new Set(frames.flatMap((frame) => judgeWords(frame.replace(/\{\w+\}/g, ' '))).map(({ key }) => key));

/** Words that turn a sentence round, and so are never hidden. */
const turning: ReadonlySet<string> = (() => {
  const keeping = wordsOf(KEEPING_FRAMES);
  return new Set([...wordsOf(TURNING_FRAMES), 'yes', 'no'].filter((key) => !keeping.has(key)));
})();

/**
 * For half of the groups an encoder to which three words in ten are unknown, the same ones all through the group: sentences
 * of other parts are made of words that the judge does not know.
 */
function hidingSome(encoder: JudgeEncoder, random: Random): JudgeEncoder {
  if (random.chance(0.5)) return encoder;
  const fates = new Map<string, boolean>();
  return encoder.hiding((key) => {
    if (turning.has(key)) return false;
    const fate = fates.get(key) ?? random.chance(0.3);
    fates.set(key, fate);
    return fate;
  });
}

/** Runs a recipe step by step; the state is `done` plus the policy's weights and moments. */
export class JudgeTraining {
  /** Steps done. */
  done = 0;
  readonly recipe: JudgeRecipe;
  private readonly policy: GpuPolicy;
  private readonly encoder: JudgeEncoder;

  constructor(policy: GpuPolicy, encoder: JudgeEncoder, recipe: JudgeRecipe) {
    this.policy = policy;
    this.encoder = encoder;
    this.recipe = recipe;
  }

  async step(): Promise<JudgeStep> {
    const { recipe, done } = this;
    const drawn = Array.from({ length: recipe.questions }, (_, i) =>
      pairGroup('train', recipe.seed, done * recipe.questions + i, recipe.answers),
    );
    const pairs = drawn.reduce((sum, group) => sum + group.pairs.length, 0);
    const groups = drawn.map((group, i) => {
      const random = new Random(recipe.seed, hidingPath, done * recipe.questions + i);
      return verdictGroup(hidingSome(this.encoder, random), group, 1 / pairs);
    });
    const learningRate = this.learningRate();
    const { loss, gradNorm } = await this.policy.update(
      groups,
      {
        kind: 'supervised',
        temperature: 1,
        clipRatioLow: 0,
        clipRatioHigh: 0,
        clipRatioC: 0,
        klCoef: 0,
        klType: 'k3',
        entropyCoef: 0,
      },
      { ...recipe, learningRate },
    );
    this.done++;
    const tokens = groups.reduce(
      (sum, { promptTokens, answers }) =>
        sum + promptTokens.length + answers.reduce((n, answer) => n + answer.tokens.length - 1, 0),
      0,
    );
    return { step: this.done, pairs, tokens, loss, gradNorm, learningRate };
  }

  private learningRate(): number {
    const { learningRate, warmupSteps, decayFrom, decayTo, steps } = this.recipe;
    const rise = Math.min(1, (this.done + 1) / warmupSteps);
    const past = Math.max(0, (this.done / steps - decayFrom) / (1 - decayFrom));
    return learningRate * rise * (1 - (1 - decayTo) * Math.min(1, past));
  }
}
