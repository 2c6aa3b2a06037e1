import { describe, expect, it } from 'vitest';
import { rowBlocks, sumRows, sumRowsKernels } from '../../src/kernels/shared/sum-rows';
import { sumRowsReference } from '../../src/kernels/shared/sum-rows.reference';
import { randomFloats, relativeError, useRig } from '../support/gpu';

describe('ordered column sums', () => {
  const rig = useRig(sumRowsKernels);

  it.each([
    [1, 4],
    [37, 128],
    [256, 20],
  ])('%i blocks of width %i are added onto what stands there', async (blocks, width) => {
    const { buffers, queue } = rig();
    const partials = randomFloats(blocks * width, 1);
    const before = randomFloats(width, 2);
    const out = buffers.from('out', before);
    sumRows(queue, buffers.from('partials', partials), out, blocks, width);
    expect(
      relativeError(await queue.readFloats(out, width), sumRowsReference(partials, before, blocks, width)),
    ).toBeLessThan(1e-6);
  });

  it('blocks cover every row', () => {
    for (const rows of [1, 15, 16, 17, 4096, 61440]) {
      const { blocks, rowsPerBlock } = rowBlocks(rows);
      expect(blocks * rowsPerBlock).toBeGreaterThanOrEqual(rows);
      expect((blocks - 1) * rowsPerBlock).toBeLessThan(rows);
    }
  });
});
