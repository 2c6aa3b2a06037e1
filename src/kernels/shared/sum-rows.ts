/** @file Second stage of parameter gradients: ordered sums of per-block partials. */
import { defineKernel, type Kernel, type Queue, type Slice } from '../../gpu';
import code from './sum-rows.wgsl?raw';

const kernel = defineKernel({
  label: 'sum-rows',
  code,
  entryPoint: 'sumRows',
  storage: ['read', 'read-write'],
  params: { blocks: 'u32', width: 'u32' },
});

export const sumRowsKernels: readonly Kernel[] = [kernel];

/** How the rows of a batch are split for a parameter gradient. */
export interface RowBlocks {
  /** Blocks, each summed by one thread a column. */
  blocks: number;
  rowsPerBlock: number;
}

/** Blocks of at least 16 rows, at most 256 blocks: short first-stage loops without a long second stage. */
export function rowBlocks(rows: number): RowBlocks {
  const rowsPerBlock = Math.max(16, Math.ceil(rows / 256));
  return { blocks: Math.max(1, Math.ceil(rows / rowsPerBlock)), rowsPerBlock };
}

/** out[width] += column sums of partials[blocks, width]. */
export function sumRows(queue: Queue, partials: Slice, out: Slice, blocks: number, width: number): void {
  queue.run(kernel, [partials, out], { blocks, width }, [Math.ceil(width / 256)], blocks * width);
}
