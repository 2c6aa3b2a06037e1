/** @file Token embedding: gather forward, and a gradient without atomics over a token index made on the CPU. */
import { defineKernel, grid, type Kernel, type Queue, type Slice } from '../../gpu';
import code from './embedding.wgsl?raw';

const forward = defineKernel({
  label: 'embedding.forward',
  code,
  entryPoint: 'forward',
  storage: ['read', 'read', 'read-write'],
  params: { count: 'u32', width: 'u32' },
});

const backward = defineKernel({
  label: 'embedding.backward',
  code,
  entryPoint: 'backward',
  storage: ['read', 'read-write', 'read'],
  params: { count: 'u32', width: 'u32' },
});

export const embeddingKernels: readonly Kernel[] = [forward, backward];

/** The rows of each distinct token, as compressed rows: token `distinct[p]` stands in `positions[offsets[p]..offsets[p+1])`. */
export interface TokenIndex {
  distinct: Uint32Array;
  offsets: Uint32Array;
  positions: Uint32Array;
  /** The three one after the other, as the kernel binds them. */
  packed: Uint32Array;
}

/** Sorts rows by token, in ascending token and row order. */
export function buildTokenIndex(tokens: ArrayLike<number>): TokenIndex {
  const counts = new Map<number, number>();
  for (let row = 0; row < tokens.length; row++) counts.set(tokens[row], (counts.get(tokens[row]) ?? 0) + 1);
  const found = Uint32Array.from(counts.keys()).sort();
  const packed = new Uint32Array(tokenIndexLength(found.length, tokens.length));
  const distinct = packed.subarray(0, found.length);
  const offsets = packed.subarray(found.length, 2 * found.length + 1);
  const positions = packed.subarray(2 * found.length + 1);
  distinct.set(found);
  const next = new Map<number, number>();
  found.forEach((token, p) => {
    next.set(token, offsets[p]);
    offsets[p + 1] = offsets[p] + (counts.get(token) ?? 0);
  });
  for (let row = 0; row < tokens.length; row++) {
    const at = next.get(tokens[row]) ?? 0;
    positions[at] = row;
    next.set(tokens[row], at + 1);
  }
  return { distinct, offsets, positions, packed };
}

/** Words of a packed index. */
export function tokenIndexLength(distinct: number, rows: number): number {
  return 2 * distinct + 1 + rows;
}

function checkWidth(name: string, width: number): void {
  if (!Number.isInteger(width) || width <= 0 || width % 4 !== 0) {
    throw new Error(`${name}: width must be a positive multiple of 4, got ${width}`);
  }
}

/** X[row] = E[tokens[row]]; every token must be below the vocabulary size. */
export function embeddingForward(
  queue: Queue,
  tokens: Slice,
  e: Slice,
  x: Slice,
  rows: number,
  width: number,
): void {
  checkWidth('embeddingForward', width);
  queue.run(
    forward,
    [tokens, e, x],
    { count: rows, width },
    grid(Math.ceil((rows * width) / 256)),
    rows * width,
  );
}

/**
 * dE[token] += Σ of dX over the token's rows. Rows of dE whose token does not occur stay as they are.
 * @param index the `packed` words of a token index.
 * @param distinct how many distinct tokens it holds.
 */
export function embeddingBackward(
  queue: Queue,
  dX: Slice,
  dE: Slice,
  index: Slice,
  distinct: number,
  rows: number,
  width: number,
): void {
  checkWidth('embeddingBackward', width);
  queue.run(
    backward,
    [dX, dE, index],
    { count: distinct, width },
    grid(Math.ceil((distinct * width) / 256)),
    rows * width,
  );
}
