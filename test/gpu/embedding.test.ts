import { describe, expect, it } from 'vitest';
import {
  buildTokenIndex,
  embeddingBackward,
  embeddingForward,
  embeddingKernels,
} from '../../src/kernels/embedding/embedding';
import {
  embeddingBackwardReference,
  embeddingForwardReference,
} from '../../src/kernels/embedding/embedding.reference';
import { outputBuffer, randomFloats, readOutput, relativeError, useRig } from '../support/gpu';

const canaryTail = 16;

function randomTokens(rows: number, vocabulary: number): Uint32Array {
  // Squaring makes low tokens frequent, as in text.
  return Uint32Array.from(randomFloats(rows, 7), (value) => Math.floor(value * value * vocabulary * 0.999));
}

describe('token index', () => {
  it('lists the rows of each distinct token in order', () => {
    const { distinct, offsets, positions, packed } = buildTokenIndex([5, 2, 5, 9, 2, 5]);
    expect([...distinct]).toEqual([2, 5, 9]);
    expect([...offsets]).toEqual([0, 2, 5, 6]);
    expect([...positions]).toEqual([1, 4, 0, 2, 5, 3]);
    expect([...packed]).toEqual([2, 5, 9, 0, 2, 5, 6, 1, 4, 0, 2, 5, 3]);
    expect([...buildTokenIndex([]).packed]).toEqual([0]);
  });
});

describe('embedding', () => {
  const rig = useRig(embeddingKernels);

  it.each([
    [1, 4, 3],
    [37, 12, 10],
    [300, 36, 50],
  ])(
    'forward and backward equal the reference at %i rows, width %i, %i words',
    async (rows, width, vocabulary) => {
      const { buffers, queue } = rig();
      const tokens = randomTokens(rows, vocabulary);
      const e = randomFloats(vocabulary * width, 1);
      const dX = randomFloats(rows * width, 2);
      const x = outputBuffer(rig(), 'x', rows * width);
      embeddingForward(queue, buffers.from('tokens', tokens), buffers.from('e', e), x, rows, width);
      const expected = embeddingForwardReference(tokens, e, width);
      expect([...(await readOutput(rig(), x, rows * width))]).toEqual([...expected]);

      const before = randomFloats(vocabulary * width + canaryTail, 3);
      const dE = buffers.from('dE', before);
      const index = buildTokenIndex(tokens);
      const run = () =>
        embeddingBackward(
          queue,
          buffers.from('dX', dX),
          dE,
          buffers.from('index', index.packed),
          index.distinct.length,
          rows,
          width,
        );
      run();
      const after = await queue.readFloats(dE);
      const reference = embeddingBackwardReference(tokens, dX, before, width);
      expect(relativeError(after, reference)).toBeLessThan(1e-6);
      // What no token owns is untouched to the bit.
      const used = new Set(tokens);
      for (let i = 0; i < before.length; i++)
        if (!used.has(Math.floor(i / width))) expect(after[i]).toBe(before[i]);
      buffers.write(dE, before);
      run();
      expect(await queue.readFloats(dE)).toEqual(after);
    },
  );

  it('sums a token of thousands of rows', async () => {
    const { buffers, queue } = rig();
    const rows = 5003;
    const dX = randomFloats(rows * 4, 5);
    const dE = buffers.from('dE', new Float32Array(8));
    const index = buildTokenIndex(new Uint32Array(rows).fill(1));
    embeddingBackward(queue, buffers.from('dX', dX), dE, buffers.from('index', index.packed), 1, rows, 4);
    const reference = embeddingBackwardReference(new Uint32Array(rows).fill(1), dX, new Float64Array(8), 4);
    expect(relativeError(await queue.readFloats(dE), reference)).toBeLessThan(1e-5);
  });

  it('refuses widths that are not multiples of four', () => {
    const { buffers, queue } = rig();
    const slice = buffers.storage('any', 64);
    expect(() => embeddingForward(queue, slice, slice, slice, 2, 6)).toThrow(/multiple of 4/);
  });

  it('the reference gradient equals finite differences', () => {
    const tokens = [2, 0, 2, 1, 2];
    const e = Float64Array.from(randomFloats(4 * 4, 8));
    const dX = randomFloats(5 * 4, 9);
    const loss = () =>
      embeddingForwardReference(tokens, e, 4).reduce((sum, value, i) => sum + value * dX[i], 0);
    const gradient = embeddingBackwardReference(tokens, dX, new Float64Array(16), 4);
    for (let i = 0; i < e.length; i++) {
      const kept = e[i];
      e[i] = kept + 1e-4;
      const up = loss();
      e[i] = kept - 1e-4;
      const down = loss();
      e[i] = kept;
      expect(Math.abs((up - down) / 2e-4 - gradient[i])).toBeLessThan(1e-9);
    }
  });
});
