/**
 * @file Linear layer Y = X Wᵀ (+ bias) and its gradients. W is [outputs, inputs] as in Hugging Face.
 *
 * A row's result never depends on how many rows the call has, and the split of the weight gradient depends on shapes
 * only: decoding and training agree, and every machine adds in the same order.
 */
import {
  defineKernel,
  grid,
  type Kernel,
  type Kernels,
  type ParamValues,
  type Piece,
  type Queue,
  type Slice,
} from '../../gpu';
import {
  decodeFewRows,
  decodeRows,
  defaultLinearChoice,
  type LinearChoice,
  type LinearTiles,
  linearCode,
  linearParams,
  linearTiles,
  linearVariants,
  portableLinearChoice,
  type Tiled,
} from './variants';

type Params = ParamValues<typeof linearParams>;

const sumPartials = defineKernel({
  label: 'linear.sum_partials',
  code: linearCode,
  entryPoint: 'sum_partials',
  storage: ['read', 'read-write'],
  params: linearParams,
});
const sumBias = defineKernel({
  label: 'linear.bias_gradient',
  code: linearCode,
  entryPoint: 'bias_gradient',
  storage: ['read', 'read-write'],
  params: linearParams,
});

/** Every kernel of every variant; those of a choice come from `linearKernelsFor`. */
export const linearKernels: readonly Kernel[] = [
  ...new Set(
    linearVariants.flatMap(({ kernels }) =>
      Object.values(kernels).map(({ kernel }) => kernel as unknown as Kernel),
    ),
  ),
  sumPartials,
  sumBias,
];

const tilesInUse = new WeakMap<Kernels, LinearTiles>();
const portableTiles = linearTiles(portableLinearChoice);
const tilesOf = (queue: Queue): LinearTiles => tilesInUse.get(queue.kernels) ?? portableTiles;

/**
 * Makes queues on these kernels use a choice of variants, and returns the kernels to prepare for them.
 * @throws Error for a variant that does not exist or does not serve its role.
 */
export function linearKernelsFor(
  kernels: Kernels,
  choice: LinearChoice = defaultLinearChoice(kernels.gpu),
): Kernel[] {
  return linearKernelsWith(kernels, linearTiles(choice));
}

/** The same for the tiles of some roles; the rest, which only a race leaves out, is portable and not in the list. */
export function linearKernelsWith(kernels: Kernels, tiles: Partial<LinearTiles>): Kernel[] {
  tilesInUse.set(kernels, { ...portableTiles, ...tiles });
  const products = new Set(
    Object.values(tiles)
      .flatMap((tiled) => (tiled.small ? [tiled, tiled.small] : [tiled]))
      .map(({ kernel }) => kernel as unknown as Kernel),
  );
  return [...products, sumPartials, sumBias];
}

export interface LinearShape {
  rows: number;
  /** Width of X, divisible by 4. */
  inputs: number;
  /** Width of Y, divisible by 4. */
  outputs: number;
  /** Add to what the result holds instead of replacing it. */
  accumulate?: boolean;
}

function check(name: string, { rows, inputs, outputs }: LinearShape): void {
  if (!Number.isInteger(rows) || rows < 0)
    throw new Error(`${name}: rows must be a whole number, got ${rows}`);
  for (const [side, width] of [
    ['inputs', inputs],
    ['outputs', outputs],
  ] as const) {
    if (!Number.isInteger(width) || width <= 0 || width % 4 !== 0) {
      throw new Error(`${name}: ${side} must be a positive multiple of 4, got ${width}`);
    }
  }
}

const none: Params = {
  begin: 0,
  end: 0,
  depth: 4,
  width: 4,
  height: 4,
  accumulate: 0,
  has_bias: 0,
  split_rows: 0,
  splits: 1,
  top: 0,
  first_split: 0,
};

/** Fewer workgroups than this leave much of a large GPU idle. */
const fewWorkgroups = 256;

/** The tiles for a result of this size, `splits` times over. */
function fitting(tiled: Tiled, rows: number, columns: number, splits = 1): Tiled {
  const workgroups = Math.ceil(rows / tiled.rows) * Math.ceil(columns / tiled.columns) * splits;
  return tiled.small && workgroups < fewWorkgroups ? tiled.small : tiled;
}

/**
 * Runs a product in dispatches of whole tiles that each stay within the queue's slice; a cut changes no result.
 * Without a bias its binding still needs a buffer: the weights stand in and are not read as one.
 */
function runProduct(
  queue: Queue,
  chosen: Tiled,
  slices: readonly [a: Slice, w: Slice, bias: Slice | null, result: Slice],
  size: { rows: number; depth: number; width: number },
  accumulate: boolean,
): void {
  const [a, w, bias, result] = slices;
  const { rows, depth, width } = size;
  const tiled = fitting(chosen, rows, width);
  const flopsPerRow = 2 * depth * width;
  const values = {
    ...none,
    depth,
    width,
    accumulate: accumulate ? 1 : 0,
    has_bias: bias ? 1 : 0,
  };
  function* pieces(): Generator<Piece<typeof linearParams>, void, undefined> {
    for (let begin = 0; begin < rows; ) {
      const step = Math.max(1, Math.floor(queue.sliceBudgetFlops / flopsPerRow / tiled.rows)) * tiled.rows;
      const end = Math.min(begin + step, rows);
      const workgroups = [Math.ceil(width / tiled.columns), Math.ceil((end - begin) / tiled.rows)] as const;
      yield { params: { ...values, begin, end }, workgroups, flops: (end - begin) * flopsPerRow };
      begin = end;
    }
  }
  queue.runPieces(tiled.kernel, [a, w, bias ?? w, result], pieces());
}

/** Y[rows, outputs] = X · Wᵀ (+ bias) (+ Y if `accumulate`: the residual). */
export function linearForward(
  queue: Queue,
  x: Slice,
  w: Slice,
  bias: Slice | null,
  y: Slice,
  shape: LinearShape,
): void {
  check('linearForward', shape);
  const { rows, inputs, outputs, accumulate = false } = shape;
  const role = rows <= decodeFewRows ? 'decode_few' : rows <= decodeRows ? 'decode' : 'forward';
  runProduct(
    queue,
    tilesOf(queue)[role],
    [x, w, bias, y],
    { rows, depth: inputs, width: outputs },
    accumulate,
  );
}

/** dX[rows, inputs] = dY · W (+ dX if `accumulate`). */
export function linearBackwardInput(queue: Queue, dY: Slice, w: Slice, dX: Slice, shape: LinearShape): void {
  check('linearBackwardInput', shape);
  const { rows, inputs, outputs, accumulate = false } = shape;
  runProduct(
    queue,
    tilesOf(queue).input,
    [dY, w, null, dX],
    { rows, depth: outputs, width: inputs },
    accumulate,
  );
}

const maxPartialsBytes = 16 * 2 ** 20;
const minSplitRows = 256;
const maxSplits = 32;

/** Into how many slices of rows the weight gradient is split: a function of the shape alone, at least 1. */
export function weightGradientSplits(rows: number, inputs: number, outputs: number): number {
  const fitting = Math.floor(maxPartialsBytes / (4 * inputs * outputs));
  return Math.max(1, Math.min(Math.floor(rows / minSplitRows), fitting, maxSplits));
}

/** Bytes `partials` needs for a call with this shape; 16 when it stays unused. Grows with `rows`. */
export function weightPartialsBytes(rows: number, inputs: number, outputs: number): number {
  const splits = weightGradientSplits(rows, inputs, outputs);
  return splits === 1 ? 16 : splits * inputs * outputs * 4;
}

/**
 * dW[outputs, inputs] = dYᵀ · X (+ dW if `accumulate`).
 * @param partials scratch of at least `weightPartialsBytes`; not the buffer of dW.
 */
export function linearBackwardWeight(
  queue: Queue,
  dY: Slice,
  x: Slice,
  partials: Slice,
  dW: Slice,
  shape: LinearShape,
): void {
  check('linearBackwardWeight', shape);
  const { rows, inputs, outputs } = shape;
  const splits = weightGradientSplits(rows, inputs, outputs);
  const tiled = fitting(tilesOf(queue).weight, outputs, inputs, splits);
  const accumulate = shape.accumulate ? 1 : 0;
  const values: Params = {
    ...none,
    end: rows,
    width: inputs,
    height: outputs,
    split_rows: Math.ceil(rows / splits),
  };
  const need = splits === 1 ? 0 : weightPartialsBytes(rows, inputs, outputs);
  if (partials.size < need)
    throw new Error(`linearBackwardWeight: partials need ${need} bytes, got ${partials.size}`);
  const target = splits === 1 ? dW : partials;
  const ofOneSplit = { ...values, accumulate: splits === 1 ? accumulate : 0 };
  queue.runPieces(tiled.kernel, [dY, x, target], weightPieces(queue, tiled, ofOneSplit, splits));
  if (splits === 1) return;
  const elements = inputs * outputs;
  queue.run(
    sumPartials,
    [partials, dW],
    { ...values, splits, accumulate },
    grid(Math.ceil(elements / 256)),
    splits * elements,
  );
}

/**
 * The weight gradient in dispatches within the queue's slice: whole splits while they fit, else rows of tiles of one
 * split. A cut changes no result.
 */
function* weightPieces(
  queue: Queue,
  tiled: Tiled,
  values: Params,
  splits: number,
): Generator<Piece<typeof linearParams>, void, undefined> {
  const { width, height, split_rows } = values;
  const columns = Math.ceil(width / tiled.columns);
  const tiles = Math.ceil(height / tiled.rows);
  const tileFlops = 2 * split_rows * width * tiled.rows;
  for (let split = 0, tile = 0; split < splits; ) {
    const most = Math.max(1, Math.floor(queue.sliceBudgetFlops / tileFlops));
    const wholeSplits = tile === 0 ? Math.min(splits - split, Math.floor(most / tiles)) : 0;
    const [down, deep] = wholeSplits > 0 ? [tiles, wholeSplits] : [Math.min(most, tiles - tile), 1];
    yield {
      params: { ...values, top: tile * tiled.rows, first_split: split },
      workgroups: [columns, down, deep],
      flops: down * deep * tileFlops,
    };
    if (tile + down < tiles) tile += down;
    else [split, tile] = [split + deep, 0];
  }
}

/** dBias[outputs] = Σ over rows of dY (+ dBias if `accumulate`). */
export function biasGradient(
  queue: Queue,
  dY: Slice,
  dBias: Slice,
  shape: { rows: number; outputs: number; accumulate?: boolean },
): void {
  const { rows, outputs, accumulate } = shape;
  check('biasGradient', { rows, inputs: 4, outputs });
  const values = { ...none, end: rows, width: outputs, accumulate: accumulate ? 1 : 0 };
  queue.run(sumBias, [dY, dBias], values, [Math.ceil(outputs / 32)], rows * outputs);
}
