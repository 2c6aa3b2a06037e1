/**
 * @file The attention of an answer of the run over the document it read: its prompt made again as the questions make it,
 * and the shares of the window's tokens with their places in the document.
 */
import { CodedError } from '../errors';
import type { GpuPolicy } from '../policy/gpu-policy';
import type { PolicyTokenizer } from '../policy/tokenizer';
import type { LongDocument, Span } from '../tasks/types';

/** An answer by what is known of it on the page. */
export interface AttentionQuery {
  documentId: string;
  /** What of the document's text the prompt holds. */
  window: Span;
  question: string;
  /** Length of the prompt. */
  promptTokens: number;
  /** The generated tokens, the end token included. */
  answer: Uint32Array;
  /** One of them; null = the mean of all. */
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

/** The policy that answers, with its text. */
interface Answering {
  policy: Pick<GpuPolicy, 'attention' | 'config'>;
  tokenizer: PolicyTokenizer;
  document: LongDocument;
  step: number;
}

/** @throws CodedError `attention.other_text` where the answer was given to another text; what the GPU throws. */
export async function answerAttention(
  { policy, tokenizer, document, step }: Answering,
  { documentId, window, question, promptTokens, answer, token, layer }: AttentionQuery,
): Promise<AnswerAttention> {
  const prompt = tokenizer.buildPrompt(document.text.slice(window.start, window.end), question);
  if (documentId !== document.id || prompt.ids.length !== promptTokens)
    throw new CodedError(
      'attention.other_text',
      'This answer was given to another text than the one that is open.',
      'Choose an answer to the present document.',
    );
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
