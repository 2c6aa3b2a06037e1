/**
 * @file The logits that a token of an answer is drawn from: one forward pass over what stands before it. No gradient, and
 * nothing of a step is touched.
 */
import type { Queue, Slice } from '../gpu';
import { packGroups } from './batch';
import type { Head } from './head';
import type { Transformer } from './transformer';
import type { NextLogitsRequest } from './types';

/** What logits are computed with. */
interface Engine {
  model: Transformer;
  head: Head;
  queue: Queue;
}

/** f32 [V], before any temperature. @throws Error on an empty prompt or a token that is not there. */
export async function nextLogits(
  { model, head, queue }: Engine,
  weights: Slice,
  { promptTokens, answerTokens, token }: NextLogitsRequest,
): Promise<Float32Array> {
  if (!(Number.isInteger(token) && 0 <= token && token < answerTokens.length))
    throw new Error(`token ${token} of an answer of ${answerTokens.length}`);
  const tokens = answerTokens.subarray(0, token + 1);
  // The token itself is the only one with a pair: the row before it predicts it.
  const wanted = new Float32Array(tokens.length);
  wanted[token] = 1;
  const oldLogprobs = new Float32Array(tokens.length);
  const groups = [{ promptTokens, answers: [{ tokens, oldLogprobs, weights: wanted, advantage: 0 }] }];
  const packed = packGroups(groups, true);
  const hidden = model.forward(model.upload(packed), weights, 'evaluate');
  return queue.readFloats(head.logitsOf(packed, groups, hidden, weights), model.config.vocab_size);
}
