import { describe, expect, it } from 'vitest';
import {
  type AdamWStep,
  adamWStep,
  adamwKernels,
  buildDecayMask,
  decayMaskLength,
  gradNorm,
  normPartialsBytes,
} from '../../src/kernels/adamw/adamw';
import { adamWReference, gradNormReference } from '../../src/kernels/adamw/adamw.reference';
import { outputBuffer, randomFloats, readOutput, relativeError, useRig } from '../support/gpu';

const options = {
  learningRate: 1e-2,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0.1,
  maxGradNorm: 1,
};

describe('decay mask', () => {
  it('sets one bit per 64 floats of the decayed ranges', () => {
    const mask = buildDecayMask(64 * 40, [
      { offset: 0, count: 70, decay: true },
      { offset: 128, count: 64, decay: false },
      { offset: 64 * 31, count: 129, decay: true },
    ]);
    expect([...mask]).toEqual([0x80000003, 0b11]);
    expect(decayMaskLength(2048)).toBe(1);
    expect(() => buildDecayMask(128, [{ offset: 32, count: 4, decay: true }])).toThrow(/multiple of 64/);
  });
});

describe('AdamW', () => {
  const rig = useRig(adamwKernels);

  async function norm(g: Float32Array): Promise<number> {
    const { buffers, queue } = rig();
    const result = buffers.storage('norm', 4);
    gradNorm(queue, buffers.from('g', g), buffers.storage('partials', normPartialsBytes), result, g.length);
    return (await queue.readFloats(result, 1))[0];
  }

  it.each([4, 260, 4096, 70_000, 1_100_000])(
    'the gradient norm of %i floats equals the reference and repeats bitwise',
    async (count) => {
      const g = randomFloats(count, 1);
      const first = await norm(g);
      const expected = gradNormReference(g);
      expect(Math.abs(first - expected) / expected).toBeLessThan(1e-6);
      expect(await norm(g)).toBe(first);
    },
  );

  it('no non-finite gradient hides from the norm', async () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3e38]) {
      for (const at of [0, 9_001, 19_999]) {
        const g = randomFloats(20_000, 2);
        g[at] = value;
        expect(Number.isFinite(await norm(g))).toBe(false);
      }
    }
    expect(await norm(new Float32Array(128))).toBe(0);
  });

  async function train(count: number, steps: number, change: Partial<AdamWStep> = {}, gradientScale = 1) {
    const { buffers, queue } = rig();
    const settings = { ...options, ...change };
    const half = Math.floor(count / 128) * 64;
    const mask = buildDecayMask(count, [{ offset: 0, count: half, decay: true }]);
    const start = randomFloats(count, 3);
    const p = outputBuffer(rig(), 'p', count);
    buffers.write(p, start);
    const m = buffers.from('m', new Float32Array(count));
    const v = buffers.from('v', new Float32Array(count));
    const g = buffers.storage('g', count * 4);
    const decayMask = buffers.from('decay', mask);
    const partials = buffers.storage('partials', normPartialsBytes);
    const result = buffers.storage('norm', 4);
    const reference = { p: Float64Array.from(start), m: new Float64Array(count), v: new Float64Array(count) };
    for (let step = 1; step <= steps; step++) {
      const gradient = randomFloats(count, 10 + step, gradientScale);
      buffers.write(g, gradient);
      gradNorm(queue, g, partials, result, count);
      adamWStep(queue, { p, g, m, v, decayMask, norm: result }, { ...settings, count, step });
      queue.submit();
      adamWReference(reference.p, gradient, reference.m, reference.v, (i) => i < half, { ...settings, step });
    }
    const actual = {
      p: await readOutput(rig(), p, count),
      m: await queue.readFloats(m, count),
      v: await queue.readFloats(v, count),
    };
    return { start, actual, reference, buffers: { p, g, m, v, decayMask, norm: result }, partials };
  }

  it.each([
    [64, 3],
    [1000, 5],
    [20_000, 3],
  ])('%i floats, %i steps equal the reference', async (count, steps) => {
    const { start, actual, reference } = await train(count, steps);
    expect(relativeError(actual.p, reference.p)).toBeLessThan(1e-6);
    expect(relativeError(actual.m, reference.m)).toBeLessThan(1e-6);
    expect(relativeError(actual.v, reference.v)).toBeLessThan(2e-6);
    const moved = (values: ArrayLike<number>) => start.map((value, i) => values[i] - value);
    expect(relativeError(moved(actual.p), moved(reference.p))).toBeLessThan(1e-4);
  });

  it('without a bound, and below it, gradients are not scaled', async () => {
    for (const maxGradNorm of [0, Number.POSITIVE_INFINITY, 1e6]) {
      const { actual } = await train(256, 1, { maxGradNorm });
      const g = randomFloats(256, 11);
      expect(
        relativeError(
          actual.m,
          g.map((value) => value * 0.1),
        ),
      ).toBeLessThan(1e-6);
    }
  });

  it('zero gradients and padding stay zero', async () => {
    const { actual, start } = await train(256, 2, { weightDecay: 0 }, 0);
    expect(actual.p).toEqual(start);
    expect(actual.v.every((value) => value === 0)).toBe(true);
  });

  it('a gradient that is not finite changes nothing', async () => {
    const { buffers, queue } = rig();
    const { actual, buffers: slices, partials } = await train(512, 2);
    const gradient = randomFloats(512, 5);
    gradient[77] = Number.NaN;
    buffers.write(slices.g, gradient);
    gradNorm(queue, slices.g, partials, slices.norm, 512);
    adamWStep(queue, slices, { ...options, count: 512, step: 3 });
    expect(await readOutput(rig(), slices.p, 512)).toEqual(actual.p);
    expect(await queue.readFloats(slices.m, 512)).toEqual(actual.m);
    expect(await queue.readFloats(slices.v, 512)).toEqual(actual.v);
  });

  it('the reference first step moves each float by about the learning rate against its gradient', () => {
    const p = new Float64Array(2);
    adamWReference(p, [0.5, -2], new Float64Array(2), new Float64Array(2), () => false, {
      ...options,
      step: 1,
      maxGradNorm: 0,
    });
    expect(p[0]).toBeCloseTo(-options.learningRate, 8);
    expect(p[1]).toBeCloseTo(options.learningRate, 8);
  });
});
