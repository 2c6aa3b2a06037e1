/**
 * @file Rollouts. Each prompt is prefilled once; its G answers share the prefix's keys and values and carry their own.
 * Sampling stays on the GPU: `blockSteps` decode steps are submitted between two looks at the finished count.
 */
import { assertFinite, type Queue, type Slice, sub } from '../gpu';
import { attentionDecode, buildDecodeTable, type DecodeWork } from '../kernels/attention';
import { causalConvInitState, causalConvStep } from '../kernels/causal-conv/causal-conv';
import { embeddingForward } from '../kernels/embedding/embedding';
import { linearForward } from '../kernels/linear/linear';
import { gatherRows } from '../kernels/log-prob/rows';
import { rmsNormForward } from '../kernels/rms-norm/rms-norm';
import { ropeForward } from '../kernels/rope/rope';
import { type SamplingBuffers, sampleTokens } from '../kernels/sampling/sampling';
import { swigluForward } from '../kernels/swiglu/swiglu';
import { packGroups } from './batch';
import { cacheSizes, decodeSizes, paddedRows } from './decode-buffers';
import type { LayerBlocks } from './layout';
import { type PolicyLimits, splitRequests } from './limits';
import type { Scratch } from './scratch';
import { blockSlice, type Transformer } from './transformer';
import type { Rollout, RolloutRequest, SamplingOptions } from './types';

/** Decode steps a submit. */
const blockSteps = 8;
/** `purpose` word of the sampling noise. */
const samplingPurpose = 1;

interface DecodeRun {
  rows: number;
  maxNew: number;
  requests: readonly RolloutRequest[];
  sampling: SamplingOptions;
  caches: Record<string, Slice>;
  work: DecodeWork;
  /** `positions` is u32 [maxNew, paddedRows]: position of the token that enters at each step. */
  slices: Record<keyof ReturnType<typeof decodeSizes>, Slice>;
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
    limits: PolicyLimits,
  ): Promise<Rollout[][]> {
    const results: Rollout[][] = [];
    for (const part of splitRequests(requests, limits)) {
      const run = this.prefill(part, sampling, weights);
      await this.decode(run, weights);
      results.push(...(await this.collect(run)));
    }
    return results;
  }

  /** Runs the prompts, prepares the caches and draws the first token of every answer. */
  private prefill(requests: readonly RolloutRequest[], sampling: SamplingOptions, weights: Slice): DecodeRun {
    const { queue, scratch, model } = this;
    const { config, layout, shape } = model;
    const { hidden_size: d, canon_kernel: taps } = config;
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
    const table = buildDecodeTable(groups, shape);
    const size = { rows, promptRows: batch.rows, maxNew };
    const caches = scratch.take('caches', cacheSizes(config, size));
    const slices = scratch.take('decode', decodeSizes(config, size));
    const perStep = paddedRows(rows);
    const positions = new Uint32Array(maxNew * perStep);
    for (let t = 0; t < maxNew; t++) {
      for (let row = 0; row < rows; row++) {
        positions[t * perStep + row] = owners[row].request.promptTokens.length + t;
      }
    }
    const prefixes = owners.flatMap(({ i }) => [groups[i].prefixBegin, groups[i].prefixEnd]);
    const identities = owners.flatMap(({ request, sample }) => [request.promptIndex, sample]);
    scratch.write(slices.table, table);
    scratch.write(slices.positions, positions);
    scratch.write(slices.prefixes, Uint32Array.from(prefixes));
    scratch.write(slices.rowTable, Uint32Array.from(identities));
    scratch.write(slices.lastRows, Uint32Array.from(owners.map(({ i }) => groups[i].prefixEnd - 1)));
    queue.clear(slices.state);
    queue.clear(slices.doneCount);
    const hidden = model.forward(batch, weights, {
      qkv: (layer) => caches[`prefix.${layer}`],
      canonInput: (layer, which, input) => {
        if (taps === 0) return;
        causalConvInitState(queue, input, slices.prefixes, caches[`canon.${layer}.${which}`], rows, d, taps);
      },
    });
    gatherRows(queue, hidden, slices.lastRows, slices.x, 0, rows, d);
    const { rowTable, state, doneCount, nextToken, tokens, stats } = slices;
    const run: DecodeRun = {
      rows,
      maxNew,
      requests,
      sampling,
      caches,
      work: { table, gpuTable: slices.table, slots: maxNew },
      slices,
      buffers: { rowTable, state, doneCount, nextToken, tokens, stats, scratch: slices.sampling },
    };
    this.sample(run, weights, layout.head, 0);
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
    const { queue, model } = this;
    const { nextToken, x } = run.slices;
    const embedding = blockSlice(weights, model.layout.embedding);
    embeddingForward(queue, nextToken, embedding, x, run.rows, model.config.hidden_size);
    model.layout.layers.forEach((blocks, layer) => {
      this.layerStep(run, blocks, layer, weights, t);
    });
    this.sample(run, weights, model.layout.head, t);
  }

  private layerStep(run: DecodeRun, blocks: LayerBlocks, layer: number, weights: Slice, t: number): void {
    const { queue, model } = this;
    const { hidden_size: d, intermediate_size: f, canon_kernel: taps, rms_norm_eps: eps } = model.config;
    const { rows, caches } = run;
    const { x, norm, statistics, canon: canonOut, qkv, o, gateUp, activated, positions } = run.slices;
    const stepBytes = paddedRows(rows) * 4;
    const canon = (block: LayerBlocks['canonMlp'], which: number): Slice => {
      if (!block) return norm;
      const state = caches[`canon.${layer}.${which}`];
      causalConvStep(queue, norm, blockSlice(weights, block), state, canonOut, rows, d, taps);
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
    ropeForward(queue, qkv, model.rope, sub(positions, (t - 1) * stepBytes, stepBytes), rows, model.shape);
    attentionDecode(
      queue,
      qkv,
      caches[`prefix.${layer}`],
      caches[`answers.${layer}`],
      o,
      run.work,
      rows,
      t - 1,
      model.shape,
    );
    linear(o, blocks.output, x, d, d, true);
    rmsNormForward(queue, x, blockSlice(weights, blocks.postNorm), norm, statistics, rows, d, eps);
    linear(canon(blocks.canonMlp, 1), blocks.gateUp, gateUp, d, 2 * f, false);
    swigluForward(queue, gateUp, activated, rows, f);
    linear(activated, blocks.down, x, f, d, true);
  }

  /** Final norm, logits, one token a row. */
  private sample(run: DecodeRun, weights: Slice, head: LayerBlocks['qkv'], t: number): void {
    const { queue, model } = this;
    const { hidden_size: d, vocab_size: vocab, rms_norm_eps: eps, eos_token_id, pad_token_id } = model.config;
    const { rows, sampling } = run;
    const { x, norm, statistics, logits } = run.slices;
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
