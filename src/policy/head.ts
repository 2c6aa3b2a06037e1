/**
 * @file The head: log-probs, entropies, objective and their gradient for (hidden row, target) pairs, in chunks, so that
 * [pairs, V] never stands in memory. One pass a chunk computes the logits, the objective, and the gradient in place.
 */
import { type Queue, type Slice, sub } from '../gpu';
import { linearForward } from '../kernels/linear/linear';
import {
  answerMeans,
  logProbBackward,
  logProbForward,
  logProbScratchBytes,
  needsAnswerMeans,
  objective,
  packPairs,
} from '../kernels/log-prob/log-prob';
import { gatherRows, ownersOf, scatterRows } from '../kernels/log-prob/rows';
import {
  rmsNormBackward,
  rmsNormForward,
  rmsNormScratchBytes,
  rmsNormStatisticsBytes,
} from '../kernels/rms-norm/rms-norm';
import type { PackedBatch } from './batch';
import type { Scratch } from './scratch';
import { blockSlice, type Transformer } from './transformer';
import type { ObjectiveOptions, TrainGroup } from './types';

/** Pairs a chunk; its logits take chunkPairs · V floats. */
const chunkPairs = 512;

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
    const run = this.begin(batch, groups, hidden, weights);
    for (let first = 0; first < run.count; first += chunkPairs) {
      this.logits(run, first, weights, temperature);
    }
    return run;
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
    const run = this.begin(batch, groups, hidden, weights);
    const dNormed = scratch.floats('head.dNormed', run.count * d);
    const means = this.answerMeans(batch, run, weights, options);
    for (let first = 0; first < run.count; first += chunkPairs) {
      const count = Math.min(chunkPairs, run.count - first);
      const logits = this.logits(run, first, weights, options.temperature);
      objective(queue, run.pairs, run.results, run.gradients, means, first, count, options);
      logProbBackward(
        queue,
        logits,
        run.pairs,
        run.results,
        run.gradients,
        first,
        count,
        vocab,
        options.temperature,
      );
      const part = (slice: Slice) => sub(slice, first * d * 4, count * d * 4);
      model.linearBackward(
        logits,
        part(run.normed),
        model.layout.head,
        weights,
        gradients,
        part(dNormed),
        count,
        d,
        vocab,
      );
    }
    const dRows = scratch.floats('head.dRows', run.count * d);
    const norm = model.layout.finalNorm;
    rmsNormBackward(
      queue,
      {
        x: run.gathered,
        gain: blockSlice(weights, norm),
        statistics: run.statistics,
        dY: dNormed,
        dX: dRows,
        dGain: blockSlice(gradients, norm),
        scratch: scratch.floats('normScratch', rmsNormScratchBytes(run.count, d) / 4),
      },
      run.count,
      d,
      eps,
      false,
    );
    const rows = batch.tokens.length;
    const owners = ownersOf(batch.pairRows, rows);
    const rowStart = scratch.upload('head.rowStart', owners.rowStart);
    const pairList = scratch.upload('head.pairList', owners.pairList);
    scatterRows(queue, dRows, rowStart, pairList, dHidden, 0, run.count, rows, d, false);
    return run;
  }

  /**
   * The means over whole answers that some policy losses need. An answer may span chunks, so these losses compute all
   * log-probs before the first gradient, and the logits twice.
   */
  private answerMeans(
    batch: PackedBatch,
    run: ReturnType<Head['begin']>,
    weights: Slice,
    options: ObjectiveOptions,
  ): Slice {
    const { queue, scratch } = this;
    const ranges = answerRanges(batch);
    const means = scratch.floats('head.answerMeans', ranges.length);
    if (needsAnswerMeans(options)) {
      const uploaded = scratch.upload('head.answerRanges', ranges);
      for (let first = 0; first < run.count; first += chunkPairs) {
        this.logits(run, first, weights, options.temperature);
      }
      answerMeans(queue, run.pairs, run.results, uploaded, means, ranges.length / 2, options);
    }
    return means;
  }

  private begin(batch: PackedBatch, groups: readonly TrainGroup[], hidden: Slice, weights: Slice) {
    const { queue, scratch, model } = this;
    const { hidden_size: d, rms_norm_eps: eps } = model.config;
    const count = batch.pairTargets.length;
    const pairs = scratch.upload('head.pairs', packPairs(describePairs(batch, groups)));
    const rowIndex = scratch.upload('head.rowIndex', batch.pairRows);
    const gathered = scratch.floats('head.gathered', count * d);
    const normed = scratch.floats('head.normed', count * d);
    const statistics = scratch.floats('head.statistics', rmsNormStatisticsBytes(count) / 4);
    gatherRows(queue, hidden, rowIndex, gathered, 0, count, d);
    rmsNormForward(
      queue,
      gathered,
      blockSlice(weights, model.layout.finalNorm),
      normed,
      statistics,
      count,
      d,
      eps,
    );
    const results = scratch.floats('head.results', count * 4);
    const gradients = scratch.floats('head.gradients', count * 4);
    return { count, pairs, gathered, normed, statistics, results, gradients };
  }

  /** Logits and log-probs of one chunk of pairs. */
  private logits(run: ReturnType<Head['begin']>, first: number, weights: Slice, temperature: number): Slice {
    const { queue, scratch, model } = this;
    const { hidden_size: d, vocab_size: vocab } = model.config;
    const count = Math.min(chunkPairs, run.count - first);
    const logits = scratch.floats('head.logits', Math.min(chunkPairs, run.count) * vocab);
    const normed = sub(run.normed, first * d * 4, count * d * 4);
    linearForward(queue, normed, blockSlice(weights, model.layout.head), null, logits, {
      rows: count,
      inputs: d,
      outputs: vocab,
      accumulate: false,
    });
    const partials = scratch.floats('head.partials', logProbScratchBytes(chunkPairs) / 4);
    logProbForward(queue, logits, run.pairs, run.results, partials, first, count, vocab, temperature);
    return logits;
  }
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
