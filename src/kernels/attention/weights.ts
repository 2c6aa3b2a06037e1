/**
 * @file The attention that keys get from a run of query rows of one sequence, summed over rows and heads, from what the
 * forward kernel left. Work is cut between keys, and between blocks of rows where the rows are many.
 */
import { defineKernel, grid, type Kernel, type Piece, type Queue, type Slice } from '../../gpu';
import type { AttentionShape, Qkv } from '../shared/attention-shape';
import { attentionScale } from './attention';
import code from './attention-weights.wgsl?raw';
import { forHeadDim } from './template';
import { unlimited } from './tiles';

const params = {
  keyBegin: 'u32',
  keyEnd: 'u32',
  queryBegin: 'u32',
  queryFrom: 'u32',
  queryTo: 'u32',
  heads: 'u32',
  kvHeads: 'u32',
  vectors: 'u32',
  window: 'u32',
  scaleLog2: 'f32',
} as const;

/** Rows after which a sum can be interrupted: `queryBlock` of the shader. */
const queryBlock = 64;
/** Blocks of one dispatch at most, so that no thread runs long. */
const maxBlocks = 8;

const made = new Map<number, Kernel<typeof params>>();

function kernelFor(headDim: number): Kernel<typeof params> {
  let kernel = made.get(headDim);
  if (!kernel) {
    kernel = defineKernel({
      label: `attention.received.${headDim}`,
      code: forHeadDim(code, headDim),
      entryPoint: 'received',
      storage: ['read', 'read', 'read', 'read-write'],
      params,
    });
    made.set(headDim, kernel);
  }
  return kernel;
}

/** The kernel for one head dimension, to be prepared. */
export function attentionWeightsKernels(headDim: number): readonly Kernel[] {
  return [kernelFor(headDim) as unknown as Kernel];
}

/**
 * weights[queries.end]: for each row as a key, the sum of the probabilities that the rows `queries` give it, over all
 * query heads. Together they are the number of these rows times `heads`.
 * @param q, k rows of one sequence from row 0, rotated.
 * @param ld of the forward kernel over the same rows.
 * @param queries half-open range of rows, not empty.
 * @param window keys a row sees at most, itself included; null = all.
 */
export function attentionWeights(
  queue: Queue,
  { q, k }: Omit<Qkv, 'v'>,
  ld: Slice,
  weights: Slice,
  queries: { begin: number; end: number },
  shape: AttentionShape,
  window: number | null = null,
): void {
  const { begin: queryBegin, end: queryEnd } = queries;
  const { heads, kvHeads, headDim } = shape;
  // Keys behind the last row are seen by none.
  const keys = queryEnd;
  const values = {
    queryBegin,
    heads,
    kvHeads,
    vectors: headDim / 4,
    window: window ?? unlimited,
    scaleLog2: attentionScale(shape) * Math.LOG2E,
  };
  const pairCost = heads * (headDim * 2 + 4);

  function* pieces(): Generator<Piece<typeof params>, void, undefined> {
    for (let queryFrom = queryBegin; queryFrom < queryEnd; ) {
      const blocks = Math.floor(queue.sliceBudgetFlops / (keys * queryBlock * pairCost));
      const rows = Math.max(1, Math.min(maxBlocks, blocks)) * queryBlock;
      const queryTo = Math.min(queryFrom + rows, queryEnd);
      const keyCost = (queryTo - queryFrom) * pairCost;
      for (let keyBegin = 0; keyBegin < keys; ) {
        const most = Math.max(1, Math.floor(queue.sliceBudgetFlops / keyCost / 64)) * 64;
        const keyEnd = Math.min(keyBegin + most, keys);
        const workgroups = grid(Math.ceil((keyEnd - keyBegin) / 64));
        const range = { keyBegin, keyEnd, queryFrom, queryTo };
        yield { params: { ...values, ...range }, workgroups, flops: (keyEnd - keyBegin) * keyCost };
        keyBegin = keyEnd;
      }
      queryFrom = queryTo;
    }
  }
  queue.runPieces(kernelFor(headDim), [q, k, ld, weights], pieces());
}
