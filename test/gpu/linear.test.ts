import { describe, expect, it, vi } from 'vitest';
import { type Kernels, openGpu, Queue } from '../../src/gpu';
import {
  biasGradient,
  linearBackwardInput,
  linearBackwardWeight,
  linearForward,
  linearKernelsFor,
  linearKernelsWith,
  weightGradientSplits,
  weightPartialsBytes,
} from '../../src/kernels/linear/linear';
import {
  biasGradientReference,
  linearBackwardInputReference,
  linearBackwardWeightReference,
  linearForwardReference,
} from '../../src/kernels/linear/linear.reference';
import {
  type LinearVariant,
  linearVariants,
  portableLinearChoice,
  runsOn,
} from '../../src/kernels/linear/variants';
import { outputBuffer, type Rig, randomFloats, readOutput, relativeError, useRig } from '../support/gpu';

const add = (a: ArrayLike<number>, b: ArrayLike<number>) => Float64Array.from(a, (value, i) => value + b[i]);

const full = await openGpu(navigator.gpu);
const variants = linearVariants.filter((variant) => runsOn(full, variant));
full.close();

/** A device that has what the variant needs and nothing more; roles it does not serve are portable. */
function useVariant(variant: LinearVariant): () => Rig {
  const kernels = (cache: Kernels) => [
    ...linearKernelsFor(cache, portableLinearChoice),
    ...linearKernelsWith(cache, variant.kernels),
  ];
  return useRig(kernels, { defaultsOnly: !variant.subgroups });
}

describe.each(variants.map((variant) => [variant.name, variant] as const))('linear by %s', (_, variant) => {
  const rig = useVariant(variant);

  const shapes: [number, number, number][] = [
    [1, 4, 4],
    [5, 12, 20],
    [33, 36, 68],
    [70, 128, 40],
    [600, 8, 12],
  ];

  it.each(shapes)(
    'forward equals the reference at %i rows, %i inputs, %i outputs',
    async (rows, inputs, outputs) => {
      const { buffers, queue } = rig();
      const shape = { rows, inputs, outputs };
      const x = randomFloats(rows * inputs, 1);
      const w = randomFloats(outputs * inputs, 2);
      const bias = randomFloats(outputs, 3);
      const [gx, gw, gb] = [buffers.from('x', x), buffers.from('w', w), buffers.from('bias', bias)];
      const y = outputBuffer(rig(), 'y', rows * outputs);
      linearForward(queue, gx, gw, null, y, shape);
      const plain = await readOutput(rig(), y, rows * outputs);
      expect(relativeError(plain, linearForwardReference(x, w, null, shape))).toBeLessThan(1e-6);
      linearForward(queue, gx, gw, gb, y, { ...shape, accumulate: true });
      const expected = add(linearForwardReference(x, w, bias, shape), plain);
      expect(relativeError(await readOutput(rig(), y, rows * outputs), expected)).toBeLessThan(1e-6);
    },
  );

  it.each(shapes)(
    'backward equals the reference at %i rows, %i inputs, %i outputs',
    async (rows, inputs, outputs) => {
      const { buffers, queue } = rig();
      const shape = { rows, inputs, outputs };
      const x = randomFloats(rows * inputs, 4);
      const w = randomFloats(outputs * inputs, 5);
      const dY = randomFloats(rows * outputs, 6);
      const [gx, gw, gdY] = [buffers.from('x', x), buffers.from('w', w), buffers.from('dY', dY)];
      const partials = buffers.storage('partials', weightPartialsBytes(rows, inputs, outputs));
      const dX = outputBuffer(rig(), 'dX', rows * inputs);
      const dW = outputBuffer(rig(), 'dW', outputs * inputs);
      const dBias = outputBuffer(rig(), 'dBias', outputs);
      const dXReference = linearBackwardInputReference(dY, w, shape);
      const dWReference = linearBackwardWeightReference(dY, x, shape);
      const dBiasReference = biasGradientReference(dY, rows, outputs);
      for (const times of [1, 2]) {
        const accumulate = times > 1;
        linearBackwardInput(queue, gdY, gw, dX, { ...shape, accumulate });
        linearBackwardWeight(queue, gdY, gx, partials, dW, { ...shape, accumulate });
        biasGradient(queue, gdY, dBias, { rows, outputs, accumulate });
        const scaled = (values: Float64Array) => values.map((value) => value * times);
        expect(relativeError(await readOutput(rig(), dX, rows * inputs), scaled(dXReference))).toBeLessThan(
          1e-6,
        );
        expect(
          relativeError(await readOutput(rig(), dW, outputs * inputs), scaled(dWReference)),
        ).toBeLessThan(1e-6);
        expect(relativeError(await readOutput(rig(), dBias, outputs), scaled(dBiasReference))).toBeLessThan(
          1e-6,
        );
      }
    },
  );

  it('gives the bits of the portable variant in every role', async () => {
    const { buffers, queue, kernels } = rig();
    const [inputs, outputs] = [68, 84];
    const results: Float32Array[][] = [];
    for (const tiles of [{}, variant.kernels]) {
      linearKernelsWith(kernels, tiles);
      const found: Float32Array[] = [];
      for (const rows of [3, 90, 700]) {
        const shape = { rows, inputs, outputs };
        const x = buffers.from('x', randomFloats(rows * inputs, 1));
        const w = buffers.from('w', randomFloats(outputs * inputs, 2));
        const dY = buffers.from('dY', randomFloats(rows * outputs, 3));
        const bias = buffers.from('bias', randomFloats(outputs, 4));
        const partials = buffers.storage('partials', weightPartialsBytes(rows, inputs, outputs));
        const y = buffers.storage('y', rows * outputs * 4);
        const dX = buffers.storage('dX', rows * inputs * 4);
        const dW = buffers.storage('dW', outputs * inputs * 4);
        linearForward(queue, x, w, bias, y, shape);
        linearBackwardInput(queue, dY, w, dX, shape);
        linearBackwardWeight(queue, dY, x, partials, dW, shape);
        for (const slice of [y, dX, dW]) found.push(await queue.readFloats(slice));
      }
      results.push(found);
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[0].every((values) => values.every(Number.isFinite))).toBe(true);
  });

  it.each([
    [300, 68, 404],
    [1100, 36, 132],
  ])(
    'a weight gradient in many slices has the bits of one in few: %i rows',
    async (rows, inputs, outputs) => {
      const { gpu, kernels, buffers } = rig();
      const x = buffers.from('x', randomFloats(rows * inputs, 1));
      const dY = buffers.from('dY', randomFloats(rows * outputs, 3));
      const partials = buffers.storage('partials', weightPartialsBytes(rows, inputs, outputs));
      const results: Float32Array[] = [];
      const counts: number[] = [];
      for (const fixedFlops of [1e12, 1e3, 1.5e6]) {
        const queue = new Queue(gpu, kernels, { fixedFlops });
        const dW = buffers.from('dW', new Float32Array(outputs * inputs).fill(Number.NaN));
        linearBackwardWeight(queue, dY, x, partials, dW, { rows, inputs, outputs });
        results.push(await queue.readFloats(dW, outputs * inputs));
        counts.push(queue.dispatches);
        queue.dispose();
      }
      expect(results[0].findIndex(Number.isNaN)).toBe(-1);
      expect(results[1]).toEqual(results[0]);
      expect(results[2]).toEqual(results[0]);
      expect(counts[1]).toBeGreaterThan(counts[0] + 1);
    },
  );

  it('a row is bitwise the same alone, among others, and when the dispatch is cut', async () => {
    const { buffers, queue } = rig();
    const [rows, inputs, outputs] = [300, 64, 36];
    const x = randomFloats(rows * inputs, 7);
    const w = buffers.from('w', randomFloats(outputs * inputs, 8));
    const bias = buffers.from('bias', randomFloats(outputs, 9));
    const forward = async (from: number, to: number) => {
      const y = outputBuffer(rig(), 'y', (to - from) * outputs);
      const part = buffers.from('x', x.slice(from * inputs, to * inputs));
      linearForward(queue, part, w, bias, y, { rows: to - from, inputs, outputs });
      return readOutput(rig(), y, (to - from) * outputs);
    };
    const all = await forward(0, rows);
    for (const [from, to] of [
      [0, 1],
      [7, 9],
      [13, 29],
      [3, 73],
      [299, 300],
      [10, 290],
    ]) {
      expect(await forward(from, to)).toEqual(all.slice(from * outputs, to * outputs));
    }
    const y = outputBuffer(rig(), 'y', rows * outputs);
    Object.defineProperty(queue, 'sliceBudgetFlops', { value: 1, configurable: true });
    linearForward(queue, buffers.from('x', x), w, bias, y, { rows, inputs, outputs });
    Reflect.deleteProperty(queue, 'sliceBudgetFlops');
    expect(await readOutput(rig(), y, rows * outputs)).toEqual(all);
  });
});

describe('linear', () => {
  const rig = useRig((cache) => linearKernelsFor(cache, portableLinearChoice));

  it('splits by shape alone and keeps partials within 16 MiB', () => {
    for (const rows of [1, 511, 512, 8192, 100_000]) {
      for (const [inputs, outputs] of [
        [128, 128],
        [512, 2048],
        [2048, 4096],
      ]) {
        const splits = weightGradientSplits(rows, inputs, outputs);
        expect(splits).toBeGreaterThanOrEqual(1);
        expect(weightPartialsBytes(rows, inputs, outputs)).toBeLessThanOrEqual(16 * 2 ** 20);
      }
    }
    expect(weightGradientSplits(8192, 128, 512)).toBe(32);
  });

  it('refuses widths that are not multiples of four and scratch that is too small', () => {
    const { buffers, queue } = rig();
    const slice = buffers.storage('any', 4096);
    expect(() => linearForward(queue, slice, slice, null, slice, { rows: 2, inputs: 6, outputs: 4 })).toThrow(
      /inputs.*multiple of 4/,
    );
    expect(() => linearBackwardInput(queue, slice, slice, slice, { rows: 2, inputs: 8, outputs: 5 })).toThrow(
      /outputs.*multiple of 4/,
    );
    expect(() =>
      linearBackwardWeight(queue, slice, slice, slice, slice, { rows: 2048, inputs: 64, outputs: 64 }),
    ).toThrow(/partials need/);
  });

  it('the reference gradients equal finite differences', () => {
    const shape = { rows: 3, inputs: 4, outputs: 8 };
    const x = Float64Array.from(randomFloats(12, 10));
    const w = Float64Array.from(randomFloats(32, 11));
    const bias = Float64Array.from(randomFloats(8, 12));
    const dY = randomFloats(24, 13);
    const loss = () =>
      linearForwardReference(x, w, bias, shape).reduce((sum, value, i) => sum + value * dY[i], 0);
    const agrees = (values: Float64Array, gradient: Float64Array) => {
      for (let i = 0; i < values.length; i++) {
        const kept = values[i];
        values[i] = kept + 1e-4;
        const up = loss();
        values[i] = kept - 1e-4;
        const down = loss();
        values[i] = kept;
        expect(Math.abs((up - down) / 2e-4 - gradient[i])).toBeLessThan(1e-9);
      }
    };
    agrees(x, linearBackwardInputReference(dY, w, shape));
    agrees(w, linearBackwardWeightReference(dY, x, shape));
    agrees(bias, biasGradientReference(dY, 3, 8));
  });
});

describe('tiles too few to fill a GPU', () => {
  const name = 'workgroup-64x64-4x4';
  const choice = { ...portableLinearChoice, forward: name, input: name, weight: name };
  const rig = useRig((cache) => linearKernelsFor(cache, choice));

  it('are smaller ones, with the same bits; enough are those of the choice', async () => {
    const { buffers, queue } = rig();
    const recorded = vi.spyOn(queue, 'runPieces');
    const run = async (rows: number) => {
      const [inputs, outputs] = [64, 1024];
      const shape = { rows, inputs, outputs };
      const x = buffers.from('x', randomFloats(rows * inputs, 1));
      const w = buffers.from('w', randomFloats(outputs * inputs, 2));
      const y = buffers.storage('y', rows * outputs * 4);
      linearForward(queue, x, w, null, y, shape);
      return queue.readFloats(y);
    };
    const labels = () => recorded.mock.calls.map(([{ label }]) => label.replace('linear.forward.', ''));
    const few = await run(300);
    const many = await run(1024);
    expect(labels()).toEqual(['workgroup-32x32-4x4', name]);
    expect(many.subarray(0, 1000)).toEqual(few.subarray(0, 1000));
    recorded.mockRestore();
  });
});
