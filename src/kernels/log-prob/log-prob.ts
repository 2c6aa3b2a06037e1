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
const objectiveParams = {
  first: 'u32',
  count: 'u32',
  kind: 'u32',
  mode: 'u32',
  klType: 'u32',
  clipLow: 'f32',
  clipHigh: 'f32',
  dualClip: 'f32',
  tauPos: 'f32',
  tauNeg: 'f32',
  klCoef: 'f32',
  entropyCoef: 'f32',
} as const;
const objectiveKernel = defineKernel({
  label: 'objective',
  code: objectiveCode,
  entryPoint: 'objective',
  storage: ['read', 'read', 'read-write', 'read'],
  params: objectiveParams,
});
const answerMeansKernel = defineKernel({
  label: 'objective.answerMeans',
  code: objectiveCode,
  entryPoint: 'answerMeans',
  storage: ['read', 'read', 'read', 'read-write'],
  params: objectiveParams,
});

export const logProbKernels: readonly Kernel[] = [
  rowPartials,
  rowMerge,
  backward,
  objectiveKernel,
  answerMeansKernel,
];

/** What the loss of one generated token needs beside its logits. */
export interface Pair {
  target: number;
  oldLogprob: number;
  refLogprob: number;
  advantage: number;
  /** Weight of the token in the loss; 0 masks it. */
  weight: number;
  /** Index of the token's answer; 0 by default. Read by the policy losses of whole answers. */
  answer?: number;
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
    words[i * pairWords + 5] = pair.answer ?? 0;
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

/** The policy losses by verl's names (`policy_loss.loss_mode`), in the order of their numbers in objective.wgsl. */
const policyLossModes = ['vanilla', 'gspo', 'cispo', 'sapo', 'geo_mean'] as const;
export type PolicyLossMode = (typeof policyLossModes)[number];

/** The objective of one optimiser step; the policy room's `ObjectiveOptions` fits. */
export interface TokenObjective {
  kind: 'policy' | 'supervised';
  /** Default vanilla. */
  lossMode?: PolicyLossMode;
  clipRatioLow: number;
  clipRatioHigh: number;
  /** Dual clip bound c > 1; 0 = off. */
  clipRatioC: number;
  /** Temperature of SAPO's gate for a positive advantage; default 1. */
  tauPos?: number;
  /** The same for advantages ≤ 0; default 1.05. */
  tauNeg?: number;
  klCoef: number;
  klType: 'k1' | 'k2' | 'k3';
  entropyCoef: number;
}

/** Whether the loss of a token depends on the other tokens of its answer: `answerMeans` must run before `objective`. */
export function needsAnswerMeans({ kind, lossMode }: TokenObjective): boolean {
  return kind === 'policy' && (lossMode === 'gspo' || lossMode === 'geo_mean');
}

/**
 * means[answer] = what a policy loss of whole answers averages over the answer's pairs, and the mean advantage.
 * @param results of all pairs of these answers, from `logProbForward`.
 * @param ranges u32 [answers, 2]: first pair and end of each answer.
 */
export function answerMeans(
  queue: Queue,
  pairs: Slice,
  results: Slice,
  ranges: Slice,
  means: Slice,
  answers: number,
  options: TokenObjective,
): void {
  const values = objectiveValues(0, answers, options);
  queue.run(answerMeansKernel, [pairs, results, ranges, means], values, [answers], answers * 64 * 32);
}

/**
 * gradients[first .. first + count] = (dLoss/dlogp, dLoss/dentropy, loss, kl); all but kl carry the token's weight.
 * @param means f32 [answers, 2] of `answerMeans`; read only where `needsAnswerMeans`.
 */
export function objective(
  queue: Queue,
  pairs: Slice,
  results: Slice,
  gradients: Slice,
  means: Slice,
  first: number,
  count: number,
  options: TokenObjective,
): void {
  queue.run(
    objectiveKernel,
    [pairs, results, gradients, means],
    objectiveValues(first, count, options),
    [Math.ceil(count / 64)],
    count * 32,
  );
}

function objectiveValues(first: number, count: number, options: TokenObjective) {
  return {
    first,
    count,
    kind: options.kind === 'policy' ? 0 : 1,
    mode: policyLossModes.indexOf(options.lossMode ?? 'vanilla'),
    klType: Number(options.klType.slice(1)),
    clipLow: options.clipRatioLow,
    clipHigh: options.clipRatioHigh,
    dualClip: options.clipRatioC,
    tauPos: options.tauPos ?? 1,
    tauNeg: options.tauNeg ?? 1.05,
    klCoef: options.klCoef,
    entropyCoef: options.entropyCoef,
  };
}
