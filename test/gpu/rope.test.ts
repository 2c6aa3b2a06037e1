import { describe, expect, it } from 'vitest';
import { ropeBackward, ropeCosSin, ropeForward, ropeKernels } from '../../src/kernels/rope/rope';
import { ropeReference } from '../../src/kernels/rope/rope.reference';
import { outputBuffer, randomFloats, readOutput, relativeError, useRig } from '../support/gpu';
import { outputQkv, readQkv, splitQkv, uploadQkv } from '../support/qkv';

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
      const expected = ropeReference(qkv, positions, shape, theta, sign);
      const packed = sign === 1 ? buffers.from('packed', qkv) : outputBuffer(rig(), 'packed', count);
      const parts = sign === 1 ? outputQkv(rig(), rows, shape) : uploadQkv(buffers, qkv, shape);
      if (sign === 1) ropeForward(queue, packed, parts, table, gpuPositions, rows, shape);
      else ropeBackward(queue, parts, packed, table, gpuPositions, rows, shape);
      const out =
        sign === 1 ? await readQkv(rig(), parts, rows, shape) : await readOutput(rig(), packed, count);
      expect(relativeError(out, expected)).toBeLessThan(1e-6);
      // Values have no position: every bit of them stays.
      expect(splitQkv(out, shape).v).toEqual(splitQkv(qkv, shape).v);
    }
  });

  it('writes keys and values to their slot and to no other', async () => {
    const shape = { heads: 4, kvHeads: 2, headDim: 12 };
    const [rows, slots, slot] = [5, 3, 1];
    const { buffers, queue } = rig();
    const qkv = randomFloats(rows * 96, 6);
    const positions = Uint32Array.from({ length: rows }, (_, row) => 40 * row);
    const table = { cosSin: buffers.from('cosSin', ropeCosSin(256, 12, theta)), maxPositions: 256 };
    const to = outputQkv(rig(), rows, { ...shape, kvHeads: shape.kvHeads * slots });
    const q = outputBuffer(rig(), 'q', rows * 48);
    const at = { slots, slot };
    ropeForward(
      queue,
      buffers.from('packed', qkv),
      { ...to, q },
      table,
      buffers.from('p', positions),
      rows,
      shape,
      at,
    );
    const there = positions.map((position) => position + slot);
    const expected = splitQkv(Float32Array.from(ropeReference(qkv, there, shape, theta, 1)), shape);
    expect(relativeError(await readOutput(rig(), q, rows * 48), expected.q)).toBeLessThan(1e-6);
    for (const name of ['k', 'v'] as const) {
      const all = await queue.readFloats(to[name], rows * slots * 24);
      const written = all.filter((_, i) => Math.floor(i / 24) % slots === slot);
      expect(relativeError(written, expected[name])).toBeLessThan(1e-6);
      expect(all.filter((_, i) => Math.floor(i / 24) % slots !== slot).every(Number.isNaN)).toBe(true);
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
