/** @file Float64 reference of log-probability, entropy and the per-token objective. */
import type { Pair, TokenObjective } from './log-prob';

/** One row: log-probability of `target` and entropy of softmax(logits / temperature). */
export function logProbReference(
  logits: ArrayLike<number>,
  target: number,
  temperature: number,
): { logp: number; entropy: number } {
  const logProbs = logSoftmax(logits, temperature);
  let entropy = 0;
  for (const value of logProbs) entropy -= Math.exp(value) * value;
  return { logp: logProbs[target], entropy };
}

/** dLoss/dlogits of one row, given dLoss/dlogp and dLoss/dentropy. */
export function logProbBackwardReference(
  logits: ArrayLike<number>,
  target: number,
  temperature: number,
  dLogp: number,
  dEntropy: number,
): Float64Array {
  const { entropy } = logProbReference(logits, target, temperature);
  return logSoftmax(logits, temperature).map((value, j) => {
    const p = Math.exp(value);
    return (dLogp * ((j === target ? 1 : 0) - p) - dEntropy * p * (value + entropy)) / temperature;
  });
}

export interface TokenLoss {
  loss: number;
  dLogp: number;
  dEntropy: number;
  kl: number;
}

/** Value of a token's policy loss and its derivative with respect to `logp`. */
export interface PolicyTerm {
  loss: number;
  gradient: number;
}

/**
 * The weighted loss of one token and its derivatives; formulas in objective.wgsl. `policy` is the term of the chosen
 * policy loss, which may need the whole answer.
 */
export function objectiveReference(
  pair: Pair,
  logp: number,
  entropy: number,
  options: TokenObjective,
  policy: PolicyTerm,
): TokenLoss {
  const { weight } = pair;
  if (weight === 0) return { loss: 0, dLogp: 0, dEntropy: 0, kl: 0 };
  if (options.kind === 'supervised') return { loss: -weight * logp, dLogp: -weight, dEntropy: 0, kl: 0 };
  const kl =
    options.klCoef === 0 ? { value: 0, derivative: 0 } : klReference(logp, pair.refLogprob, options.klType);
  return {
    loss: weight * (policy.loss + options.klCoef * kl.value - options.entropyCoef * entropy),
    dLogp: weight * (policy.gradient + options.klCoef * kl.derivative),
    dEntropy: -weight * options.entropyCoef,
    kl: kl.value,
  };
}

/** KL estimate between policy and reference at one token, and its derivative with respect to `logp`. */
export function klReference(
  logp: number,
  refLogp: number,
  type: TokenObjective['klType'],
): { value: number; derivative: number } {
  const difference = logp - refLogp;
  if (type === 'k1') return { value: difference, derivative: 1 };
  if (type === 'k2') return { value: 0.5 * difference * difference, derivative: difference };
  const d = clamp(-difference, -20, 20);
  const value = Math.expm1(d) - d;
  const inside = Math.abs(difference) <= 20 && value <= 10;
  return { value: Math.min(value, 10), derivative: inside ? -Math.expm1(d) : 0 };
}

function logSoftmax(logits: ArrayLike<number>, temperature: number): Float64Array {
  const z = Float64Array.from(logits, (value) => value / temperature);
  const max = z.reduce((top, value) => Math.max(top, value), -Infinity);
  const logSum = Math.log(z.reduce((sum, value) => sum + Math.exp(value - max), 0));
  return z.map((value) => value - max - logSum);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
