import { describe, expect, it } from 'vitest';
import { swigluBackward, swigluForward, swigluKernels } from '../../src/kernels/swiglu/swiglu';
import { swigluBackwardReference, swigluForwardReference } from '../../src/kernels/swiglu/swiglu.reference';
import { outputBuffer, randomFloats, readOutput, relativeError, useRig } from '../support/gpu';

describe('SwiGLU', () => {
  const rig = useRig(swigluKernels);

  it.each([
    [1, 4],
    [37, 12],
    [65, 64],
  ])('forward and backward equal the float64 reference at %i x %i', async (rows, width) => {
    const { buffers, queue } = rig();
    const gateUp = randomFloats(rows * 2 * width, 1, 6);
    const dY = randomFloats(rows * width, 2);
    const gpuGateUp = buffers.from('gateUp', gateUp);
    const y = outputBuffer(rig(), 'y', rows * width);
    const dGateUp = outputBuffer(rig(), 'dGateUp', rows * 2 * width);
    swigluForward(queue, gpuGateUp, y, rows, width);
    swigluBackward(queue, gpuGateUp, buffers.from('dY', dY), dGateUp, rows, width);
    expect(
      relativeError(await readOutput(rig(), y, rows * width), swigluForwardReference(gateUp, rows, width)),
    ).toBeLessThan(1e-5);
    const reference = swigluBackwardReference(gateUp, dY, rows, width);
    expect(relativeError(await readOutput(rig(), dGateUp, rows * 2 * width), reference)).toBeLessThan(1e-5);
  });

  it('the reference gradient equals finite differences', () => {
    const gateUp = Float64Array.from(randomFloats(24, 3, 3));
    const dY = randomFloats(12, 4);
    const loss = (x: Float64Array) =>
      swigluForwardReference(x, 3, 4).reduce((sum, value, i) => sum + value * dY[i], 0);
    const gradient = swigluBackwardReference(gateUp, dY, 3, 4);
    for (let i = 0; i < gateUp.length; i++) {
      const up = gateUp.slice();
      const down = gateUp.slice();
      up[i] += 1e-5;
      down[i] -= 1e-5;
      expect(Math.abs((loss(up) - loss(down)) / 2e-5 - gradient[i])).toBeLessThan(1e-7);
    }
  });
});
