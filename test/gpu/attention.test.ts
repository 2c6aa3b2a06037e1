import { describe, expect, it } from 'vitest';
import { openGpu, Queue } from '../../src/gpu';
import {
  attentionBackwardKV,
  attentionBackwardQ,
  attentionChoiceOf,
  attentionD,
  attentionForward,
  attentionKernelsFor,
  attentionRunsOn,
  attentionVariants,
  buildAttentionTiles,
  type GroupLengths,
  layoutGroups,
  uploadAttentionTiles,
} from '../../src/kernels/attention';
import {
  attentionBackwardReference,
  attentionForwardReference,
} from '../../src/kernels/attention/attention.reference';
import { type AttentionShape, qkvRowFloats } from '../../src/kernels/shared/attention-shape';
import type { Segment } from '../../src/kernels/shared/segment';
import { outputBuffer, type Rig, randomFloats, readOutput, relativeError, useRig } from '../support/gpu';
import { outputQkv, readQkv, uploadQkv } from '../support/qkv';

interface Result {
  o: Float32Array;
  ld: Float32Array;
  dQkv: Float32Array;
}

const rowsOf = (segments: readonly Segment[]): number =>
  segments.reduce((rows, segment) => Math.max(rows, segment.end), 0);
const shapeOf = (heads: number, kvHeads: number, headDim: number): AttentionShape => ({
  heads,
  kvHeads,
  headDim,
});
const even = (ld: Float32Array): Float32Array => ld.filter((_, i) => i % 2 === 0);

/** Takes rows `from` of a [rows, width] array. */
function takeRows(data: ArrayLike<number>, width: number, from: readonly number[]): Float32Array {
  const out = new Float32Array(from.length * width);
  from.forEach((row, i) => {
    for (let c = 0; c < width; c++) out[i * width + c] = data[row * width + c];
  });
  return out;
}

/** Forward and backward of one batch into poisoned buffers. */
async function runOn(
  rig: Rig,
  queue: Queue,
  qkv: Float32Array,
  dO: Float32Array,
  segments: readonly Segment[],
  shape: AttentionShape,
  window: number | null,
): Promise<Result> {
  const { buffers } = rig;
  const rows = rowsOf(segments);
  const work = uploadAttentionTiles(buffers, buildAttentionTiles(segments, shape, window));
  const gpuQkv = uploadQkv(buffers, qkv, shape);
  const gpuDO = buffers.from('dO', dO);
  const o = outputBuffer(rig, 'o', dO.length);
  const ld = outputBuffer(rig, 'ld', rows * shape.heads * 2);
  const dQkv = outputQkv(rig, rows, shape);
  attentionForward(queue, gpuQkv, o, ld, work, shape);
  attentionD(queue, o, gpuDO, ld, rows, shape);
  attentionBackwardQ(queue, gpuQkv, gpuDO, ld, dQkv.q, work, shape);
  attentionBackwardKV(queue, gpuQkv, gpuDO, ld, dQkv, work, shape);
  await queue.idle();
  return {
    o: await readOutput(rig, o, dO.length),
    ld: await readOutput(rig, ld, rows * shape.heads * 2),
    dQkv: await readQkv(rig, dQkv, rows, shape),
  };
}

function inputs(rows: number, shape: AttentionShape, seed: number): { qkv: Float32Array; dO: Float32Array } {
  return {
    qkv: randomFloats(rows * qkvRowFloats(shape), seed, 2),
    dO: randomFloats(rows * shape.heads * shape.headDim, seed + 1),
  };
}

const full = await openGpu(navigator.gpu);
// The shapes of workgroup tiles share their sources, and barriers are slow in software: there one stands for all.
const shapes = attentionVariants.filter(({ barriers }) => barriers).map(({ name }) => name);
const oneShape = 'workgroup-32-4x8-loops';
const otherShapes = full.adapter.software
  ? ['workgroup-64-4x8', 'workgroup-64-8x8-loops']
  : shapes.filter((name) => name !== oneShape);
const variants = attentionVariants.filter(
  (variant) =>
    attentionRunsOn(full, variant) &&
    (!full.adapter.software || !variant.barriers || variant.name === oneShape),
);
full.close();

describe.each(variants.map((variant) => [variant.name, variant] as const))(
  'attention with a shared prefix by %s',
  (_, variant) => {
    const rig = useRig(
      (cache) =>
        [4, 12, 32].flatMap((headDim) =>
          attentionKernelsFor(cache, headDim, attentionChoiceOf(variant.name)),
        ),
      { defaultsOnly: !variant.subgroups },
    );

    const run = (
      qkv: Float32Array,
      dO: Float32Array,
      segments: readonly Segment[],
      shape: AttentionShape,
      queue: Queue = rig().queue,
      window: number | null = null,
    ) => runOn(rig(), queue, qkv, dO, segments, shape, window);

    const cases: [string, AttentionShape, GroupLengths[]][] = [
      ['one row', shapeOf(1, 1, 12), [{ prefix: 1, suffixes: [] }]],
      ['GQA 4/4, one sequence', shapeOf(4, 4, 32), [{ prefix: 67, suffixes: [] }]],
      ['GQA 4/2, a group', shapeOf(4, 2, 32), [{ prefix: 45, suffixes: [33, 1, 0, 7] }]],
      [
        'GQA 4/1, two groups',
        shapeOf(4, 1, 4),
        [
          { prefix: 19, suffixes: [5, 40] },
          { prefix: 32, suffixes: [16, 3] },
        ],
      ],
      [
        'GQA 6/2, empty segments',
        shapeOf(6, 2, 12),
        [
          { prefix: 0, suffixes: [9, 0, 24] },
          { prefix: 21, suffixes: [0] },
          { prefix: 1, suffixes: [1] },
        ],
      ],
      ['ten query heads a key head', shapeOf(10, 1, 12), [{ prefix: 11, suffixes: [9, 3] }]],
      ['more rows than one partial sum takes', shapeOf(2, 1, 12), [{ prefix: 530, suffixes: [270] }]],
    ];

    it.each(cases)('forward and backward equal the float64 reference: %s', async (_, shape, groups) => {
      const segments = layoutGroups(groups);
      const rows = rowsOf(segments);
      const { qkv, dO } = inputs(rows, shape, 7);
      const { o, ld, dQkv } = await run(qkv, dO, segments, shape);
      const forward = attentionForwardReference(qkv, rows, segments, shape);
      expect(relativeError(o, forward.o)).toBeLessThan(2e-6);
      expect(relativeError(even(ld), forward.l2)).toBeLessThan(2e-6);
      expect(relativeError(dQkv, attentionBackwardReference(qkv, dO, rows, segments, shape))).toBeLessThan(
        1e-5,
      );
    });

    it('stays finite and exact with scores of large magnitude', async () => {
      const shape = shapeOf(2, 1, 12);
      const segments = layoutGroups([{ prefix: 20, suffixes: [13, 6] }]);
      const qkv = randomFloats(39 * qkvRowFloats(shape), 3, 40);
      const dO = randomFloats(39 * 24, 4);
      const { o, dQkv } = await run(qkv, dO, segments, shape);
      expect(relativeError(o, attentionForwardReference(qkv, 39, segments, shape).o)).toBeLessThan(1e-3);
      expect(relativeError(dQkv, attentionBackwardReference(qkv, dO, 39, segments, shape))).toBeLessThan(
        1e-2,
      );
    });

    it('a shared prefix equals the prefix repeated before each suffix, outputs and gradients', async () => {
      const shape = shapeOf(4, 2, 32);
      const prefix = 41;
      const suffixes = [23, 1, 38];
      const shared = layoutGroups([{ prefix, suffixes }]);
      const rows = rowsOf(shared);
      const { qkv, dO } = inputs(rows, shape, 11);
      const repeated = layoutGroups(suffixes.map((length) => ({ prefix: prefix + length, suffixes: [] })));
      const from: number[] = [];
      // The prefix has one output in the shared layout, so only the first copy carries its incoming gradient.
      const carries: boolean[] = [];
      suffixes.forEach((_, index) => {
        const { start, end } = shared[index + 1];
        for (let row = 0; row < prefix; row++) from.push(row);
        for (let row = start; row < end; row++) from.push(row);
        while (carries.length < from.length) carries.push(index === 0 || from[carries.length] >= prefix);
      });
      const width = shape.heads * shape.headDim;
      const dORepeated = takeRows(dO, width, from).map((value, i) =>
        carries[Math.floor(i / width)] ? value : 0,
      );
      const one = await run(qkv, dO, shared, shape);
      const many = await run(takeRows(qkv, qkvRowFloats(shape), from), dORepeated, repeated, shape);
      expect(relativeError(many.o, takeRows(one.o, width, from))).toBeLessThan(1e-6);
      const gradient = new Float64Array(qkv.length);
      from.forEach((row, i) => {
        for (let c = 0; c < qkvRowFloats(shape); c++)
          gradient[row * qkvRowFloats(shape) + c] += many.dQkv[i * qkvRowFloats(shape) + c];
      });
      expect(relativeError(one.dQkv, gradient)).toBeLessThan(2e-6);
    });

    const windowed: [string, AttentionShape, GroupLengths[], number][] = [
      [
        'the window reaches over the border',
        shapeOf(4, 2, 32),
        [{ prefix: 45, suffixes: [33, 1, 0, 7] }],
        20,
      ],
      ['only itself', shapeOf(2, 1, 12), [{ prefix: 9, suffixes: [3, 70] }], 1],
      [
        'two groups, longer than a tile',
        shapeOf(4, 1, 4),
        [
          { prefix: 150, suffixes: [40, 5] },
          { prefix: 70, suffixes: [90] },
        ],
        100,
      ],
      ['several blocks', shapeOf(2, 1, 12), [{ prefix: 900, suffixes: [270, 40] }], 600],
    ];

    it.each(windowed)(
      'with a window, forward and backward equal the float64 reference: %s',
      async (_, shape, groups, window) => {
        const segments = layoutGroups(groups);
        const rows = rowsOf(segments);
        const { qkv, dO } = inputs(rows, shape, 17);
        const { o, ld, dQkv } = await run(qkv, dO, segments, shape, rig().queue, window);
        const forward = attentionForwardReference(qkv, rows, segments, shape, window);
        expect(relativeError(o, forward.o)).toBeLessThan(2e-6);
        expect(relativeError(even(ld), forward.l2)).toBeLessThan(2e-6);
        const backward = attentionBackwardReference(qkv, dO, rows, segments, shape, window);
        expect(relativeError(dQkv, backward)).toBeLessThan(1e-5);
      },
    );

    it('a window as long as the longest sequence gives the bits of global attention', async () => {
      const shape = shapeOf(4, 2, 32);
      const segments = layoutGroups([{ prefix: 70, suffixes: [40, 33] }]);
      const { qkv, dO } = inputs(rowsOf(segments), shape, 19);
      const whole = await run(qkv, dO, segments, shape);
      const wide = await run(qkv, dO, segments, shape, rig().queue, 110);
      const narrow = await run(qkv, dO, segments, shape, rig().queue, 109);
      expect(wide).toEqual(whole);
      expect(narrow.o).not.toEqual(whole.o);
    });

    it.each([
      ['global', null],
      ['windowed', 700],
    ])('sliced equals unsliced bitwise, and a repeat equals the first run: %s', async (_, window) => {
      const shape = shapeOf(4, 2, 12);
      const segments = layoutGroups([
        { prefix: 1100, suffixes: [40, 33] },
        { prefix: 60, suffixes: [70] },
      ]);
      const { qkv, dO } = inputs(rowsOf(segments), shape, 13);
      const whole = await run(qkv, dO, segments, shape, rig().queue, window);
      for (const [fixedFlops, atLeast] of [
        [1e5, 100],
        [3e6, 20],
        [1e12, 4],
      ]) {
        const queue = new Queue(rig().gpu, rig().kernels, { fixedFlops });
        const sliced = await run(qkv, dO, segments, shape, queue, window);
        expect(queue.dispatches).toBeGreaterThanOrEqual(atLeast);
        for (const name of ['o', 'ld', 'dQkv'] as const) expect(sliced[name]).toEqual(whole[name]);
        queue.dispose();
      }
    });

    it('the reference gradient equals finite differences', () => {
      const shape = shapeOf(2, 1, 4);
      const segments = layoutGroups([{ prefix: 3, suffixes: [2, 1] }]);
      const qkv = Float64Array.from(randomFloats(6 * 16, 5, 2));
      const dO = randomFloats(6 * 8, 6);
      const loss = (x: Float64Array): number =>
        attentionForwardReference(x, 6, segments, shape).o.reduce((sum, value, i) => sum + value * dO[i], 0);
      const gradient = attentionBackwardReference(qkv, dO, 6, segments, shape);
      for (let i = 0; i < qkv.length; i++) {
        const up = qkv.slice();
        const down = qkv.slice();
        up[i] += 1e-5;
        down[i] -= 1e-5;
        expect(Math.abs((loss(up) - loss(down)) / 2e-5 - gradient[i])).toBeLessThan(1e-8);
      }
    });
  },
);

describe('workgroup tiles', () => {
  const rig = useRig((cache) => attentionKernelsFor(cache, 12, attentionChoiceOf(oneShape)));

  it('of every shape give the same bits', { timeout: 300_000 }, async () => {
    const { kernels, queue } = rig();
    const shape = shapeOf(6, 2, 12);
    const segments = layoutGroups([{ prefix: 75, suffixes: [33, 1, 0, 40] }]);
    const { qkv, dO } = inputs(rowsOf(segments), shape, 23);
    for (const window of [null, 37]) {
      const results: Result[] = [];
      for (const name of [oneShape, ...otherShapes]) {
        await kernels.prepare(attentionKernelsFor(kernels, 12, attentionChoiceOf(name)));
        results.push(await runOn(rig(), queue, qkv, dO, segments, shape, window));
      }
      expect(results.length).toBeGreaterThan(1);
      for (const result of results) expect(result).toEqual(results[0]);
    }
  });
});
