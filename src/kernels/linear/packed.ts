/**
 * @file The product with weights stored as 16-bit floats, for decoding alone: half of the bytes that a decode step reads.
 * Variants of one arithmetic differ in speed and not in bits: those of f32 differ from f32 weights by what rounding these
 * does, those of f16 by the rounding of inputs and products too.
 */
import {
  defineKernel,
  type Gpu,
  grid,
  type Kernel,
  type Kernels,
  type Piece,
  type Queue,
  type Slice,
} from '../../gpu';
import { specialise } from '../shared/template';
import type { LinearShape } from './linear';
import code from './linear-packed.wgsl?raw';
import halfCode from './packed-f16.wgsl?raw';
import singleCode from './packed-f32.wgsl?raw';
import registerTileCode from './register-tile.wgsl?raw';

const params = {
  begin: 'u32',
  end: 'u32',
  depth: 'u32',
  width: 'u32',
  accumulate: 'u32',
  has_bias: 'u32',
  top: 'u32',
} as const;

const none = { begin: 0, end: 0, depth: 4, width: 4, accumulate: 0, has_bias: 0, top: 0 };

export interface PackedVariant {
  name: string;
  /** What products are computed in; f16 takes the device feature `shader-f16`. */
  arithmetic: 'f32' | 'f16';
  kernel: Kernel<typeof params>;
  /** Rows of the result that a workgroup of 32 columns owns. */
  rows: number;
}

const arithmetics = { f32: singleCode, f16: halfCode };
const sourceOf = (arithmetic: PackedVariant['arithmetic']) =>
  arithmetics[arithmetic] + code + registerTileCode;

function register(rows: 1 | 2 | 4 | 8, arithmetic: PackedVariant['arithmetic']): PackedVariant {
  const name = `packed-${arithmetic === 'f16' ? 'f16-' : ''}${rows}x4`;
  const kernel = defineKernel({
    label: `linear.${name}`,
    code: specialise(sourceOf(arithmetic), { ROWS: rows }),
    entryPoint: 'product',
    storage: ['read', 'read', 'read', 'read-write'],
    params,
  });
  return { name, arithmetic, kernel, rows: 8 * rows };
}

/** Every variant; where two are equally fast the earlier one wins a race. */
export const packedVariants: readonly PackedVariant[] = (['f32', 'f16'] as const).flatMap((arithmetic) =>
  ([1, 2, 4, 8] as const).map((rows) => register(rows, arithmetic)),
);

/** Whether this device can run a variant. */
export function packedRunsOn(gpu: Gpu, { arithmetic }: PackedVariant): boolean {
  return arithmetic === 'f32' || gpu.device.features.has('shader-f16');
}

/** The name of the variant without a race. */
export const defaultPacked = packedVariants[0].name;

const pack = defineKernel({
  label: 'linear.pack',
  code: sourceOf('f32'),
  entryPoint: 'pack',
  storage: ['read', 'read-write'],
  params,
});

const inUse = new WeakMap<Kernels, PackedVariant>();

/** Makes queues on these kernels use a variant, and returns the kernels to prepare for it. @throws Error for an unknown name. */
export function packedKernelsFor(kernels: Kernels, name: string): Kernel[] {
  const variant = packedVariants.find((each) => each.name === name);
  if (!variant) throw new Error(`no packed variant ${name}`);
  return packedKernelsWith(kernels, variant);
}

/** The same for a variant that need not be in the list. */
export function packedKernelsWith(kernels: Kernels, variant: PackedVariant): Kernel[] {
  inUse.set(kernels, variant);
  return [variant.kernel as unknown as Kernel, pack as unknown as Kernel];
}

function variantOf(queue: Queue): PackedVariant {
  const variant = inUse.get(queue.kernels);
  if (!variant) throw new Error('no packed variant was chosen');
  return variant;
}

/** Bytes of `count` packed weights. */
export function packedBytes(count: number): number {
  return count * 2;
}

/**
 * packed = weights as f16, rounded, and clamped to ±65,504.
 * @param count a multiple of 4.
 */
export function packWeights(queue: Queue, weights: Slice, packed: Slice, count: number): void {
  if (count % 4 !== 0) throw new Error(`packing ${count} weights`);
  const values = { ...none, end: count / 4 };
  queue.run(pack, [weights, packed], values, grid(Math.ceil(count / 256)), count);
}

/**
 * Y[rows, outputs] = X · Wᵀ (+ bias) (+ Y if `accumulate`).
 * @param packed the whole packed buffer; W begins at its float `at`, a multiple of 4.
 */
export function linearPackedForward(
  queue: Queue,
  x: Slice,
  packed: Slice,
  at: number,
  bias: Slice | null,
  y: Slice,
  { rows, inputs: depth, outputs: width, accumulate = false }: LinearShape,
): void {
  const { kernel, rows: tileRows } = variantOf(queue);
  const values = {
    ...none,
    depth,
    width,
    accumulate: accumulate ? 1 : 0,
    has_bias: bias ? 1 : 0,
    top: at / 4,
  };
  const flopsPerRow = 2 * depth * width;
  function* pieces(): Generator<Piece<typeof params>, void, undefined> {
    for (let begin = 0; begin < rows; ) {
      const most = Math.floor(queue.sliceBudgetFlops / flopsPerRow / tileRows);
      const end = Math.min(begin + Math.max(1, most) * tileRows, rows);
      const workgroups = [Math.ceil(width / 32), Math.ceil((end - begin) / tileRows)] as const;
      yield { params: { ...values, begin, end }, workgroups, flops: (end - begin) * flopsPerRow };
      begin = end;
    }
  }
  // Without a bias its binding still needs a buffer: the input stands in and is not read as one.
  queue.runPieces(kernel, [x, packed, bias ?? x, y], pieces());
}
