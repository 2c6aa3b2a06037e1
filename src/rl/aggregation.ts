/**
 * @file Loss aggregation as weights: each mode says how much a token counts, so that loss = Σ weight · token loss and
 * the GPU needs no knowledge of modes (verl `agg_loss`; reference, section 7.1).
 *
 * Words: a *row* is one answer; n is its number of unmasked tokens; N is the number of rows with n > 0; T is the
 * longest response allowed.
 */

export type LossAggregation =
  | 'token-mean'
  | 'seq-mean-token-mean'
  | 'seq-mean-token-sum'
  | 'seq-mean-token-sum-norm'
  | 'token-sum';

export const LOSS_AGGREGATIONS: readonly LossAggregation[] = [
  'token-mean',
  'seq-mean-token-mean',
  'seq-mean-token-sum',
  'seq-mean-token-sum-norm',
  'token-sum',
];

export interface AggregationOptions {
  /** Tokens of the whole mini-batch, where these masks are only a part of it. Default: the tokens of these masks. */
  batchTokens?: number;
  /** Rows of the whole mini-batch. Default: N of these masks. */
  batchSequences?: number;
  /** Factor for gradients that are averaged over so many devices. Default 1. */
  dataParallelSize?: number;
  /** T of `seq-mean-token-sum-norm`. Default: the longest mask. */
  lossScaleFactor?: number;
  /** `seq-mean-token-sum-norm` before verl 0.7.1 did not divide by N. Default false. */
  undividedNorm?: boolean;
}

/** verl adds this to n in `seq-mean-token-mean`. */
const SEQUENCE_EPSILON = 1e-8;

function sum(mask: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < mask.length; i++) total += mask[i];
  return total;
}

/**
 * Token weights of rows whose 0/1 masks are given; rows may differ in length. No tokens at all give all zeros.
 *   token-mean               1 / Σ n
 *   seq-mean-token-sum       1 / N
 *   seq-mean-token-mean      1 / ((n + 1e-8) N)
 *   seq-mean-token-sum-norm  1 / (N T)
 *   token-sum                1
 */
export function aggregationWeights(
  mode: LossAggregation,
  masks: readonly ArrayLike<number>[],
  options: AggregationOptions = {},
): Float64Array[] {
  const counts = masks.map(sum);
  const tokens = options.batchTokens ?? counts.reduce((total, n) => total + n, 0);
  const sequences = options.batchSequences ?? counts.filter((n) => n > 0).length;
  const scale = options.lossScaleFactor ?? masks.reduce((longest, mask) => Math.max(longest, mask.length), 0);
  const parallel = options.dataParallelSize ?? 1;
  const weightOfRow = (n: number): number => {
    switch (mode) {
      case 'token-mean':
        return parallel / tokens;
      case 'seq-mean-token-sum':
        return parallel / sequences;
      case 'seq-mean-token-mean':
        return parallel / ((n + SEQUENCE_EPSILON) * sequences);
      case 'seq-mean-token-sum-norm':
        return options.undividedNorm === true ? 1 / scale : parallel / (sequences * scale);
      case 'token-sum':
        return parallel;
    }
    return mode satisfies never;
  };
  return masks.map((mask, row) => {
    const weight = counts[row] > 0 ? weightOfRow(counts[row]) : 0;
    return Float64Array.from(mask, (m) => m * weight);
  });
}

/**
 * Token weights of answers without inner masking, as the GPU takes them: one vector of `length` entries an answer.
 * `lossScaleFactor` is T, the longest response allowed.
 */
export function tokenWeights(
  lengths: readonly number[],
  mode: LossAggregation,
  lossScaleFactor?: number,
): Float32Array[] {
  const masks = lengths.map((length) => new Uint8Array(length).fill(1));
  return aggregationWeights(mode, masks, { lossScaleFactor }).map((weights) => Float32Array.from(weights));
}

/**
 * What a token mean is taken over: the whole mini-batch (verl, DAPO), each prompt's group (paper Eq. 6), or each
 * micro-batch (the released fork).
 */
export type TokenMeanScope = 'mini-batch' | 'group' | 'micro-batch';

export interface MiniBatchOptions {
  mode: LossAggregation;
  /** Matters to `token-mean` only. */
  tokenMeanOver: TokenMeanScope;
  /** Answers a micro-batch, in order; the last may hold fewer. */
  microBatchSize: number;
  /** T, the longest response allowed. */
  lossScaleFactor: number;
}

/**
 * Token weights of a mini-batch, answer by answer; `groups[i]` holds the answer lengths of group i. With `token-mean`:
 *   mini-batch   1 / Σ n
 *   group        1 / (groups · Σ n of its group)
 *   micro-batch  answers of its micro-batch / (answers · Σ n of its micro-batch)
 */
export function miniBatchWeights(
  groups: readonly (readonly number[])[],
  { mode, tokenMeanOver, microBatchSize, lossScaleFactor }: MiniBatchOptions,
): Float32Array[] {
  const lengths = groups.flat();
  if (mode !== 'token-mean') return tokenWeights(lengths, mode, lossScaleFactor);
  switch (tokenMeanOver) {
    case 'mini-batch':
      return tokenWeights(lengths, mode);
    case 'group':
      return partwiseTokenMean(groups, () => 1 / groups.length);
    case 'micro-batch': {
      const parts: number[][] = [];
      for (let i = 0; i < lengths.length; i += microBatchSize)
        parts.push(lengths.slice(i, i + microBatchSize));
      return partwiseTokenMean(parts, (part) => part.length / lengths.length);
    }
  }
  return tokenMeanOver satisfies never;
}

/** The token mean of each part, times the share of the part. */
function partwiseTokenMean(
  parts: readonly (readonly number[])[],
  shareOf: (part: readonly number[]) => number,
): Float32Array[] {
  return parts.flatMap((lengths) => {
    const masks = lengths.map((length) => new Uint8Array(length).fill(1));
    const share = shareOf(lengths);
    return aggregationWeights('token-mean', masks).map((row) =>
      Float32Array.from(row, (weight) => weight * share),
    );
  });
}

/**
 * The weights of the released QwenLong-L1 fork for one micro-batch: token level is the token mean; otherwise the mean
 * over **all** rows of the token sum over max(n, 1).
 */
export function forkAggregationWeights(
  useTokenLevelLoss: boolean,
  masks: readonly ArrayLike<number>[],
): Float64Array[] {
  if (useTokenLevelLoss) return aggregationWeights('token-mean', masks);
  return masks.map((mask) => {
    const weight = 1 / (Math.max(sum(mask), 1) * masks.length);
    return Float64Array.from(mask, (m) => m * weight);
  });
}
