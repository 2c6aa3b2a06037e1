import { describe, expect, it } from 'vitest';
import { ropeBackward, ropeCosSin, ropeForward, ropeKernels } from '../../src/kernels/rope/rope';
import { ropeReference } from '../../src/kernels/rope/rope.reference';
import { outputBuffer, randomFloats, readOutput, relativeError, useRig } from '../support/gpu';

const theta = 10000;
const maxPositions = 65536;

describe('RoPE', () => {
  const rig = useRig(ropeKernels);

  it.each([
    [1, { heads: 1, kvHeads: 1, headDim: 4 }],
    [37, { heads: 4, kvHeads: 2, headDim: 12 }],
    [65, { heads: 4, kvHeads: 4, headDim: 32 }],
  ])('rotates and its inverse equals the float64 reference at %i rows', async (rows, shape) => {
    const { buffers, queue } = rig();
    const count = rows * (shape.heads + 2 * shape.kvHeads) * shape.headDim;
    const qkv = randomFloats(count, 1);
    // Positions repeat (suffixes of one prefix) and reach the end of the table.
    const positions = Uint32Array.from({ length: rows }, (_, row) =>
      row % 2 ? maxPositions - 1 - row : row >> 1,
    );
    const table = {
      cosSin: buffers.from('cosSin', ropeCosSin(maxPositions, shape.headDim, theta)),
      maxPositions,
    };
    const gpuPositions = buffers.from('positions', positions);
    for (const sign of [1, -1] as const) {
      const x = outputBuffer(rig(), 'x', count);
      buffers.write(x, qkv);
      (sign === 1 ? ropeForward : ropeBackward)(queue, x, table, gpuPositions, rows, shape);
      const out = await readOutput(rig(), x, count);
      expect(relativeError(out, ropeReference(qkv, positions, shape, theta, sign))).toBeLessThan(1e-6);
    }
  });

  it('scores depend on the distance of positions only', () => {
    const shape = { heads: 1, kvHeads: 1, headDim: 16 };
    const row = randomFloats(48, 2);
    const score = (query: number, key: number): number => {
      const rotated = ropeReference([...row, ...row], [query, key], shape, theta, 1);
      let sum = 0;
      for (let c = 0; c < 16; c++) sum += rotated[c] * rotated[48 + 16 + c];
      return sum;
    };
    expect(score(900, 700)).toBeCloseTo(score(200, 0), 10);
  });

  it('the reference gradient is the transpose: <R x, y> = <x, R^-1 y>', () => {
    const shape = { heads: 2, kvHeads: 1, headDim: 8 };
    const positions = [0, 5, 77];
    const x = randomFloats(3 * 32, 3);
    const y = randomFloats(3 * 32, 4);
    const inner = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
      Array.from(a).reduce((sum, value, i) => sum + value * b[i], 0);
    const left = inner(ropeReference(x, positions, shape, theta, 1), y);
    expect(inner(x, ropeReference(y, positions, shape, theta, -1))).toBeCloseTo(left, 10);
  });
});
