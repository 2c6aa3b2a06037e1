/**
 * @file The contract of the policy room: what a decoder is, what a rollout returns, what an update takes.
 */
import type { PolicyLossMode } from '../kernels/log-prob/log-prob';

export type { PolicyLossMode };

/** Whether a layer sees everything before a token, or only a window. */
export type LayerType = 'full_attention' | 'sliding_attention';

/** A Qwen2-type decoder in the words of Hugging Face `config.json`; `canon_*` and `attention_bias` are optional extras. */
export interface PolicyConfig {
  model_type: 'longview' | 'qwen2';
  vocab_size: number;
  hidden_size: number;
  intermediate_size: number;
  num_hidden_layers: number;
  num_attention_heads: number;
  num_key_value_heads: number;
  rms_norm_eps: number;
  rope_theta: number;
  max_position_embeddings: number;
  tie_word_embeddings: boolean;
  /** Bias on the query, key and value projections (Qwen2 has it). */
  attention_bias: boolean;
  /** Width of the causal depthwise convolution before attention and before the MLP; 0 = none. */
  canon_kernel: number;
  /** Tokens a windowed layer sees, the present one included; absent = no layer has a window (windows.ts). */
  sliding_window?: number;
  /** One a layer; absent = all global. */
  layer_types?: readonly LayerType[];
  bos_token_id: number;
  eos_token_id: number;
  pad_token_id: number;
}

/** Where and how answers are sampled. `top_k` 0 and `top_p` 1 switch truncation off. */
export interface SamplingOptions {
  temperature: number;
  top_k: number;
  top_p: number;
  maxNewTokens: number;
  /** Greedy ignores temperature and truncation. */
  greedy: boolean;
}

export type FinishReason = 'stop' | 'length';

/** One sampled answer. Arrays have one entry a generated token, the end token included. */
export interface Rollout {
  tokens: Uint32Array;
  /** log π of the token under the full softmax at the sampling temperature. */
  logprobs: Float32Array;
  /** log μ: the same, renormalised over the truncated support; equals `logprobs` without truncation. */
  samplerLogprobs: Float32Array;
  /** Entropy of the full softmax at the sampling temperature, nats. */
  entropies: Float32Array;
  finish: FinishReason;
  /** The log-probs that `evaluate` gives at the weights and temperature of the rollout; where it was asked and paid. */
  evaluated?: { logprobs: Float32Array; temperature: number };
}

/** Asks a rollout to measure log-probs as `evaluate` does while its prompts' keys and values are still there. */
export interface EvaluateWithRollout {
  /** Called with the seconds that took. */
  onMeasured(seconds: number): void;
}

/** An answer while it is written: the tokens drawn so far. */
export interface PartialAnswer {
  tokens: Uint32Array;
  ended: boolean;
}

/** Looks at the answers to the first request of a rollout while they are written. No token depends on it. */
export interface RolloutWatch {
  /** Whether to read back what there is; asked where the decoder reads from the GPU in any case. */
  wants(): boolean;
  /** By sample. */
  onAnswers(answers: PartialAnswer[]): void;
  /** All of them have ended. */
  onWhole(answers: PartialAnswer[]): void;
}

/** G answers to one prompt that share its prefix. */
export interface RolloutRequest {
  promptTokens: Uint32Array;
  groupSize: number;
  /** Keys of the counter-based noise: same keys, same answers. */
  seed: number;
  step: number;
  promptIndex: number;
}

/** One prompt with answers to learn from; the prefix is stored once and shared. */
export interface TrainGroup {
  promptTokens: Uint32Array;
  answers: TrainAnswer[];
}

export interface TrainAnswer {
  tokens: Uint32Array;
  /** log π_old, one a token. Ignored by supervised training. */
  oldLogprobs: Float32Array;
  /** log π_ref, one a token; omitted when no reference is kept. */
  refLogprobs?: Float32Array;
  advantage: number;
  /** Weight of each token in the loss: 0 masks it. The aggregation mode is folded into these. */
  weights: Float32Array;
  /** 0 takes a token out of the policy loss and leaves it in the KL and entropy terms; all 1 by default. */
  policyMask?: Uint8Array;
}

/** Objective parameters of one optimiser step, all per-step data. */
export interface ObjectiveOptions {
  kind: 'policy' | 'supervised';
  temperature: number;
  /** Default vanilla. */
  lossMode?: PolicyLossMode;
  clipRatioLow: number;
  clipRatioHigh: number;
  /** Dual clip bound c > 1; 0 = off. */
  clipRatioC: number;
  /** Temperature of SAPO's gate for a positive advantage; default 1. */
  tauPos?: number;
  /** The same for advantages ≤ 0; default 1.05. */
  tauNeg?: number;
  klCoef: number;
  klType: 'k1' | 'k2' | 'k3';
  entropyCoef: number;
}

export interface OptimizerOptions {
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
  /** Global gradient-norm bound; 0 = off. */
  maxGradNorm: number;
}

/** Per-token results of one update, in the order of the groups and answers given; 0 for the masked tokens of supervised training. */
export interface TokenStats {
  logprobs: Float32Array;
  entropies: Float32Array;
}

export interface UpdateStats {
  /** Σ weight · token loss, with the KL and entropy terms. */
  loss: number;
  gradNorm: number;
  /** Per group, per answer. */
  tokens: TokenStats[][];
}

/** An answer whose attention is asked for. */
export interface AttentionRequest {
  promptTokens: Uint32Array;
  answerTokens: Uint32Array;
  /** From 0. */
  layer: number;
  /** Half-open range of the answer's tokens; all of them without it. */
  tokens?: { begin: number; end: number };
}

/** Mean attention over heads and tokens; the shares of the prompt's tokens and `own` are 1 together. */
export interface AttentionShares {
  layer: number;
  /** One a prompt token; the prompt's last token predicts the answer's first. */
  prompt: Float32Array;
  /** What went to the answer's own tokens. */
  own: number;
}

/** A token of an answer whose logits are asked for. */
export interface NextLogitsRequest {
  promptTokens: Uint32Array;
  answerTokens: Uint32Array;
  /** From 0. */
  token: number;
}
