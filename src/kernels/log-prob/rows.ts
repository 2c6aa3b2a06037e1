/** @file Gathers the hidden rows of (row, target) pairs and returns their gradient to the rows. */
import { defineKernel, grid, type Kernel, type Queue, type Slice } from '../../gpu';
import code from './rows.wgsl?raw';

const params = { first: 'u32', count: 'u32', rows: 'u32', width: 'u32', accumulate: 'u32' } as const;

const gather = defineKernel({
  label: 'rows.gather',
  code,
  entryPoint: 'gather',
  storage: ['read', 'read', 'read-write'],
  params,
});
const scatter = defineKernel({
  label: 'rows.scatter',
  code,
  entryPoint: 'scatter',
  storage: ['read', 'read', 'read-write', 'read'],
  params,
});

export const rowKernels: readonly Kernel[] = [gather, scatter];

/** Pairs by the row that owns them, in compressed form: row r owns pairList[rowStart[r] .. rowStart[r + 1]). */
export interface RowOwners {
  rowStart: Uint32Array;
  pairList: Uint32Array;
}

/** Inverts `rowIndex` (pair → row) to row → pairs, pairs in ascending order. @throws Error on a row out of range. */
export function ownersOf(rowIndex: Uint32Array, rows: number): RowOwners {
  const rowStart = new Uint32Array(rows + 1);
  for (const row of rowIndex) {
    if (row >= rows) throw new Error(`a pair names row ${row} of ${rows}`);
    rowStart[row + 1]++;
  }
  for (let row = 0; row < rows; row++) rowStart[row + 1] += rowStart[row];
  const next = rowStart.slice(0, rows);
  const pairList = new Uint32Array(rowIndex.length);
  rowIndex.forEach((row, pair) => {
    pairList[next[row]++] = pair;
  });
  return { rowStart, pairList };
}

/** out[count, width] = x[rowIndex[first + i]] for the pairs first .. first + count. */
export function gatherRows(
  queue: Queue,
  x: Slice,
  rowIndex: Slice,
  out: Slice,
  first: number,
  count: number,
  width: number,
): void {
  const values = { first, count, rows: 0, width, accumulate: 0 };
  queue.run(gather, [x, rowIndex, out], values, grid(Math.ceil((count * width) / 256)), count * width);
}

/**
 * dX[rows, width] = the gradient rows dOut[count, width] of pairs first .. first + count, summed by owner.
 * Without `accumulate` every row of dX is written (zeros where it owns no pair of the chunk), so nobody clears it;
 * the later chunks of one dX pass `accumulate`.
 */
export function scatterRows(
  queue: Queue,
  dOut: Slice,
  rowStart: Slice,
  pairList: Slice,
  dX: Slice,
  first: number,
  count: number,
  rows: number,
  width: number,
  accumulate: boolean,
): void {
  const values = { first, count, rows, width, accumulate: accumulate ? 1 : 0 };
  queue.run(
    scatter,
    [dOut, rowStart, dX, pairList],
    values,
    grid(Math.ceil((rows * width) / 256)),
    (rows + count) * width,
  );
}
