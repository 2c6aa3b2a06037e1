/**
 * @file Log-probabilities, entropies, the objective, and their gradient, for chunks of (hidden row, target) pairs whose
 * logits the head has just written: [tokens, vocab] never exists.
 */
import { defineKernel, grid, type Kernel, type Queue, type Slice } from '../../gpu';
import code from './log-prob.wgsl?raw';
import objectiveCode from './objective.wgsl?raw';

const splits = 32;
const params = { first: 'u32', count: 'u32', vocab: 'u32', temperature: 'f32', splits: 'u32' } as const;

const rowPartials = defineKernel({
  label: 'log-prob.partials',
  code,
  entryPoint: 'rowPartials',
  storage: ['read', 'read-write'],
  params,
});
const rowMerge = defineKernel({
  label: 'log-prob.merge',
  code,
  entryPoint: 'rowMerge',
  storage: ['read', 'read', 'read', 'read-write'],
  params,
});
const backward = defineKernel({
  label: 'log-prob.backward',
  code,
  entryPoint: 'backward',
  storage: ['read-write', 'read', 'read', 'read'],
  params,
});
const objectiveKernel = defineKernel({
  label: 'objective',
  code: objectiveCode,
  entryPoint: 'objective',
  storage: ['read', 'read', 'read-write'],
  params: {
    first: 'u32',
    count: 'u32',
    kind: 'u32',
    klType: 'u32',
    clipLow: 'f32',
    clipHigh: 'f32',
    dualClip: 'f32',
    klCoef: 'f32',
    entropyCoef: 'f32',
  },
});

export const logProbKernels: readonly Kernel[] = [rowPartials, rowMerge, backward, objectiveKernel];

/** What the loss of one generated token needs beside its logits. */
export interface Pair {
  target: number;
  oldLogprob: number;
  refLogprob: number;
  advantage: number;
  /** Weight of the token in the loss; 0 masks it. */
  weight: number;
}

const pairWords = 8;

/** Bytes of `count` pairs as `packPairs` writes them. */
export function pairBytes(count: number): number {
  return count * pairWords * 4;
}

/** The pairs as the kernels read them, u32 [pairs, 8]. */
export function packPairs(pairs: readonly Pair[]): Uint32Array {
  const words = new Uint32Array(pairs.length * pairWords);
  const floats = new Float32Array(words.buffer);
  pairs.forEach((pair, i) => {
    words[i * pairWords] = pair.target;
    floats[i * pairWords + 1] = pair.oldLogprob;
    floats[i * pairWords + 2] = pair.refLogprob;
    floats[i * pairWords + 3] = pair.advantage;
    floats[i * pairWords + 4] = pair.weight;
  });
  return words;
}

/** Bytes of the scratch buffer for chunks of `count` pairs. */
export function logProbScratchBytes(count: number): number {
  return count * splits * 16;
}

/**
 * results[first .. first + count] = (logp, entropy, max, ln Σe^(z−max)) of logits[count, vocab] / temperature.
 * @param pairs u32 [pairs, 8] of `packPairs`.
 */
export function logProbForward(
  queue: Queue,
  logits: Slice,
  pairs: Slice,
  results: Slice,
  scratch: Slice,
  first: number,
  count: number,
  vocab: number,
  temperature: number,
): void {
  const values = { first, count, vocab, temperature, splits };
  queue.run(
    rowPartials,
    [logits, scratch],
    values,
    grid(Math.ceil((count * splits) / 64)),
    count * vocab * 8,
  );
  queue.run(
    rowMerge,
    [logits, pairs, scratch, results],
    values,
    grid(Math.ceil(count / 64)),
    count * splits * 8,
  );
}

/** logits[count, vocab] → dLoss/dlogits in place, from the coefficients that `objective` wrote. */
export function logProbBackward(
  queue: Queue,
  logits: Slice,
  pairs: Slice,
  results: Slice,
  gradients: Slice,
  first: number,
  count: number,
  vocab: number,
  temperature: number,
): void {
  const values = { first, count, vocab, temperature, splits };
  queue.run(
    backward,
    [logits, pairs, results, gradients],
    values,
    grid(Math.ceil((count * vocab) / 256)),
    count * vocab * 12,
  );
}

/** The objective of one optimiser step; the policy room's `ObjectiveOptions` fits. */
export interface TokenObjective {
  kind: 'policy' | 'supervised';
  clipRatioLow: number;
  clipRatioHigh: number;
  /** Dual clip bound c > 1; 0 = off. */
  clipRatioC: number;
  klCoef: number;
  klType: 'k1' | 'k2' | 'k3';
  entropyCoef: number;
}

/** gradients[first .. first + count] = (dLoss/dlogp, dLoss/dentropy, loss, kl); all but kl carry the token's weight. */
export function objective(
  queue: Queue,
  pairs: Slice,
  results: Slice,
  gradients: Slice,
  first: number,
  count: number,
  options: TokenObjective,
): void {
  const values = {
    first,
    count,
    kind: options.kind === 'policy' ? 0 : 1,
    klType: Number(options.klType.slice(1)),
    clipLow: options.clipRatioLow,
    clipHigh: options.clipRatioHigh,
    dualClip: options.clipRatioC,
    klCoef: options.klCoef,
    entropyCoef: options.entropyCoef,
  };
  queue.run(objectiveKernel, [pairs, results, gradients], values, [Math.ceil(count / 64)], count * 32);
}
