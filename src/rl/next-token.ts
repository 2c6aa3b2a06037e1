/**
 * @file The distribution a token is drawn from, by its logits under any temperature, top-k and top-p: what the sampling kernel
 * does, in float64 (rooms never share code with a shader).
 *
 *   p = softmax(z / T) ;  support = the k largest, of those the fewest that hold the share top_p ;  drawn = p / Σ_support p
 */
import { logSoftmax } from './entropy';

/** How a run draws its tokens. */
export interface DrawSettings {
  temperature: number;
  /** Of how many tokens at most; 0 = all. */
  topK: number;
  /** Share of probability that is enough; 1 = all. */
  topP: number;
}

export interface NextToken {
  /** softmax(z / T), in the order of the logits. */
  probabilities: Float64Array;
  /** How many of them can be drawn: the first so many. */
  kept: number;
  /** What they hold of `probabilities`. */
  keptShare: number;
  /** Nats, of the whole softmax: what training calls the entropy of a token. */
  entropy: number;
  /** Nats, of what is drawn. */
  drawnEntropy: number;
}

/**
 * @param logits the largest first; of equal ones the lowest token id first, as the kernel has it.
 * @throws RangeError on no logits, or a temperature that is not above 0.
 */
export function nextToken(logits: ArrayLike<number>, { temperature, topK, topP }: DrawSettings): NextToken {
  if (logits.length === 0 || !(temperature > 0))
    throw new RangeError('no distribution without logits and T > 0');
  const logp = logSoftmax(logits, temperature);
  const probabilities = logp.map(Math.exp);
  const most = topK > 0 ? Math.min(topK, logits.length) : logits.length;
  let wanted = Number.POSITIVE_INFINITY;
  if (topP < 1) wanted = topP * probabilities.subarray(0, most).reduce((sum, p) => sum + p, 0);
  let [kept, keptShare] = [0, 0];
  while (kept < most && (kept === 0 || keptShare < wanted)) keptShare += probabilities[kept++];
  const drawn = (p: number, i: number) => (i < kept ? p / keptShare : 0);
  return {
    probabilities,
    kept,
    keptShare,
    entropy: entropyOf(probabilities),
    drawnEntropy: entropyOf(probabilities.map(drawn)),
  };
}

/** Probability that the token at a place is drawn; 0 outside the support. */
export function drawnProbability({ probabilities, kept, keptShare }: NextToken, place: number): number {
  return place < kept ? probabilities[place] / keptShare : 0;
}

/** −Σ p ln p; p ln p tends to 0 with p. */
function entropyOf(probabilities: Float64Array): number {
  return -probabilities.reduce((sum, p) => (p > 0 ? sum + p * Math.log(p) : sum), 0);
}
