/**
 * @file Rollouts. Each prompt is prefilled once; its G answers share the prefix's keys and values and carry their own.
 * Sampling stays on the GPU: `blockSteps` decode steps are submitted between two looks at the finished count.
 */
import { assertFinite, type Queue, type Slice, sub } from '../gpu';
import {
  attentionDecode,
  buildDecodeTable,
  type DecodeWork,
  decodeCacheFloats,
  decodePartialsFloats,
} from '../kernels/attention';
import {
  causalConvInitState,
  causalConvStateBytes,
  causalConvStep,
} from '../kernels/causal-conv/causal-conv';
import { embeddingForward } from '../kernels/embedding/embedding';
import { linearForward } from '../kernels/linear/linear';
import { gatherRows } from '../kernels/log-prob/rows';
import { rmsNormForward, rmsNormStatisticsBytes } from '../kernels/rms-norm/rms-norm';
import { ropeForward } from '../kernels/rope/rope';
import { type SamplingBuffers, sampleTokens, samplingScratchBytes } from '../kernels/sampling/sampling';
import { swigluForward } from '../kernels/swiglu/swiglu';
import { packGroups } from './batch';
import type { LayerBlocks } from './layout';
import type { Scratch } from './scratch';
import { blockSlice, type Transformer } from './transformer';
import type { Rollout, RolloutRequest, SamplingOptions } from './types';

/** Decode steps a submit. */
const blockSteps = 8;
/** Rollouts decoded together. */
const maxRollouts = 256;
/** `purpose` word of the sampling noise. */
const samplingPurpose = 1;

interface DecodeRun {
  rows: number;
  maxNew: number;
  requests: readonly RolloutRequest[];
  sampling: SamplingOptions;
  prefixQkv: Slice[];
  caches: Slice[];
  canonStates: Slice[][];
  work: DecodeWork;
  /** u32 [maxNew, paddedRows]: position of the token that enters at each step. */
  positions: Slice;
  paddedRows: number;
  buffers: SamplingBuffers;
}

export class Decoder {
  private readonly queue: Queue;
  private readonly scratch: Scratch;
  private readonly model: Transformer;

  constructor(queue: Queue, scratch: Scratch, model: Transformer) {
    this.queue = queue;
    this.scratch = scratch;
    this.model = model;
  }

  /** G answers to each request. The requests of one call share step and seed keys row by row, so splitting changes nothing. */
  async rollout(
    requests: readonly RolloutRequest[],
    sampling: SamplingOptions,
    weights: Slice,
  ): Promise<Rollout[][]> {
    const results: Rollout[][] = [];
    let from = 0;
    while (from < requests.length) {
      let to = from;
      let rows = 0;
      while (to < requests.length && (to === from || rows + requests[to].groupSize <= maxRollouts))
        rows += requests[to++].groupSize;
      const run = this.prefill(requests.slice(from, to), sampling, weights);
      await this.decode(run, weights);
      results.push(...(await this.collect(run)));
      from = to;
    }
    return results;
  }

  /** Runs the prompts, prepares the caches and draws the first token of every answer. */
  private prefill(requests: readonly RolloutRequest[], sampling: SamplingOptions, weights: Slice): DecodeRun {
    const { queue, scratch, model } = this;
    const { config, layout, shape } = model;
    const { hidden_size: d, canon_kernel: taps, num_hidden_layers: layers } = config;
    const packed = packGroups(
      requests.map((request) => ({ promptTokens: request.promptTokens, answers: [] })),
    );
    const batch = model.upload(packed);
    const rows = requests.reduce((sum, request) => sum + request.groupSize, 0);
    const maxNew = sampling.maxNewTokens;
    const owners = requests.flatMap((request, i) =>
      Array.from({ length: request.groupSize }, (_, sample) => ({ request, i, sample })),
    );
    let rowBegin = 0;
    const groups = requests.map((request, i) => {
      const { start, end } = packed.segments[i];
      const group = { rowBegin, rowEnd: rowBegin + request.groupSize, prefixBegin: start, prefixEnd: end };
      rowBegin += request.groupSize;
      return group;
    });
    const table = buildDecodeTable(groups, rows, shape);
    const paddedRows = Math.ceil(rows / 64) * 64;
    const positions = new Uint32Array(maxNew * paddedRows);
    for (let t = 0; t < maxNew; t++) {
      for (let row = 0; row < rows; row++) {
        positions[t * paddedRows + row] = owners[row].request.promptTokens.length + t;
      }
    }
    const each = <T>(make: (layer: number) => T): T[] =>
      Array.from({ length: layers }, (_, layer) => make(layer));
    const stateFloats = taps > 0 ? causalConvStateBytes(rows, d, taps) / 4 : 0;
    const run: DecodeRun = {
      rows,
      maxNew,
      requests,
      sampling,
      prefixQkv: each((layer) => scratch.floats(`prefixQkv.${layer}`, batch.rows * model.qkvFloats)),
      caches: each((layer) => scratch.floats(`cache.${layer}`, decodeCacheFloats(rows, maxNew, shape))),
      canonStates:
        taps > 0
          ? each((layer) =>
              [0, 1].map((which) => scratch.floats(`canonState.${layer}.${which}`, stateFloats)),
            )
          : [],
      work: {
        table,
        gpuTable: scratch.upload('decode.table', table.words),
        partials: scratch.floats('decode.partials', decodePartialsFloats(table, shape)),
        slots: maxNew,
      },
      positions: scratch.upload('decode.positions', positions),
      paddedRows,
      buffers: {
        rowTable: scratch.upload(
          'decode.rowTable',
          Uint32Array.from(owners.flatMap(({ request, sample }) => [request.promptIndex, sample])),
        ),
        state: scratch.floats('decode.state', rows * 2),
        doneCount: scratch.floats('decode.doneCount', 4),
        nextToken: scratch.floats('decode.nextToken', rows),
        tokens: scratch.floats('decode.tokens', rows * maxNew),
        stats: scratch.floats('decode.stats', rows * maxNew * 4),
        scratch: scratch.floats('decode.sampling', samplingScratchBytes(rows) / 4),
      },
    };
    const prefixes = scratch.upload(
      'decode.prefixes',
      Uint32Array.from(
        groups.flatMap((g) =>
          Array.from({ length: g.rowEnd - g.rowBegin }, () => [g.prefixBegin, g.prefixEnd]).flat(),
        ),
      ),
    );
    queue.clear(run.buffers.state);
    queue.clear(run.buffers.doneCount);
    const hidden = model.forward(batch, weights, {
      qkv: (layer) => run.prefixQkv[layer],
      done: (layer, norm1, norm2) => {
        if (taps === 0) return;
        causalConvInitState(queue, norm1, prefixes, run.canonStates[layer][0], rows, d, taps);
        causalConvInitState(queue, norm2, prefixes, run.canonStates[layer][1], rows, d, taps);
      },
    });
    const lastRows = scratch.upload(
      'decode.lastRows',
      Uint32Array.from(owners.map(({ i }) => packed.segments[i].end - 1)),
    );
    const x = scratch.floats('decode.x', rows * d);
    gatherRows(queue, hidden, lastRows, x, 0, rows, d);
    this.sample(run, x, weights, layout.head, 0);
    return run;
  }

  /** Decodes until every answer has ended or is full. */
  private async decode(run: DecodeRun, weights: Slice): Promise<void> {
    for (let t = 1; t < run.maxNew; t++) {
      this.step(run, weights, t);
      if (t % blockSteps === 0) {
        const [done] = await this.queue.readUints(run.buffers.doneCount, 1);
        if (done >= run.rows) return;
      }
    }
  }

  /** One decode step: the token drawn at t − 1 enters, the token at t is drawn. */
  private step(run: DecodeRun, weights: Slice, t: number): void {
    const { queue, scratch, model } = this;
    const d = model.config.hidden_size;
    const x = scratch.floats('decode.x', run.rows * d);
    embeddingForward(
      queue,
      run.buffers.nextToken,
      blockSlice(weights, model.layout.embedding),
      x,
      run.rows,
      d,
    );
    model.layout.layers.forEach((blocks, layer) => {
      this.layerStep(run, blocks, layer, x, weights, t);
    });
    this.sample(run, x, weights, model.layout.head, t);
  }

  private layerStep(
    run: DecodeRun,
    blocks: LayerBlocks,
    layer: number,
    x: Slice,
    weights: Slice,
    t: number,
  ): void {
    const { queue, scratch, model } = this;
    const { hidden_size: d, intermediate_size: f, canon_kernel: taps, rms_norm_eps: eps } = model.config;
    const { rows } = run;
    const norm = scratch.floats('decode.norm', rows * d);
    const statistics = scratch.floats('decode.statistics', rmsNormStatisticsBytes(rows) / 4);
    const canonOut = scratch.floats('decode.canon', rows * d);
    const canon = (block: LayerBlocks['canonMlp'], which: number): Slice => {
      if (!block) return norm;
      causalConvStep(
        queue,
        norm,
        blockSlice(weights, block),
        run.canonStates[layer][which],
        canonOut,
        rows,
        d,
        taps,
      );
      return canonOut;
    };
    const linear = (
      input: Slice,
      block: LayerBlocks['qkv'],
      output: Slice,
      inputs: number,
      outputs: number,
      accumulate: boolean,
      bias: Slice | null = null,
    ) =>
      linearForward(queue, input, blockSlice(weights, block), bias, output, {
        rows,
        inputs,
        outputs,
        accumulate,
      });

    const qkv = scratch.floats('decode.qkv', rows * model.qkvFloats);
    rmsNormForward(queue, x, blockSlice(weights, blocks.inputNorm), norm, statistics, rows, d, eps);
    linear(
      canon(blocks.canonAttention, 0),
      blocks.qkv,
      qkv,
      d,
      model.qkvFloats,
      false,
      blocks.qkvBias && blockSlice(weights, blocks.qkvBias),
    );
    ropeForward(
      queue,
      qkv,
      model.rope,
      sub(run.positions, (t - 1) * run.paddedRows * 4, run.paddedRows * 4),
      rows,
      model.shape,
    );
    const o = scratch.floats('decode.o', rows * d);
    attentionDecode(
      queue,
      qkv,
      run.prefixQkv[layer],
      run.caches[layer],
      o,
      run.work,
      t - 1,
      model.shape,
      blocks.window,
    );
    linear(o, blocks.output, x, d, d, true);
    rmsNormForward(queue, x, blockSlice(weights, blocks.postNorm), norm, statistics, rows, d, eps);
    const gateUp = scratch.floats('decode.gateUp', rows * 2 * f);
    linear(canon(blocks.canonMlp, 1), blocks.gateUp, gateUp, d, 2 * f, false);
    const activated = scratch.floats('decode.activated', rows * f);
    swigluForward(queue, gateUp, activated, rows, f);
    linear(activated, blocks.down, x, f, d, true);
  }

  /** Final norm, logits, one token a row. */
  private sample(run: DecodeRun, x: Slice, weights: Slice, head: LayerBlocks['qkv'], t: number): void {
    const { queue, scratch, model } = this;
    const { hidden_size: d, vocab_size: vocab, rms_norm_eps: eps, eos_token_id, pad_token_id } = model.config;
    const { rows, sampling } = run;
    const norm = scratch.floats('decode.norm', rows * d);
    const statistics = scratch.floats('decode.statistics', rmsNormStatisticsBytes(rows) / 4);
    const logits = scratch.floats('decode.logits', rows * vocab);
    rmsNormForward(queue, x, blockSlice(weights, model.layout.finalNorm), norm, statistics, rows, d, eps);
    linearForward(queue, norm, blockSlice(weights, head), null, logits, {
      rows,
      inputs: d,
      outputs: vocab,
      accumulate: false,
    });
    const { seed, step } = run.requests[0];
    sampleTokens(queue, logits, run.buffers, {
      rows,
      vocab,
      position: t,
      maxNew: run.maxNew,
      seed,
      purpose: samplingPurpose,
      step,
      eosToken: eos_token_id,
      padToken: pad_token_id,
      temperature: sampling.temperature,
      topK: sampling.top_k,
      topP: sampling.top_p,
      greedy: sampling.greedy,
    });
  }

  private async collect(run: DecodeRun): Promise<Rollout[][]> {
    const [state, tokens, stats] = await Promise.all([
      this.queue.readUints(run.buffers.state, run.rows * 2),
      this.queue.readUints(run.buffers.tokens, run.rows * run.maxNew),
      this.queue.readFloats(run.buffers.stats, run.rows * run.maxNew * 4),
    ]);
    let row = 0;
    return run.requests.map((request) =>
      Array.from({ length: request.groupSize }, () => {
        const at = row++;
        const done = state[at * 2] === 1;
        const length = done ? state[at * 2 + 1] : run.maxNew;
        const column = (which: number) =>
          Float32Array.from({ length }, (_, t) => stats[(at * run.maxNew + t) * 4 + which]);
        const entropies = column(2);
        // A policy of NaNs samples something all the same; nothing may learn from it.
        for (const entropy of entropies) assertFinite('The entropy of a sampled token', entropy);
        return {
          tokens: tokens.slice(at * run.maxNew, at * run.maxNew + length),
          logprobs: column(0),
          samplerLogprobs: column(1),
          entropies,
          finish: done ? ('stop' as const) : ('length' as const),
        };
      }),
    );
  }
}
