/**
 * @file Where the tokens of an answer looked while they were written: the attention of the rows that predict them, in one
 * layer, mean over heads and rows. One forward pass up to that layer; no gradient, and nothing of a step is touched.
 */
import type { Queue, Slice } from '../gpu';
import { attentionWeights, attentionWeightsKernels } from '../kernels/attention';
import { layerSizes } from './activations';
import { packGroups } from './batch';
import type { Scratch } from './scratch';
import type { Transformer } from './transformer';
import type { AttentionRequest, AttentionShares } from './types';
import { layerWindow } from './windows';

/** What the shares of an answer are computed with. */
interface Engine {
  model: Transformer;
  queue: Queue;
  scratch: Scratch;
}

/** @throws Error on an empty prompt or answer, a layer or tokens that are not there. */
export async function attentionShares(
  { model, queue, scratch }: Engine,
  weights: Slice,
  request: AttentionRequest,
): Promise<AttentionShares> {
  const { promptTokens, answerTokens, layer } = request;
  const { config, shape } = model;
  const { begin, end } = request.tokens ?? { begin: 0, end: answerTokens.length };
  if (!(Number.isInteger(begin) && Number.isInteger(end) && 0 <= begin && begin < end))
    throw new Error(`no answer tokens [${begin}, ${end})`);
  if (end > answerTokens.length) throw new Error(`token ${end - 1} of an answer of ${answerTokens.length}`);
  if (!(layer >= 0 && layer < config.num_hidden_layers)) throw new Error(`there is no layer ${layer}`);
  // Compiled when it is first asked for, so that no run waits for it at its start.
  await queue.kernels.prepare(attentionWeightsKernels(shape.headDim));
  const none = new Float32Array(answerTokens.length);
  const answer = { tokens: answerTokens, oldLogprobs: none, weights: none, advantage: 0 };
  const batch = model.upload(packGroups([{ promptTokens, answers: [answer] }]));
  // The last row of the prompt predicts the answer's first token.
  const first = promptTokens.length - 1;
  const queries = { begin: first + begin, end: first + end };
  const { received } = scratch.take('layer', { received: layerSizes(config, batch.rows, 1).received });
  model.forward(batch, weights, {
    attended(at, qkv, ld) {
      if (at !== layer) return false;
      attentionWeights(queue, qkv, ld, received, queries, shape, layerWindow(config, layer));
      return true;
    },
  });
  const sums = await queue.readFloats(received, queries.end);
  const share = 1 / ((end - begin) * shape.heads);
  const prompt = sums.subarray(0, promptTokens.length).map((sum) => sum * share);
  let own = 0;
  for (const sum of sums.subarray(promptTokens.length)) own += sum * share;
  return { layer, prompt, own };
}
