/** @file An answer of the run that the present policy is asked about, and its prompt made again as the questions make it. */
import { CodedError } from '../errors';
import type { GpuPolicy } from '../policy/gpu-policy';
import type { EncodedPrompt, PolicyTokenizer } from '../policy/tokenizer';
import type { LongDocument, Span } from '../tasks/types';

/** An answer by what is known of it on the page. */
export interface AskedAnswer {
  documentId: string;
  /** What of the document's text the prompt holds. */
  window: Span;
  question: string;
  /** Length of the prompt. */
  promptTokens: number;
  /** The generated tokens, the end token included. */
  answer: Uint32Array;
}

/** The policy that answers, with its text. */
export interface Answering<P = GpuPolicy> {
  policy: P;
  tokenizer: PolicyTokenizer;
  document: LongDocument;
  /** Steps done by the policy's weights. */
  step: number;
}

/** @throws CodedError `answer.other_text` where the answer was given to another text. */
export function promptOf(
  { tokenizer, document }: Pick<Answering, 'tokenizer' | 'document'>,
  { documentId, window, question, promptTokens }: AskedAnswer,
): EncodedPrompt {
  const prompt = tokenizer.buildPrompt(document.text.slice(window.start, window.end), question);
  if (documentId === document.id && prompt.ids.length === promptTokens) return prompt;
  throw new CodedError(
    'answer.other_text',
    'This answer was given to another text than the one that is open.',
    'Choose an answer to the present document.',
  );
}
