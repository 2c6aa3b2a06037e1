import { describe, expect, it } from 'vitest';
import {
  rmsNormBackward,
  rmsNormForward,
  rmsNormKernels,
  rmsNormScratchBytes,
  rmsNormStatisticsBytes,
} from '../../src/kernels/rms-norm/rms-norm';
import {
  rmsNormBackwardReference,
  rmsNormForwardReference,
} from '../../src/kernels/rms-norm/rms-norm.reference';
import { outputBuffer, randomFloats, readOutput, relativeError, useRig } from '../support/gpu';

const epsilon = 1e-6;

describe('RMSNorm', () => {
  const rig = useRig(rmsNormKernels);

  it.each([
    [1, 4],
    [37, 12],
    [65, 64],
    [300, 36],
  ])('forward and backward equal the reference at %i x %i', async (rows, width) => {
    const { buffers, queue } = rig();
    const x = randomFloats(rows * width, 1, 3);
    const gain = randomFloats(width, 2, 2);
    const dY = randomFloats(rows * width, 3);
    const residual = randomFloats(rows * width, 4);
    const initialGain = randomFloats(width, 5);
    const gpu = { x: buffers.from('x', x), gain: buffers.from('gain', gain), dY: buffers.from('dY', dY) };
    const y = outputBuffer(rig(), 'y', rows * width);
    const statistics = buffers.storage('statistics', rmsNormStatisticsBytes(rows));
    const scratch = buffers.storage('scratch', rmsNormScratchBytes(rows, width));
    const dX = outputBuffer(rig(), 'dX', rows * width);
    const dResidual = buffers.from('dResidual', residual);
    const dGain = buffers.from('dGain', initialGain);

    rmsNormForward(queue, gpu.x, gpu.gain, y, statistics, rows, width, epsilon);
    const slices = { ...gpu, statistics, dGain, scratch };
    rmsNormBackward(queue, { ...slices, dX }, rows, width, epsilon, false);
    rmsNormBackward(queue, { ...slices, dX: dResidual }, rows, width, epsilon, true);

    const expected = rmsNormBackwardReference(x, gain, dY, rows, width, epsilon);
    expect(
      relativeError(
        await readOutput(rig(), y, rows * width),
        rmsNormForwardReference(x, gain, rows, width, epsilon),
      ),
    ).toBeLessThan(1e-6);
    expect(relativeError(await readOutput(rig(), dX, rows * width), expected.dX)).toBeLessThan(2e-6);
    const summed = expected.dX.map((value, i) => value + residual[i]);
    expect(relativeError(await queue.readFloats(dResidual, rows * width), summed)).toBeLessThan(2e-6);
    // Both passes added to the gain's gradient.
    const twice = expected.dGain.map((value, i) => initialGain[i] + 2 * value);
    expect(relativeError(await queue.readFloats(dGain, width), twice)).toBeLessThan(2e-6);
  });

  it('is finite for a row of zeros', async () => {
    const { buffers, queue } = rig();
    const y = outputBuffer(rig(), 'y', 8);
    const statistics = buffers.storage('statistics', rmsNormStatisticsBytes(1));
    rmsNormForward(
      queue,
      buffers.from('x', new Float32Array(8)),
      buffers.from('gain', new Float32Array(8).fill(1)),
      y,
      statistics,
      1,
      8,
      epsilon,
    );
    expect([...(await readOutput(rig(), y, 8))]).toEqual(new Array(8).fill(0));
  });

  it('the reference gradient equals finite differences', () => {
    const [rows, width] = [3, 4];
    const x = Float64Array.from(randomFloats(rows * width, 6, 2));
    const gain = Float64Array.from(randomFloats(width, 7, 2));
    const dY = randomFloats(rows * width, 8);
    const loss = () =>
      rmsNormForwardReference(x, gain, rows, width, 1e-3).reduce((sum, value, i) => sum + value * dY[i], 0);
    const expected = rmsNormBackwardReference(x, gain, dY, rows, width, 1e-3);
    for (const [values, gradient] of [
      [x, expected.dX],
      [gain, expected.dGain],
    ] as const) {
      for (let i = 0; i < values.length; i++) {
        const at = values[i];
        values[i] = at + 1e-5;
        const up = loss();
        values[i] = at - 1e-5;
        const down = loss();
        values[i] = at;
        expect(Math.abs((up - down) / 2e-5 - gradient[i])).toBeLessThan(1e-8);
      }
    }
  });
});
