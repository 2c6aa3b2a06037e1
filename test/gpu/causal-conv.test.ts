import { describe, expect, it } from 'vitest';
import {
  causalConvBackward,
  causalConvForward,
  causalConvInitState,
  causalConvKernels,
  causalConvScratchBytes,
  causalConvStateBytes,
  causalConvStep,
} from '../../src/kernels/causal-conv/causal-conv';
import {
  causalConvBackwardReference,
  causalConvForwardReference,
} from '../../src/kernels/causal-conv/causal-conv.reference';
import { buildSegmentTables } from '../../src/kernels/causal-conv/segments';
import type { Segment } from '../../src/kernels/shared/segment';
import { outputBuffer, randomFloats, readOutput, relativeError, useRig } from '../support/gpu';

/** Segments from [prefix length, suffix lengths…] per group. */
function layout(groups: readonly (readonly number[])[]): Segment[] {
  const spans: Segment[] = [];
  let at = 0;
  for (const [prefix, ...suffixes] of groups) {
    const parentStart = at;
    const parentEnd = at + prefix;
    spans.push({ start: at, end: parentEnd, parentStart, parentEnd: parentStart });
    at = parentEnd;
    for (const length of suffixes) {
      spans.push({ start: at, end: at + length, parentStart, parentEnd });
      at += length;
    }
  }
  return spans;
}

/** Long and short prefixes, suffixes shorter than the kernel, an empty suffix, a group without suffixes. */
const mixed = layout([[7, 5, 1, 2, 9], [2, 3, 4, 0, 1], [1, 6, 2], [40], [3, 1]]);

describe('causal convolution', () => {
  const rig = useRig(causalConvKernels);

  it.each([
    [4, 8],
    [3, 12],
    [1, 4],
    [6, 64],
  ])('forward and backward follow the paths, %i taps x %i', async (taps, width) => {
    const { buffers, queue } = rig();
    const rows = mixed[mixed.length - 1].end;
    const tables = buildSegmentTables(mixed);
    const x = randomFloats(rows * width, 1);
    const weight = randomFloats(taps * width, 2);
    const dY = randomFloats(rows * width, 3);
    const earlier = randomFloats(rows * width, 4);
    const gpu = {
      x: buffers.from('x', x),
      weight: buffers.from('weight', weight),
      dY: buffers.from('dY', dY),
      tables: {
        tokenSegment: buffers.from('tokenSegment', tables.tokenSegment),
        segments: buffers.from('segments', tables.segments),
      },
      dWeight: buffers.from('dWeight', new Float32Array(taps * width)),
      scratch: buffers.storage('scratch', causalConvScratchBytes(rows, width, taps)),
    };
    const y = outputBuffer(rig(), 'y', rows * width);
    const dX = outputBuffer(rig(), 'dX', rows * width);
    const dSum = buffers.from('dSum', earlier);
    causalConvForward(queue, gpu.x, gpu.weight, gpu.tables, y, rows, width, taps);
    causalConvBackward(queue, { ...gpu, dX }, rows, width, taps, false);
    causalConvBackward(queue, { ...gpu, dX: dSum }, rows, width, taps, true);

    expect(
      relativeError(
        await readOutput(rig(), y, rows * width),
        causalConvForwardReference(x, weight, mixed, width, taps),
      ),
    ).toBeLessThan(1e-6);
    const expected = causalConvBackwardReference(x, weight, dY, mixed, width, taps);
    expect(relativeError(await readOutput(rig(), dX, rows * width), expected.dX)).toBeLessThan(1e-6);
    const summed = expected.dX.map((value, i) => value + earlier[i]);
    expect(relativeError(await queue.readFloats(dSum, rows * width), summed)).toBeLessThan(1e-6);
    const twice = expected.dWeight.map((value) => 2 * value);
    expect(relativeError(await queue.readFloats(gpu.dWeight, taps * width), twice)).toBeLessThan(1e-6);
  });

  it('decoding token by token equals the training path', async () => {
    const { buffers, queue } = rig();
    const [taps, width, steps] = [4, 8, 6];
    // Two groups, one with a prefix shorter than the kernel; three rollouts of `steps` tokens.
    const spans = layout([
      [9, steps, steps],
      [2, steps],
    ]);
    const suffixes = [spans[1], spans[2], spans[4]];
    const rows = spans[spans.length - 1].end;
    const x = randomFloats(rows * width, 5);
    const weight = randomFloats(taps * width, 6);
    const training = causalConvForwardReference(x, weight, spans, width, taps);
    const gpuX = buffers.from('x', x);
    const gpuWeight = buffers.from('weight', weight);
    const prefixes = buffers.from(
      'prefixes',
      Uint32Array.from(suffixes.flatMap((s) => [s.parentStart, s.parentEnd])),
    );
    const state = buffers.storage('state', causalConvStateBytes(3, width, taps));
    causalConvInitState(queue, gpuX, prefixes, state, 3, width, taps);
    for (let t = 0; t < steps; t++) {
      const rowsNow = suffixes.map((s) => s.start + t);
      const input = Float32Array.from(
        rowsNow.flatMap((row) => [...x.subarray(row * width, (row + 1) * width)]),
      );
      const y = outputBuffer(rig(), 'y', 3 * width);
      causalConvStep(queue, buffers.from('input', input), gpuWeight, state, y, 3, width, taps);
      const expected = rowsNow.flatMap((row) => [...training.subarray(row * width, (row + 1) * width)]);
      expect(relativeError(await readOutput(rig(), y, 3 * width), expected)).toBeLessThan(1e-6);
    }
  });

  it('a suffix never sees its siblings', () => {
    const spans = layout([[5, 4, 4]]);
    const x = randomFloats(13 * 4, 7);
    const weight = randomFloats(16, 8);
    const before = causalConvForwardReference(x, weight, spans, 4, 4);
    x.fill(9, 5 * 4, 9 * 4);
    const after = causalConvForwardReference(x, weight, spans, 4, 4);
    expect(after.subarray(9 * 4)).toEqual(before.subarray(9 * 4));
  });

  it('refuses segments that do not tile the tokens', () => {
    expect(() => buildSegmentTables([{ start: 1, end: 3, parentStart: 1, parentEnd: 1 }])).toThrow(
      'segment 0',
    );
    const orphan = { start: 3, end: 5, parentStart: 1, parentEnd: 3 };
    expect(() => buildSegmentTables([{ start: 0, end: 3, parentStart: 0, parentEnd: 0 }, orphan])).toThrow(
      'segment 1',
    );
  });

  it('the reference gradient equals finite differences', () => {
    const [taps, width] = [3, 4];
    const spans = layout([
      [3, 2, 1],
      [1, 2],
    ]);
    const x = Float64Array.from(randomFloats(9 * width, 9));
    const weight = Float64Array.from(randomFloats(taps * width, 10));
    const dY = randomFloats(9 * width, 11);
    const loss = () =>
      causalConvForwardReference(x, weight, spans, width, taps).reduce(
        (sum, value, i) => sum + value * dY[i],
        0,
      );
    const expected = causalConvBackwardReference(x, weight, dY, spans, width, taps);
    for (const [values, gradient] of [
      [x, expected.dX],
      [weight, expected.dWeight],
    ] as const) {
      for (let i = 0; i < values.length; i++) {
        const at = values[i];
        values[i] = at + 1e-4;
        const up = loss();
        values[i] = at - 1e-4;
        const down = loss();
        values[i] = at;
        expect(Math.abs((up - down) / 2e-4 - gradient[i])).toBeLessThan(1e-9);
      }
    }
  });
});
