/**
 * @file The hot kernels one by one, as a share of the roofline: the longer of the time that their floating-point
 * operations take at the calibrated peak and the time that their bytes take at the calibrated copy bandwidth. Counted is
 * what the mathematics asks for, not what is executed; bytes are each input read once and each result written once.
 */
import {
  Buffers,
  betterCalibration,
  type Calibration,
  calibrate,
  type Gpu,
  Kernels,
  Queue,
  type Slice,
} from '../../gpu';
import { adamWStep, decayMaskLength } from '../../kernels/adamw/adamw';
import {
  attentionBackwardKV,
  attentionBackwardQ,
  attentionD,
  attentionDecode,
  attentionForward,
  buildAttentionTiles,
  buildDecodeTable,
  layoutGroups,
  uploadAttentionTiles,
  uploadDecodeWork,
} from '../../kernels/attention';
import { type LinearSize, RaceProduct } from '../../kernels/linear/race-products';
import type { LinearRole } from '../../kernels/linear/variants';
import {
  logProbBackward,
  logProbForward,
  logProbScratchBytes,
  packPairs,
} from '../../kernels/log-prob/log-prob';
import { policyKernels } from '../../policy/policy-kernels';
import type { PolicyConfig } from '../../policy/types';
import type { KernelChoice } from '../../run/kernel-choice';
import { Random } from '../../tasks/random';
import { defaultPolicy } from '../default-policy';
import { adamWBytes, attendedPairs } from './cost';
import type { Findings } from './findings';
import { timed } from './timing';

interface HotKernel {
  what: string;
  at: string;
  /** 0 for kernels that only stream. */
  flops: number;
  bytes: number;
  record(): void;
}

/** Buffers that are freed together. */
class BenchBuffers extends Buffers {
  private readonly made: Slice[] = [];

  override storage(label: string, bytes: number, usage = 0): Slice {
    const slice = super.storage(label, bytes, usage);
    this.made.push(slice);
    return slice;
  }

  freeAll(): void {
    for (const slice of this.made) this.free(slice);
  }
}

/** Large enough to fill the adapter; a software adapter is full at once. */
const scale = {
  software: {
    rows: 1024,
    width: 128,
    outputs: 512,
    tokens: 1024,
    prefix: 4096,
    pairs: 512,
    parameters: 2 ** 20,
  },
  hardware: {
    rows: 8192,
    width: 512,
    outputs: 2048,
    tokens: 8192,
    prefix: 16384,
    pairs: 512,
    parameters: 2 ** 23,
  },
};
const decodeAnswers = 8;
/** Tokens that each answer has behind the prompt. */
const decodeOwn = 32;
const headDim = 32;
/** A sample repeats the kernel until it lasts about this long: short enough to fall between two turns of other programs. */
const sampleMs = 5;
const maxRepeats = 200;
/** Short kernels are sampled more often than asked for, up to so many times, while this much time is not used up. */
const moreSamples = 10;
const samplingMs = 500;

/** Times the kernels that a policy of this choice runs; the calibration is the best of several in between. */
export async function benchHotKernels(
  gpu: Gpu,
  choice: KernelChoice,
  repeats: number,
  report: Findings,
): Promise<void> {
  const size = scale[gpu.adapter.software ? 'software' : 'hardware'];
  const config: PolicyConfig = {
    ...defaultPolicy,
    hidden_size: size.width,
    num_attention_heads: size.width / headDim,
    num_key_value_heads: size.width / headDim,
  };
  const kernels = new Kernels(gpu);
  await kernels.prepare(policyKernels(kernels, config, choice));
  const buffers = new BenchBuffers(gpu);
  const queue = new Queue(gpu, kernels, { sliceMs: 200 });
  let calibration = await calibrate(gpu);
  const measured = [];
  for (const kernel of [
    ...linearProducts(size, buffers, queue),
    ...attention(size, buffers, queue),
    ...logProbs(size.pairs, config.vocab_size, buffers, queue),
    adamW(size.parameters, buffers, queue),
  ]) {
    measured.push({ kernel, ...(await timeKernel(kernel, queue, repeats)) });
    // A busy moment must not pass for the machine's best.
    calibration = betterCalibration(calibration, await calibrate(gpu));
  }
  reportCalibration(report, calibration);
  for (const { kernel, medianMs, bestMs, samples } of measured) {
    const { what, at, flops, bytes } = kernel;
    const rooflineMs = Math.max(
      flops / calibration.multiplyAddGflops / 1e6,
      bytes / calibration.copyGigabytesPerSecond / 1e6,
    );
    report.add({
      part: 'kernels',
      what,
      at,
      value: (flops || bytes) / medianMs / 1e6,
      unit: flops > 0 ? 'GFLOP/s' : 'GB/s',
      runs: samples.length,
      ofRoofline: { median: rooflineMs / medianMs, best: rooflineMs / bestMs },
      note: `${medianMs.toFixed(2)} ms`,
    });
  }
  report.details.kernels = {
    calibration,
    choice,
    samples: Object.fromEntries(measured.map(({ kernel, samples }) => [kernel.what, samples])),
  };
  await queue.idle();
  buffers.freeAll();
  queue.dispose();
}

export function reportCalibration(report: Findings, calibration: Calibration): void {
  const figure = (what: string, value: number, unit: string) => ({
    part: 'calibration',
    what,
    at: 'best of several',
    value,
    unit,
    runs: 1,
  });
  report.add(
    figure('f32 multiply-add', calibration.multiplyAddGflops, 'GFLOP/s'),
    figure('copy', calibration.copyGigabytesPerSecond, 'GB/s'),
    figure('dispatch', calibration.dispatchMicroseconds, 'µs'),
  );
}

async function timeKernel({ record }: HotKernel, queue: Queue, repeats: number) {
  const run = async (count: number) => {
    for (let i = 0; i < count; i++) record();
    await queue.idle();
  };
  // The first run pays for compiling in the driver, the second tells how many fill a sample.
  await run(1);
  const begin = performance.now();
  await run(1);
  const count = Math.max(1, Math.min(maxRepeats, Math.ceil(sampleMs / (performance.now() - begin))));
  const samples: number[] = [];
  while (
    samples.length < repeats ||
    (samples.length < moreSamples * repeats && performance.now() - begin < samplingMs)
  ) {
    const started = performance.now();
    await run(count);
    samples.push((performance.now() - started) / count);
  }
  return timed(samples);
}

function linearProducts(
  { rows, width, outputs }: (typeof scale)['software'],
  buffers: Buffers,
  queue: Queue,
): HotKernel[] {
  const sizes: [LinearRole, LinearSize][] = [
    ['forward', [rows, width, outputs]],
    ['input', [rows, width, outputs]],
    ['weight', [rows, width, outputs]],
    ['decode', [64, width, outputs]],
    ['decode_few', [decodeAnswers, width, outputs]],
  ];
  return sizes.map(([role, size]) => {
    const product = new RaceProduct(role, size, buffers, queue);
    const [n, inputs, out] = size;
    return {
      what: `linear ${role}`,
      at: size.join('×'),
      flops: product.flops,
      bytes: 4 * (n * inputs + inputs * out + n * out),
      record: () => product.record(),
    };
  });
}

function attention(
  { tokens, prefix, width }: (typeof scale)['software'],
  buffers: Buffers,
  queue: Queue,
): HotKernel[] {
  const heads = width / headDim;
  const shape = { heads, kvHeads: heads, headDim };
  const random = new Random(1, 5);
  const rows = (name: string, count: number) =>
    buffers.from(
      `bench.${name}`,
      Float32Array.from({ length: count * width }, () => random.float() - 0.5),
    );
  const keys = (name: string, count: number) => ({
    k: rows(`${name}.k`, count),
    v: rows(`${name}.v`, count),
  });
  const work = uploadAttentionTiles(
    buffers,
    buildAttentionTiles(layoutGroups([{ prefix: tokens, suffixes: [] }]), shape),
  );
  const qkv = { q: rows('q', tokens), ...keys('keys', tokens) };
  const o = buffers.storage('bench.o', tokens * width * 4);
  const ld = buffers.storage('bench.ld', tokens * heads * 8);
  const dO = rows('dO', tokens);
  const dQkv = { q: rows('dQ', tokens), ...keys('gradient', tokens) };
  const pairs = attendedPairs({ promptTokens: tokens, answers: 0, answerTokens: 1 });

  const table = buildDecodeTable(
    [{ rowBegin: 0, rowEnd: decodeAnswers, prefixBegin: 0, prefixEnd: prefix }],
    decodeAnswers,
    shape,
  );
  const decodeWork = uploadDecodeWork(buffers, table, decodeOwn, shape);
  const prompt = keys('prompt', prefix);
  const own = keys('own', decodeAnswers * decodeOwn);
  const fresh = rows('fresh', decodeAnswers);
  const decoded = buffers.storage('bench.decoded', decodeAnswers * width * 4);
  return [
    {
      what: 'attention forward',
      at: `T ${tokens}, d ${width}`,
      flops: 4 * width * pairs,
      bytes: 4 * tokens * 4 * width,
      record: () => attentionForward(queue, qkv, o, ld, work, shape),
    },
    {
      what: 'attention backward (5 products)',
      at: `T ${tokens}, d ${width}`,
      flops: 10 * width * pairs,
      bytes: 4 * tokens * 8 * width,
      record: () => {
        attentionD(queue, o, dO, ld, tokens, shape);
        attentionBackwardQ(queue, qkv, dO, ld, dQkv.q, work, shape);
        attentionBackwardKV(queue, qkv, dO, ld, dQkv, work, shape);
      },
    },
    {
      what: 'attention decode',
      at: `G ${decodeAnswers}, T ${prefix}, d ${width}`,
      flops: 4 * width * decodeAnswers * (prefix + decodeOwn),
      bytes: 4 * 2 * width * (prefix + decodeAnswers * decodeOwn),
      record: () => attentionDecode(queue, fresh, prompt, own, decoded, decodeWork, decodeOwn - 1, shape),
    },
  ];
}

function logProbs(count: number, vocab: number, buffers: Buffers, queue: Queue): HotKernel[] {
  const random = new Random(1, 6);
  const logits = buffers.from(
    'bench.logits',
    Float32Array.from({ length: count * vocab }, () => random.float() * 8 - 4),
  );
  const pair = () => ({
    target: random.int(vocab),
    oldLogprob: -7,
    refLogprob: -7,
    advantage: 1,
    weight: 1 / count,
  });
  const pairs = buffers.from('bench.pairs', packPairs(Array.from({ length: count }, pair)));
  const results = buffers.storage('bench.results', count * 16);
  const gradients = buffers.storage('bench.gradients', count * 16);
  const scratch = buffers.storage('bench.scratch', logProbScratchBytes(count));
  const at = `${count}×${vocab}`;
  return [
    {
      what: 'log-prob forward',
      at,
      flops: 0,
      bytes: 4 * count * vocab,
      record: () => logProbForward(queue, logits, pairs, results, scratch, 0, count, vocab, 1),
    },
    {
      // In place: the same logits get smaller from run to run, which costs the same.
      what: 'log-prob backward',
      at,
      flops: 0,
      bytes: 8 * count * vocab,
      record: () => logProbBackward(queue, logits, pairs, results, gradients, 0, count, vocab, 1),
    },
  ];
}

function adamW(count: number, buffers: Buffers, queue: Queue): HotKernel {
  const storage = (name: string) => buffers.storage(`bench.adamw.${name}`, count * 4);
  const [p, g, m, v] = ['p', 'g', 'm', 'v'].map(storage);
  const decayMask = buffers.storage('bench.adamw.mask', decayMaskLength(count) * 4);
  const norm = buffers.from('bench.adamw.norm', new Float32Array([1]));
  const step = {
    count,
    step: 1,
    learningRate: 1e-4,
    beta1: 0.9,
    beta2: 0.99,
    epsilon: 1e-8,
    weightDecay: 0.01,
    maxGradNorm: 1,
  };
  return {
    what: 'AdamW',
    at: `${count / 2 ** 20} Mi parameters`,
    flops: 0,
    bytes: adamWBytes(count),
    record: () => adamWStep(queue, { p, g, m, v, decayMask, norm }, step),
  };
}
