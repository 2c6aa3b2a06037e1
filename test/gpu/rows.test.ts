import { describe, expect, it } from 'vitest';
import { gatherRows, ownersOf, rowKernels, scatterRows } from '../../src/kernels/log-prob/rows';
import { outputBuffer, randomFloats, readOutput, relativeError, useRig } from '../support/gpu';

describe('rows', () => {
  const rig = useRig(rowKernels);

  it('gathers rows, and returns summed gradients chunk by chunk', async () => {
    const { buffers, queue } = rig();
    const [rows, width] = [11, 12];
    // Row 4 is the last row of a prefix with three answers; rows 0 .. 3 and 10 own no pair.
    const rowIndex = Uint32Array.from([4, 5, 6, 4, 7, 8, 4, 9]);
    const { rowStart, pairList } = ownersOf(rowIndex, rows);
    const x = randomFloats(rows * width, 5);
    const dOut = randomFloats(rowIndex.length * width, 6);
    const gpuX = buffers.from('x', x);
    const index = buffers.from('rowIndex', rowIndex);
    const start = buffers.from('rowStart', rowStart);
    const list = buffers.from('pairList', pairList);
    const dX = outputBuffer(rig(), 'dX', rows * width);
    for (const [first, count] of [
      [0, 5],
      [5, 3],
    ]) {
      const out = outputBuffer(rig(), 'out', count * width);
      gatherRows(queue, gpuX, index, out, first, count, width);
      const expected = [...rowIndex.subarray(first, first + count)].flatMap((row) => [
        ...x.subarray(row * width, (row + 1) * width),
      ]);
      expect([...(await readOutput(rig(), out, count * width))]).toEqual(expected);
      const chunk = buffers.from('dOut', dOut.slice(first * width, (first + count) * width));
      scatterRows(queue, chunk, start, list, dX, first, count, rows, width, first > 0);
    }
    const expected = new Float64Array(rows * width);
    rowIndex.forEach((row, pair) => {
      for (let c = 0; c < width; c++) expected[row * width + c] += dOut[pair * width + c];
    });
    expect(relativeError(await readOutput(rig(), dX, rows * width), expected)).toBeLessThan(1e-6);
  });

  it('refuses a row out of range', () => {
    expect(() => ownersOf(Uint32Array.of(3), 3)).toThrow('row 3');
  });
});
