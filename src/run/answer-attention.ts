/** @file The attention of an answer of the run over the document it read, with the places of its shares in the document. */
import type { GpuPolicy } from '../policy/gpu-policy';
import { type Answering, type AskedAnswer, promptOf } from './asked-answer';

export interface AttentionQuery extends AskedAnswer {
  /** One of the answer's; null = the mean of all. */
  token: number | null;
  /** From 0; null = the last. */
  layer: number | null;
}

/** Mean over heads and tokens; `shares`, `frame` and `own` are 1 together. */
export interface AnswerAttention {
  /** Steps done by the weights it was computed with. */
  step: number;
  layer: number;
  layers: number;
  /** First and behind the last character of each token of the window, in the document's text. */
  starts: Uint32Array;
  ends: Uint32Array;
  /** One a token of the window. */
  shares: Float32Array;
  /** The rest of the prompt: the question, and what frames both. */
  frame: number;
  /** The answer's own earlier tokens. */
  own: number;
}

/** @throws CodedError `answer.other_text`; what the GPU throws. */
export async function answerAttention(
  answering: Answering<Pick<GpuPolicy, 'attention' | 'config'>>,
  query: AttentionQuery,
): Promise<AnswerAttention> {
  const { policy, step } = answering;
  const { window, answer, token, layer } = query;
  const prompt = promptOf(answering, query);
  const layers = policy.config.num_hidden_layers;
  const asked = await policy.attention({
    promptTokens: prompt.ids,
    answerTokens: answer,
    layer: layer ?? layers - 1,
    ...(token !== null && { tokens: { begin: token, end: token + 1 } }),
  });
  const { start, end } = prompt.window;
  const shares = asked.prompt.slice(start, end);
  const sum = (values: Float32Array) => values.reduce((total, value) => total + value, 0);
  return {
    step,
    layer: asked.layer,
    layers,
    starts: Uint32Array.from(prompt.windowSpans, (span) => window.start + span.start),
    ends: Uint32Array.from(prompt.windowSpans, (span) => window.start + span.end),
    shares,
    frame: sum(asked.prompt.subarray(0, start)) + sum(asked.prompt.subarray(end)),
    own: asked.own,
  };
}
