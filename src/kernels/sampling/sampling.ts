/**
 * @file Draws one token a row on the GPU and keeps the rows' state there, so that many decode steps can be recorded
 * in one submit. Same seed, purpose, step and row table: same tokens, whatever the batch.
 */
import { defineKernel, type Kernel, type ParamValues, type Piece, type Queue, type Slice } from '../../gpu';
import philoxCode from './philox.wgsl?raw';
import samplingCode from './sampling.wgsl?raw';

const splits = 32;
/** Threads of a workgroup, and passes of `truncate` over the logits. */
const lanes = 64;
const truncatePasses = 36;
const code = `${philoxCode}\n${samplingCode}`;
const params = {
  rows: 'u32',
  vocab: 'u32',
  position: 'u32',
  maxNew: 'u32',
  seed: 'u32',
  purpose: 'u32',
  step: 'u32',
  eosToken: 'u32',
  padToken: 'u32',
  temperature: 'f32',
  topK: 'u32',
  topP: 'f32',
  greedy: 'u32',
  truncated: 'u32',
  passes: 'u32',
  splits: 'u32',
  firstRow: 'u32',
  passBegin: 'u32',
  passEnd: 'u32',
} as const;

const scan = defineKernel({
  label: 'sampling.scan',
  code,
  entryPoint: 'scan',
  storage: ['read', 'read', 'read', 'read-write'],
  params,
});
const truncate = defineKernel({
  label: 'sampling.truncate',
  code,
  entryPoint: 'truncate',
  storage: ['read', 'read', 'read', 'read-write'],
  params,
});
const finish = defineKernel({
  label: 'sampling.finish',
  code,
  entryPoint: 'finish',
  storage: ['read-write', 'read-write', 'read-write', 'read-write', 'read-write', 'read-write'],
  params,
});

export const samplingKernels: readonly Kernel[] = [scan, truncate, finish];

/** The buffers of one batch of rollouts. */
export interface SamplingBuffers {
  /** u32 [rows, 2]: promptIndex and sample, both below 65,536: the row's identity in the noise. */
  rowTable: Slice;
  /** u32 [rows, 2]: done, length. Clear before the first step; write done = 1 for rows that hold no rollout. */
  state: Slice;
  /** u32 [4]: word 0 counts the rows that drew the end token. Clear before the first step. */
  doneCount: Slice;
  /** u32 [rows]: the token just drawn, pad in rows that ended: the next step's input. */
  nextToken: Slice;
  /** u32 [rows, maxNew]. */
  tokens: Slice;
  /** f32 [rows, maxNew, 4]: logp under the full softmax, logp over the truncated support, entropy, 0. */
  stats: Slice;
  /** `samplingScratchBytes` bytes, its own buffer. */
  scratch: Slice;
}

export interface SampleStep {
  rows: number;
  vocab: number;
  /** Index of the token to draw, 0 for the first; below maxNew. */
  position: number;
  maxNew: number;
  seed: number;
  purpose: number;
  /** Optimiser step: a counter word of the noise. */
  step: number;
  eosToken: number;
  padToken: number;
  temperature: number;
  /** 0 = off. */
  topK: number;
  /** 1 = off. */
  topP: number;
  /** Take the most likely token; statistics are then those of temperature 1 without truncation. */
  greedy: boolean;
}

/** Bytes of the scratch buffer for `rows` rows. */
export function samplingScratchBytes(rows: number): number {
  return rows * (2 * splits + 2) * 16;
}

/**
 * Draws token `position` of every row from logits[rows, vocab] and writes it, its statistics and the rows' state.
 * @throws Error when the position is beyond maxNew or the temperature is not positive.
 */
export function sampleTokens(queue: Queue, logits: Slice, buffers: SamplingBuffers, step: SampleStep): void {
  const { rows, vocab, greedy } = step;
  if (step.position >= step.maxNew) throw new Error(`token ${step.position} of ${step.maxNew}`);
  if (!greedy && !(step.temperature > 0)) throw new Error(`temperature ${step.temperature}`);
  const truncated = !greedy && ((step.topK > 0 && step.topK < vocab) || step.topP < 1);
  const values = {
    ...step,
    temperature: greedy ? 1 : step.temperature,
    // A share of nothing would keep nothing; the most likely token always stays.
    topP: Math.max(step.topP, 1e-6),
    greedy: greedy ? 1 : 0,
    truncated: 0,
    passes: truncated ? 1 : 3,
    splits,
    firstRow: 0,
    passBegin: 0,
    passEnd: 0,
  };
  const { rowTable, state, tokens, stats, nextToken, doneCount, scratch } = buffers;
  const slices = [logits, rowTable, state, scratch];
  queue.runPieces(scan, slices, scanPieces(queue, values));
  if (truncated) {
    queue.runPieces(truncate, slices, truncatePieces(queue, values));
    queue.runPieces(scan, slices, scanPieces(queue, { ...values, truncated: 1, passes: 2 }));
  }
  queue.run(
    finish,
    [state, tokens, stats, scratch, nextToken, doneCount],
    { ...values, truncated: truncated ? 1 : 0 },
    [Math.ceil(rows / lanes)],
    rows * splits * 8,
  );
}

type Values = ParamValues<typeof params>;
type Pieces = Generator<Piece<typeof params>, void, undefined>;

/** Rows in dispatches within the queue's slice. */
function* scanPieces(queue: Queue, values: Values): Pieces {
  const rowFlops = values.vocab * 80;
  const together = lanes / splits;
  for (let firstRow = 0; firstRow < values.rows; ) {
    const most = Math.floor(queue.sliceBudgetFlops / rowFlops / together);
    const rows = Math.min(values.rows, firstRow + Math.max(1, most) * together);
    const workgroups = [Math.ceil((rows - firstRow) / together)] as const;
    yield { params: { ...values, firstRow, rows }, workgroups, flops: (rows - firstRow) * rowFlops };
    firstRow = rows;
  }
}

/** A workgroup's rows through runs of passes within the queue's slice, then the next rows. */
function* truncatePieces(queue: Queue, values: Values): Pieces {
  const passFlops = values.vocab * 11;
  for (let firstRow = 0; firstRow < values.rows; ) {
    const whole = lanes * passFlops * truncatePasses;
    const many = Math.max(1, Math.floor(queue.sliceBudgetFlops / whole)) * lanes;
    const rows = Math.min(values.rows, firstRow + many);
    const workgroups = [Math.ceil((rows - firstRow) / lanes)] as const;
    const perPass = (rows - firstRow) * passFlops;
    for (let passBegin = 0; passBegin < truncatePasses; ) {
      const passes = Math.max(1, Math.floor(queue.sliceBudgetFlops / perPass));
      const passEnd = Math.min(truncatePasses, passBegin + passes);
      const flops = (passEnd - passBegin) * perPass;
      yield { params: { ...values, firstRow, rows, passBegin, passEnd }, workgroups, flops };
      passBegin = passEnd;
    }
    firstRow = rows;
  }
}
