/** @file Float64 reference of sampling: supports by sorting, draws by the same noise. */
import { exponential, philox4x32 } from './philox';

/**
 * The tokens that take part, as flags: the topK largest logits (0 = all), of those the smallest set of largest
 * probabilities that holds at least the share topP. Ties keep the lowest index.
 */
export function supportReference(
  logits: ArrayLike<number>,
  temperature: number,
  topK: number,
  topP: number,
): boolean[] {
  const order = Array.from({ length: logits.length }, (_, v) => v).sort(
    (a, b) => logits[b] - logits[a] || a - b,
  );
  const kept = topK > 0 ? order.slice(0, topK) : order;
  const masses = kept.map((v) => Math.exp((logits[v] - logits[order[0]]) / temperature));
  const wanted = topP < 1 ? topP * masses.reduce((sum, mass) => sum + mass, 0) : Infinity;
  const support = new Array<boolean>(logits.length).fill(false);
  let mass = 0;
  for (let i = 0; i < kept.length && mass < wanted; i++) {
    support[kept[i]] = true;
    mass += masses[i];
  }
  return support;
}

/** Exact probabilities of the draw: softmax(logits / temperature) renormalised over the support. */
export function samplingProbabilities(
  logits: ArrayLike<number>,
  temperature: number,
  support: readonly boolean[],
): Float64Array {
  const max = Math.max(...Array.from(logits));
  const weights = Float64Array.from(logits, (value, v) =>
    support[v] ? Math.exp((value - max) / temperature) : 0,
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

export interface NoiseKey {
  seed: number;
  purpose: number;
  step: number;
  promptIndex: number;
  sample: number;
  position: number;
}

/** The token the kernel draws, and by how much its score leads: a small lead may fall either way in f32. */
export function drawReference(
  logits: ArrayLike<number>,
  temperature: number,
  support: readonly boolean[],
  key: NoiseKey,
): { token: number; lead: number } {
  const identity = ((key.promptIndex << 16) | key.sample) >>> 0;
  let token = 0;
  let best = -Infinity;
  let second = -Infinity;
  let words: readonly number[] = [];
  for (let v = 0; v < logits.length; v++) {
    if (v % 4 === 0) words = philox4x32([key.step, identity, key.position, v >>> 2], [key.seed, key.purpose]);
    if (!support[v]) continue;
    const score = logits[v] / temperature - Math.log(exponential(words[v % 4]));
    if (score > best) {
      second = best;
      best = score;
      token = v;
    } else {
      second = Math.max(second, score);
    }
  }
  return { token, lead: best - second };
}
