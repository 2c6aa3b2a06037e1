/**
 * @file The variants of the linear layer's products, as data: a source, its tile sizes and what it needs of a device.
 *
 * Every variant adds each element in the same order, so on one adapter all give the same bits; they differ in speed.
 * A *role* is a product at one scale of rows, for which a variant is chosen on its own.
 */
import { defineKernel, type Gpu, type Kernel } from '../../gpu';
import { hasWideSubgroups } from '../shared/subgroups';
import { specialise } from '../shared/template';
import ownCode from './linear.wgsl?raw';
import fewCode from './linear-few.wgsl?raw';
import subgroupCode from './linear-subgroup.wgsl?raw';
import workgroupCode from './linear-workgroup.wgsl?raw';
import registerTileCode from './register-tile.wgsl?raw';

/** linear.wgsl with the tile that it shares with the products of 16-bit weights. */
export const linearCode = ownCode + registerTileCode;

/** Members of `Params` in the shaders. */
export const linearParams = {
  begin: 'u32',
  end: 'u32',
  depth: 'u32',
  width: 'u32',
  height: 'u32',
  accumulate: 'u32',
  has_bias: 'u32',
  split_rows: 'u32',
  splits: 'u32',
  top: 'u32',
  first_split: 'u32',
} as const;

/**
 * forward: Y of many rows, as in training; decode: Y of at most 256 rows, one a rollout; decode_few: Y of at most
 * eight rows; input: dX; weight: dW.
 */
export const linearRoles = ['forward', 'decode', 'decode_few', 'input', 'weight'] as const;
export type LinearRole = (typeof linearRoles)[number];

/** The name of the variant that each role uses. */
export type LinearChoice = Readonly<Record<LinearRole, string>>;

/** Rows of Y up to which the decode roles serve a forward product. */
export const decodeRows = 256;
export const decodeFewRows = 8;

/** A kernel and the part of the result, in rows and columns, that a workgroup owns. */
export interface Tiled {
  kernel: Kernel<typeof linearParams>;
  rows: number;
  columns: number;
  /** With smaller tiles and the same bits, for results of too few tiles to fill a GPU. */
  small?: Tiled;
}

export interface LinearVariant {
  name: string;
  /** Subgroups of at least eight lanes. */
  subgroups: boolean;
  /** Barriers: slow where a CPU plays the GPU. */
  barriers: boolean;
  /** The kernels of the roles it serves. */
  kernels: Partial<Record<LinearRole, Tiled>>;
}

type Sizes = Readonly<Record<string, number>>;

function product(name: string, source: string, byRow: boolean, rows: number, columns: number): Tiled {
  const kernel = defineKernel({
    label: `linear.${byRow ? 'backward_input' : 'forward'}.${name}`,
    code: source,
    entryPoint: 'product',
    storage: ['read', 'read', 'read', 'read-write'],
    params: linearParams,
    constants: { weights_by_row: byRow ? 1 : 0 },
  });
  return { kernel, rows, columns };
}

function weight(name: string, source: string, rows: number, columns: number, constants?: Sizes): Tiled {
  const kernel = defineKernel({
    label: `linear.backward_weight.${name}`,
    code: source,
    entryPoint: 'weight',
    storage: ['read', 'read', 'read-write'],
    params: linearParams,
    constants,
  });
  return { kernel, rows, columns };
}

/** All roles of a variant whose tile is `rows` × `columns` in each of them. */
function everyRole(forward: Tiled, input: Tiled, dW: Tiled): LinearVariant['kernels'] {
  return { forward, decode: forward, decode_few: forward, input, weight: dW };
}

/** Register tiles of `rows` × 4 a thread, no workgroup memory; one row serves only decoding. */
function register(rows: 1 | 4 | 8): LinearVariant {
  const name = `register-${rows}x4`;
  const source = specialise(linearCode, { ROWS: rows, ROW_VECTORS: Math.max(1, rows / 4) });
  const forward = product(name, source, false, 8 * rows, 32);
  return {
    name,
    subgroups: false,
    barriers: false,
    kernels:
      rows === 1
        ? { decode: forward, decode_few: forward }
        : everyRole(forward, product(name, source, true, 8 * rows, 32), weight(name, source, 8 * rows, 32)),
  };
}

/** Workgroup tiles of `rows` × `columns`, of which a thread owns `threadRows` × `threadColumns`. */
function workgroup(rows: number, columns: number, threadRows: number, threadColumns: number): LinearVariant {
  const name = `workgroup-${rows}x${columns}-${threadRows}x${threadColumns}`;
  const threads = (rows / threadRows) * (columns / threadColumns);
  const source = specialise(workgroupCode, {
    TILE_ROWS: rows / 4,
    TILE_COLUMNS: columns / 4,
    ROW_VECTORS: threadRows / 4,
    COLUMN_VECTORS: threadColumns / 4,
    BLOCKS: Math.ceil((rows + columns) / threads),
    FOUR: 4,
    LOOPS: threadRows * threadColumns > 16 ? 1 : 0,
  });
  return {
    name,
    subgroups: false,
    barriers: true,
    kernels: everyRole(
      product(name, source, false, rows, columns),
      product(name, source, true, rows, columns),
      weight(name, source, rows, columns, { weights_by_row: 1, a_by_k: 1 }),
    ),
  };
}

/** Eight rows by sixteen columns in workgroup memory, long steps along the depth: decoding on a GPU. */
function few(): LinearVariant {
  const name = 'few-8x16';
  const kernel = defineKernel({
    label: `linear.forward.${name}`,
    code: specialise(fewCode, { FETCHES: 12 }),
    entryPoint: 'product',
    storage: ['read', 'read', 'read', 'read-write'],
    params: linearParams,
  });
  const forward: Tiled = { kernel, rows: 8, columns: 16 };
  return { name, subgroups: false, barriers: true, kernels: { decode: forward, decode_few: forward } };
}

/** Pieces of eight rows loaded once a subgroup and handed round. */
function subgroup(rows: 8 | 16 | 32): LinearVariant {
  const name = `subgroup-${rows}`;
  const rowVectors = rows / 4;
  const source = specialise(subgroupCode, {
    PIECES: rows / 8,
    EIGHT: 8,
    ROW_VECTORS: rowVectors,
    TURN_ROWS: Math.max(1, 8 / rowVectors),
  });
  const forward = product(name, source, false, rows, 64);
  return {
    name,
    subgroups: true,
    barriers: false,
    kernels:
      rows === 8
        ? { decode: forward, decode_few: forward }
        : everyRole(forward, product(name, source, true, rows, 64), weight(name, source, rows, 64)),
  };
}

/** Every variant; where two are equally fast the earlier one wins a race. */
export const linearVariants: readonly LinearVariant[] = [
  subgroup(8),
  subgroup(16),
  subgroup(32),
  register(1),
  register(4),
  register(8),
  few(),
  workgroup(32, 32, 4, 4),
  workgroup(64, 64, 4, 4),
  workgroup(64, 64, 8, 8),
  workgroup(128, 64, 8, 8),
];

export function linearVariant(name: string): LinearVariant | undefined {
  return linearVariants.find((variant) => variant.name === name);
}

/** Whether this device can run a variant. */
export function runsOn(gpu: Gpu, variant: LinearVariant): boolean {
  return !variant.subgroups || hasWideSubgroups(gpu);
}

/** The choice without a race: by the kind of adapter. */
export function defaultLinearChoice(gpu: Gpu): LinearChoice {
  if (!gpu.adapter.software)
    return { ...choiceOf('workgroup-64x64-4x4'), decode: 'workgroup-32x32-4x4', decode_few: 'few-8x16' };
  if (!hasWideSubgroups(gpu)) return portableLinearChoice;
  return { ...choiceOf('subgroup-32'), decode_few: 'subgroup-8' };
}

/** The choice that every device can run. */
export const portableLinearChoice: LinearChoice = choiceOf('register-4x4');

function choiceOf(name: string): LinearChoice {
  return { forward: name, decode: name, decode_few: name, input: name, weight: name };
}

export type LinearTiles = Record<LinearRole, Tiled>;

/** On GPUs, where the tiles of a choice are too few. */
const smallTiles = 'workgroup-32x32-4x4';

/** The kernels of a choice. @throws Error for a variant that does not exist or does not serve the role. */
export function linearTiles(choice: LinearChoice): LinearTiles {
  const tiled = (role: LinearRole): Tiled => {
    const variant = linearVariant(choice[role]);
    const found = variant?.kernels[role];
    if (!found) throw new Error(`no linear variant ${choice[role]} for ${role}`);
    const small = variant.barriers ? linearVariant(smallTiles)?.kernels[role] : undefined;
    return small && small.rows * small.columns < found.rows * found.columns ? { ...found, small } : found;
  };
  return {
    forward: tiled('forward'),
    decode: tiled('decode'),
    decode_few: tiled('decode_few'),
    input: tiled('input'),
    weight: tiled('weight'),
  };
}
