/** @file What stood for choice where a token of an answer of the run was drawn: every token of the vocabulary with its logit. */
import type { GpuPolicy } from '../policy/gpu-policy';
import type { PieceText } from '../policy/tokenizer';
import { type Answering, type AskedAnswer, promptOf } from './asked-answer';

export interface NextTokenQuery extends AskedAnswer {
  /** Place in the answer, from 0. */
  token: number;
}

/** The vocabulary by logit, the largest first; of equal ones the lowest id first, as the sampling kernel has it. */
export interface NextTokenLogits {
  /** Steps done by the weights it was computed with. */
  step: number;
  ids: Uint32Array;
  /** Before any temperature: every temperature keeps their order. */
  logits: Float32Array;
  /** Texts of the first of them. */
  first: PieceText[];
  /** Where in this order the answer's own token stands, and its text. */
  own: { place: number } & PieceText;
}

/** Candidates with their text. */
const shown = 8;

/** @throws CodedError `answer.other_text`; what the GPU throws. */
export async function answerNextToken(
  answering: Answering<Pick<GpuPolicy, 'nextLogits'>>,
  query: NextTokenQuery,
): Promise<NextTokenLogits> {
  const { policy, tokenizer, step } = answering;
  const { answer, token } = query;
  const { ids: promptTokens } = promptOf(answering, query);
  const logits = await policy.nextLogits({ promptTokens, answerTokens: answer, token });
  const ids = Uint32Array.from(logits.keys()).sort((a, b) => logits[b] - logits[a] || a - b);
  return {
    step,
    ids,
    logits: Float32Array.from(ids, (id) => logits[id]),
    first: Array.from(ids.subarray(0, shown), (id) => tokenizer.pieceText(id)),
    own: { place: ids.indexOf(answer[token]), ...tokenizer.pieceText(answer[token]) },
  };
}
