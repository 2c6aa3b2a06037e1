/**
 * @file Rollouts. Each prompt is prefilled once; its G answers share the prefix's keys and values and carry their own.
 * Sampling stays on the GPU: `blockSteps` decode steps are submitted between two looks at the finished count. The
 * prompts of a prefill are held until the next one, so that log-probs can be measured behind them (held-prompts.ts).
 */
import { assertFinite, type Queue, type Slice } from '../gpu';
import { buildDecodeTable, type DecodeWork } from '../kernels/attention';
import { causalConvInitState } from '../kernels/causal-conv/causal-conv';
import { gatherRows } from '../kernels/log-prob/rows';
import { packGroups } from './batch';
import { cacheSizes, decodeSizes, keysOf, rowBytes, statColumns } from './decode-buffers';
import { type DecodeRow, groupsOf, positionsOf, rowsOf, runsOf } from './decode-rows';
import { type DecodeBatch, DecodeStep, type DecodeWeights } from './decode-step';
import {
  answerRowsTogether,
  type HeldPrompts,
  holdCanonRows,
  holdLastRows,
  promptShape,
  reusePays,
  rowsBehind,
} from './held-prompts';
import { type PolicyLimits, splitRequests } from './limits';
import type { Scratch } from './scratch';
import type { Transformer } from './transformer';
import type { PartialAnswer, Rollout, RolloutRequest, RolloutWatch, SamplingOptions } from './types';

/** Decode steps a submit. */
const blockSteps = 8;
/** Rows leave the batch once this share of them has ended: moving the others costs about one step. */
const leavingShare = 1 / 4;

interface DecodeRun extends DecodeBatch {
  /** Whose answer each row is. */
  owners: DecodeRow[];
  /** Rows of each request's prompt in the prefill. */
  prefixes: readonly { start: number; end: number }[];
  /** Null where nothing will be measured behind the prompts. */
  held: HeldPrompts | null;
  /** By request and sample, once the answer has left the batch. */
  answers: Rollout[][];
}

export class Decoder {
  private readonly queue: Queue;
  private readonly scratch: Scratch;
  private readonly model: Transformer;
  private readonly steps: DecodeStep;

  constructor(queue: Queue, scratch: Scratch, model: Transformer) {
    this.queue = queue;
    this.scratch = scratch;
    this.model = model;
    this.steps = new DecodeStep(queue, model);
  }

  /**
   * G answers to each request. The requests of one call share step and seed keys row by row, so splitting changes nothing.
   * @param behind called with the answers of each prefill while its prompts are held, where that pays.
   * @param watch sees the answers to the first request grow.
   */
  async rollout(
    requests: readonly RolloutRequest[],
    sampling: SamplingOptions,
    weights: DecodeWeights,
    limits: PolicyLimits,
    behind?: (held: HeldPrompts, requests: readonly RolloutRequest[], answers: Rollout[][]) => Promise<void>,
    watch?: RolloutWatch,
  ): Promise<Rollout[][]> {
    const results: Rollout[][] = [];
    for (const part of splitRequests(requests, limits)) {
      const answerRows = behind ? this.answerRows(part, sampling.maxNewTokens, limits) : 0;
      const run = this.prefill(part, sampling, weights, answerRows);
      const watched = results.length === 0 ? watch : undefined;
      await this.decode(run, weights, watched);
      await this.take(run, () => true);
      watched?.onWhole(run.answers[0].map(({ tokens }) => ({ tokens, ended: true })));
      if (run.held) await behind?.(run.held, part, run.answers);
      results.push(...run.answers);
    }
    return results;
  }

  /** Rows of answers to make room for behind the prompts; 0 where nothing is to be measured there. */
  private answerRows(requests: readonly RolloutRequest[], maxNew: number, limits: PolicyLimits): number {
    const shapes = requests.map((request) => promptShape(request, maxNew));
    if (!limits.reusePrefix || !reusePays(this.model.config, shapes)) return 0;
    const rows = shapes.map(({ answers }) => answers * (maxNew - 1));
    const promptRows = shapes.reduce((sum, { promptTokens }) => sum + promptTokens, 0);
    const all = rows.reduce((a, b) => a + b, 0);
    // Answers of one token have no rows, and log-probs all the same.
    return Math.max(1, answerRowsTogether(limits, promptRows, { all, longestGroup: Math.max(...rows) }));
  }

  /** Runs the prompts, prepares the caches and draws the first token of every answer. */
  private prefill(
    requests: readonly RolloutRequest[],
    sampling: SamplingOptions,
    weights: DecodeWeights,
    answerRows: number,
  ): DecodeRun {
    const { queue, scratch, model } = this;
    const { config } = model;
    const { hidden_size: d, canon_kernel: taps } = config;
    const packed = packGroups(
      requests.map((request) => ({ promptTokens: request.promptTokens, answers: [] })),
    );
    const owners = rowsOf(requests);
    const rows = owners.length;
    const begin = rowsBehind(packed.tokens.length);
    if (answerRows > 0) model.makeRoom(begin + answerRows, rows);
    const batch = model.upload(packed);
    const maxNew = sampling.maxNewTokens;
    const sharing = Math.max(...requests.map(({ groupSize }) => groupSize));
    const heldPrompts = requests.length;
    const size = { rows, promptRows: batch.rows, sharing, maxNew, answerRows, heldPrompts };
    const caches = scratch.take('caches', cacheSizes(config, size));
    const slices = scratch.take('decode', decodeSizes(config, size));
    const prompts = packed.segments;
    const keys = (layer: number) => keysOf(caches, 'prefix', layer);
    const held = answerRows > 0 ? { prompts, begin, answerRows, keys, lastRows: caches.lastRows } : null;
    const prefixes = owners.flatMap(({ request }) => [prompts[request].start, prompts[request].end]);
    scratch.write(slices.prefixes, Uint32Array.from(prefixes));
    scratch.write(slices.lastRows, Uint32Array.from(owners.map(({ request }) => prompts[request].end - 1)));
    queue.clear(slices.state);
    queue.clear(slices.doneCount);
    const hidden = model.forward(batch, weights.flat, {
      keys,
      canonInput: (layer, which, input) => {
        if (taps === 0) return;
        if (held) holdCanonRows(queue, config, held, layer, which, input);
        causalConvInitState(queue, input, slices.prefixes, caches[`canon.${layer}.${which}`], rows, d, taps);
      },
    });
    if (held) holdLastRows(queue, config, held, hidden);
    gatherRows(queue, hidden, slices.lastRows, slices.x, 0, rows, d);
    const { rowTable, state, doneCount, nextToken, tokens, stats } = slices;
    const run: DecodeRun = {
      rows,
      owners,
      maxNew,
      requests,
      prefixes: prompts,
      held,
      answers: requests.map(() => []),
      sampling,
      caches,
      work: this.describeRows(owners, requests, prompts, slices, maxNew),
      slices,
      buffers: { rowTable, state, doneCount, nextToken, tokens, stats, scratch: slices.sampling },
    };
    this.steps.sample(run, weights, 0);
    return run;
  }

  /** Writes the tables of a batch of rows. */
  private describeRows(
    owners: readonly DecodeRow[],
    requests: readonly RolloutRequest[],
    prefixes: readonly { start: number; end: number }[],
    slices: DecodeRun['slices'],
    maxNew: number,
  ): DecodeWork {
    const { scratch } = this;
    const table = buildDecodeTable(groupsOf(owners, prefixes), owners.length, this.model.shape);
    const identities = owners.flatMap(({ request, sample }) => [requests[request].promptIndex, sample]);
    scratch.write(slices.table, table.words);
    scratch.write(slices.positions, positionsOf(owners, requests));
    scratch.write(slices.rowTable, Uint32Array.from(identities));
    return { table, gpuTable: slices.table, partials: slices.partials, slots: maxNew };
  }

  /** Decodes until every answer has ended or is full. Rows that have ended leave on the way. */
  private async decode(run: DecodeRun, weights: DecodeWeights, watch?: RolloutWatch): Promise<void> {
    for (let t = 1; t < run.maxNew; t++) {
      this.steps.run(run, weights, t);
      // The GPU begins with a block while its other steps are recorded.
      if (t % blockSteps === 1) this.queue.submit();
      if (t % blockSteps !== 0) continue;
      const done = watch?.wants() ? await this.show(run, t + 1, watch) : await this.countDone(run);
      if (done === run.rows) return;
      if (done >= run.rows * leavingShare) await this.shrink(run);
    }
  }

  private async countDone({ buffers }: DecodeRun): Promise<number> {
    const [done] = await this.queue.readUints(buffers.doneCount, 1);
    return done;
  }

  /**
   * Shows the answers to the first request as they are after `drawn` tokens. The reads are as long as those of `take`, so they
   * need no memory of their own. @returns how many rows of the batch have ended, as `countDone`.
   */
  private async show(run: DecodeRun, drawn: number, watch: RolloutWatch): Promise<number> {
    const { rows, maxNew, owners, requests, answers } = run;
    const [state, tokens] = await Promise.all([
      this.queue.readUints(run.buffers.state, rows * 2),
      this.queue.readUints(run.buffers.tokens, rows * maxNew),
    ]);
    const shown: PartialAnswer[] = Array.from({ length: requests[0].groupSize }, (_, sample) => ({
      tokens: answers[0][sample]?.tokens ?? new Uint32Array(),
      ended: true,
    }));
    owners.forEach(({ request, sample }, row) => {
      if (request !== 0) return;
      const ended = state[row * 2] === 1;
      const first = row * maxNew;
      shown[sample] = { tokens: tokens.slice(first, first + (ended ? state[row * 2 + 1] : drawn)), ended };
    });
    watch.onAnswers(shown);
    return owners.reduce((count, _, row) => count + (state[row * 2] === 1 ? 1 : 0), 0);
  }

  /** Takes the answers that have ended and moves the rows of the others up. */
  private async shrink(run: DecodeRun): Promise<void> {
    const { queue, model } = this;
    const { slices, caches, maxNew } = run;
    const kept = await this.take(run, (done) => done);
    const each = rowBytes(model.config, maxNew);
    const moved: [Slice, number][] = [
      [slices.tokens, each.tokens],
      [slices.stats, each.stats],
      [slices.state, each.state],
      [slices.nextToken, each.nextToken],
      ...model.layout.layers.flatMap((_, layer): [Slice, number][] => [
        [caches[`answers.k.${layer}`], each.keys],
        [caches[`answers.v.${layer}`], each.keys],
        [caches[`canon.${layer}.0`], each.canon],
        [caches[`canon.${layer}.1`], each.canon],
      ]),
    ];
    const runs = runsOf(kept);
    for (const [slice, bytes] of moved) {
      if (bytes === 0) continue;
      let at = 0;
      for (const { begin, end } of runs) {
        queue.copy(slice, begin * bytes, slices.moving, at, (end - begin) * bytes);
        at += (end - begin) * bytes;
      }
      queue.copy(slices.moving, 0, slice, 0, at);
    }
    queue.clear(slices.doneCount);
    run.owners = kept.map((row) => run.owners[row]);
    run.rows = kept.length;
    run.work = this.describeRows(run.owners, run.requests, run.prefixes, slices, maxNew);
  }

  /** Reads the rows back and stores the answers of those that leave. @returns the rows that stay. */
  private async take(run: DecodeRun, leaves: (done: boolean) => boolean): Promise<number[]> {
    const { maxNew } = run;
    const [state, tokens, stats] = await Promise.all([
      this.queue.readUints(run.buffers.state, run.rows * 2),
      this.queue.readUints(run.buffers.tokens, run.rows * maxNew),
      this.queue.readFloats(run.buffers.stats, run.rows * maxNew * statColumns),
    ]);
    const staying: number[] = [];
    run.owners.forEach(({ request, sample }, row) => {
      const done = state[row * 2] === 1;
      if (!leaves(done)) {
        staying.push(row);
        return;
      }
      const length = done ? state[row * 2 + 1] : maxNew;
      const first = row * maxNew;
      const column = (which: number) =>
        Float32Array.from({ length }, (_, t) => stats[(first + t) * statColumns + which]);
      const entropies = column(2);
      // A policy of NaNs samples something all the same; nothing may learn from it.
      for (const entropy of entropies) assertFinite('The entropy of a sampled token', entropy);
      run.answers[request][sample] = {
        tokens: tokens.slice(first, first + length),
        logprobs: column(0),
        samplerLogprobs: column(1),
        entropies,
        finish: done ? 'stop' : 'length',
      };
    });
    return staying;
  }
}
