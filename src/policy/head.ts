/**
 * @file The head: log-probs, entropies, objective and their gradient for (hidden row, target) pairs, in chunks, so that
 * [pairs, V] never stands in memory. One pass a chunk computes the logits, the objective, and the gradient in place.
 */
import { type Queue, type Slice, sub } from '../gpu';
import {
  linearBackwardInput,
  linearBackwardWeight,
  linearForward,
  weightPartialsBytes,
} from '../kernels/linear/linear';
import {
  answerMeans,
  logProbBackward,
  logProbForward,
  logProbScratchBytes,
  needsAnswerMeans,
  objective,
  packPairs,
  pairBytes,
} from '../kernels/log-prob/log-prob';
import { gatherRows, ownersOf, scatterRows } from '../kernels/log-prob/rows';
import {
  rmsNormBackward,
  rmsNormForward,
  rmsNormScratchBytes,
  rmsNormStatisticsBytes,
} from '../kernels/rms-norm/rms-norm';
import type { PackedBatch } from './batch';
import { blockSlice } from './layout';
import type { Scratch } from './scratch';
import type { Transformer } from './transformer';
import type { ObjectiveOptions, PolicyConfig, TrainGroup } from './types';

/** Pairs a chunk; its logits take chunkPairs · V floats. */
const chunkPairs = 512;

/** Floats of a row of results, and of a row of gradients. */
export const pairColumns = 4;

/** Bytes of what the head needs for the log-probs of `count` pairs. */
export function headSizes(config: PolicyConfig, count: number) {
  const { hidden_size: d, vocab_size: vocab } = config;
  const chunk = Math.min(chunkPairs, count);
  return {
    pairs: pairBytes(count),
    rowIndex: count * 4,
    gathered: count * d * 4,
    normed: count * d * 4,
    statistics: rmsNormStatisticsBytes(count),
    results: count * pairColumns * 4,
    gradients: count * pairColumns * 4,
    logits: chunk * vocab * 4,
    partials: logProbScratchBytes(chunk),
  };
}

/** Bytes of what the gradients of `count` pairs over `rows` rows need besides. */
export function headBackwardSizes(config: PolicyConfig, rows: number, count: number) {
  const { hidden_size: d, vocab_size: vocab } = config;
  return {
    dNormed: count * d * 4,
    dGathered: count * d * 4,
    rowStart: (rows + 1) * 4,
    pairList: count * 4,
    normScratch: rmsNormScratchBytes(count, d),
    weightPartials: weightPartialsBytes(Math.min(chunkPairs, count), d, vocab),
    // An answer has a pair at least.
    answerRanges: count * 2 * 4,
    answerMeans: count * 2 * 4,
  };
}

type HeadBuffers = Record<keyof ReturnType<typeof headSizes>, Slice>;
type HeadBackwardBuffers = Record<keyof ReturnType<typeof headBackwardSizes>, Slice>;

export interface HeadResults {
  /** [pairs, 4]: log-prob, entropy, max, ln of the sum. */
  results: Slice;
  /** [pairs, 4]: dLoss/dlogp, dLoss/dEntropy, weighted loss, KL. */
  gradients: Slice;
}

export class Head {
  private readonly queue: Queue;
  private readonly scratch: Scratch;
  private readonly model: Transformer;

  constructor(queue: Queue, scratch: Scratch, model: Transformer) {
    this.queue = queue;
    this.scratch = scratch;
    this.model = model;
  }

  /** Log-probs and entropies of all pairs at `temperature`. */
  forward(
    batch: PackedBatch,
    groups: readonly TrainGroup[],
    hidden: Slice,
    weights: Slice,
    temperature: number,
  ): HeadResults {
    const slices = this.begin(batch, groups, hidden, weights);
    for (const { first, count } of chunksOf(batch)) this.logits(slices, first, count, weights, temperature);
    return slices;
  }

  /** Logits of the first pairs of a batch, as many as a chunk holds: f32 [pairs, V], until the head's buffers are used again. */
  logitsOf(batch: PackedBatch, groups: readonly TrainGroup[], hidden: Slice, weights: Slice): Slice {
    const slices = this.begin(batch, groups, hidden, weights);
    return this.logits(slices, 0, chunksOf(batch)[0].count, weights, 1);
  }

  /**
   * The objective's value and gradients: adds onto the parameter `gradients` and writes dLoss/dhidden to `dHidden`
   * [rows, d], every row.
   */
  train(
    batch: PackedBatch,
    groups: readonly TrainGroup[],
    hidden: Slice,
    weights: Slice,
    gradients: Slice,
    dHidden: Slice,
    options: ObjectiveOptions,
  ): HeadResults {
    const { queue, scratch, model } = this;
    const { hidden_size: d, vocab_size: vocab, rms_norm_eps: eps } = model.config;
    const { head, finalNorm } = model.layout;
    const { temperature } = options;
    const rows = batch.tokens.length;
    const pairs = batch.pairTargets.length;
    const slices = this.begin(batch, groups, hidden, weights);
    const back = scratch.take('head', headBackwardSizes(model.config, rows, pairs));
    if (needsAnswerMeans(options)) this.answerMeans(batch, slices, back, weights, options);
    for (const { first, count } of chunksOf(batch)) {
      const logits = this.logits(slices, first, count, weights, temperature);
      const { results, gradients: coefficients } = slices;
      objective(queue, slices.pairs, results, coefficients, back.answerMeans, first, count, options);
      logProbBackward(queue, logits, slices.pairs, results, coefficients, first, count, vocab, temperature);
      const part = (slice: Slice) => sub(slice, first * d * 4, count * d * 4);
      const shape = { rows: count, inputs: d, outputs: vocab };
      linearBackwardInput(queue, logits, blockSlice(weights, head), part(back.dNormed), shape);
      const dHead = blockSlice(gradients, head);
      const input = part(slices.normed);
      linearBackwardWeight(queue, logits, input, back.weightPartials, dHead, { ...shape, accumulate: true });
    }
    const norm = {
      x: slices.gathered,
      gain: blockSlice(weights, finalNorm),
      statistics: slices.statistics,
      dY: back.dNormed,
      dX: back.dGathered,
      dGain: blockSlice(gradients, finalNorm),
      scratch: back.normScratch,
    };
    rmsNormBackward(queue, norm, pairs, d, eps, false);
    const owners = ownersOf(batch.pairRows, rows);
    scratch.write(back.rowStart, owners.rowStart);
    scratch.write(back.pairList, owners.pairList);
    scatterRows(queue, back.dGathered, back.rowStart, back.pairList, dHidden, 0, pairs, rows, d, false);
    return slices;
  }

  /**
   * The means over whole answers that some policy losses need. An answer may span chunks, so these losses compute all
   * log-probs before the first gradient, and the logits twice.
   */
  private answerMeans(
    batch: PackedBatch,
    { pairs, results, ...rest }: HeadBuffers,
    back: HeadBackwardBuffers,
    weights: Slice,
    options: ObjectiveOptions,
  ): void {
    const ranges = answerRanges(batch);
    this.scratch.write(back.answerRanges, ranges);
    for (const { first, count } of chunksOf(batch))
      this.logits({ pairs, results, ...rest }, first, count, weights, options.temperature);
    answerMeans(this.queue, pairs, results, back.answerRanges, back.answerMeans, ranges.length / 2, options);
  }

  /** Gathers the pairs' rows and normalises them. */
  private begin(
    batch: PackedBatch,
    groups: readonly TrainGroup[],
    hidden: Slice,
    weights: Slice,
  ): HeadBuffers {
    const { queue, scratch, model } = this;
    const { hidden_size: d, rms_norm_eps: eps } = model.config;
    const count = batch.pairTargets.length;
    const slices = scratch.take('head', headSizes(model.config, count));
    scratch.write(slices.pairs, packPairs(describePairs(batch, groups)));
    scratch.write(slices.rowIndex, batch.pairRows);
    gatherRows(queue, hidden, slices.rowIndex, slices.gathered, 0, count, d);
    const gain = blockSlice(weights, model.layout.finalNorm);
    rmsNormForward(queue, slices.gathered, gain, slices.normed, slices.statistics, count, d, eps);
    return slices;
  }

  /** Logits and log-probs of one chunk of pairs. */
  private logits(
    slices: HeadBuffers,
    first: number,
    count: number,
    weights: Slice,
    temperature: number,
  ): Slice {
    const { queue, model } = this;
    const { hidden_size: d, vocab_size: vocab } = model.config;
    const { logits, pairs, results, partials } = slices;
    const normed = sub(slices.normed, first * d * 4, count * d * 4);
    const shape = { rows: count, inputs: d, outputs: vocab };
    linearForward(queue, normed, blockSlice(weights, model.layout.head), null, logits, shape);
    logProbForward(queue, logits, pairs, results, partials, first, count, vocab, temperature);
    return logits;
  }
}

function chunksOf(batch: PackedBatch): { first: number; count: number }[] {
  const pairs = batch.pairTargets.length;
  return Array.from({ length: Math.ceil(pairs / chunkPairs) }, (_, i) => ({
    first: i * chunkPairs,
    count: Math.min(chunkPairs, pairs - i * chunkPairs),
  }));
}

function describePairs(batch: PackedBatch, groups: readonly TrainGroup[]) {
  let index = -1;
  return batch.pairOwners.map(({ group, answer, token }, pair) => {
    const { tokens, oldLogprobs, refLogprobs, advantage, weights, policyMask } =
      groups[group].answers[answer];
    if (beginsAnswer(batch, pair)) index++;
    return {
      target: tokens[token],
      oldLogprob: oldLogprobs[token],
      refLogprob: refLogprobs?.[token] ?? oldLogprobs[token],
      advantage: policyMask?.[token] === 0 ? 0 : advantage,
      weight: weights[token],
      answer: index,
    };
  });
}

/** u32 [answers, 2]: first pair and end of each answer that has pairs, in order. */
function answerRanges(batch: PackedBatch): Uint32Array {
  const ranges: number[] = [];
  batch.pairOwners.forEach((_, pair) => {
    if (beginsAnswer(batch, pair)) ranges.push(pair, pair);
    ranges[ranges.length - 1] = pair + 1;
  });
  return Uint32Array.from(ranges);
}

/** Whether a pair is the first of its answer; the pairs of an answer stand together. */
function beginsAnswer({ pairOwners }: PackedBatch, pair: number): boolean {
  const [before, own] = [pairOwners[pair - 1], pairOwners[pair]];
  return before === undefined || before.group !== own.group || before.answer !== own.answer;
}
