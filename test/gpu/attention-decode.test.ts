import { describe, expect, it } from 'vitest';
import { Queue } from '../../src/gpu';
import {
  attentionDecode,
  attentionDecodeKernels,
  attentionForward,
  attentionKernels,
  buildAttentionTiles,
  buildDecodeTable,
  type DecodeVariant,
  decodeCacheFloats,
  decodeVariants,
  layoutGroups,
  uploadAttentionTiles,
  uploadDecodeWork,
} from '../../src/kernels/attention';
import { ropeForward, ropeKernels } from '../../src/kernels/rope/rope';
import { type AttentionShape, keyRowFloats, qkvRowFloats } from '../../src/kernels/shared/attention-shape';
import { outputBuffer, randomFloats, readOutput, relativeError, useRig } from '../support/gpu';
import { splitQkv, uploadQkv } from '../support/qkv';

describe.each(decodeVariants)('decode attention, %s', (variant: DecodeVariant) => {
  const rig = useRig(
    [12, 32].flatMap((headDim) => [
      ...attentionKernels(headDim),
      ...decodeVariants.flatMap((variant) => attentionDecodeKernels(headDim, variant)),
      ...ropeKernels,
    ]),
  );

  it.each<[string, AttentionShape, number[], number, number | null]>([
    ['4/2', { heads: 4, kvHeads: 2, headDim: 32 }, [37, 1, 64], 3, null],
    ['4/4', { heads: 4, kvHeads: 4, headDim: 32 }, [5], 1, null],
    ['4/1, more rows than one workgroup serves', { heads: 4, kvHeads: 1, headDim: 12 }, [23, 40], 19, null],
    ['no prefix', { heads: 2, kvHeads: 1, headDim: 12 }, [0, 8], 2, null],
    ['several chunks', { heads: 4, kvHeads: 2, headDim: 12 }, [700, 256, 257, 12], 3, null],
    ['a window over two chunks', { heads: 4, kvHeads: 2, headDim: 12 }, [600, 100], 3, 290],
    ['a window that leaves the prefix behind', { heads: 2, kvHeads: 1, headDim: 12 }, [300, 3], 2, 4],
  ])('token by token it equals the training forward: %s', async (_, shape, prefixes, groupSize, window) => {
    const { buffers, queue } = rig();
    const steps = 6;
    const slots = 7;
    const segments = layoutGroups(
      prefixes.map((prefix) => ({ prefix, suffixes: new Array<number>(groupSize).fill(steps) })),
    );
    const width = qkvRowFloats(shape);
    const oWidth = shape.heads * shape.headDim;
    const tokens = segments[segments.length - 1].end;
    const qkv = randomFloats(tokens * width, 21, 2);

    const work = uploadAttentionTiles(buffers, buildAttentionTiles(segments, shape, window));
    const trainO = outputBuffer(rig(), 'o', tokens * oWidth);
    const ld = buffers.storage('ld', tokens * shape.heads * 8);
    const gpuQkv = uploadQkv(buffers, qkv, shape);
    attentionForward(queue, gpuQkv, trainO, ld, work, shape);
    const expected = await readOutput(rig(), trainO, tokens * oWidth);

    // Rollout r of the decode batch is suffix r of the training batch. The prefill buffer holds prefixes only.
    const answers = segments.filter((_, index) => index % (groupSize + 1) !== 0);
    const prefill = qkv.slice();
    for (const { start, end } of answers) prefill.fill(Number.NaN, start * width, end * width);
    const table = buildDecodeTable(
      prefixes.map((prefix, group) => {
        const { start } = segments[group * (groupSize + 1)];
        return {
          rowBegin: group * groupSize,
          rowEnd: (group + 1) * groupSize,
          prefixBegin: start,
          prefixEnd: start + prefix,
        };
      }),
      answers.length,
      shape,
    );
    const decodeWork = uploadDecodeWork(buffers, table, slots, shape);
    const gpuPrefill = uploadQkv(buffers, prefill, shape);
    const cacheFloats = decodeCacheFloats(answers.length, slots, shape);
    const own = { k: outputBuffer(rig(), 'k', cacheFloats), v: outputBuffer(rig(), 'v', cacheFloats) };
    // No position rotates anything: cosines of 1, then sines of 0.
    const ones = (slots * shape.headDim) / 2;
    const cosSin = buffers.from('rope', new Float32Array(2 * ones).fill(1, 0, ones));
    const unturned = { cosSin, maxPositions: slots };
    const positions = buffers.from('positions', new Uint32Array(answers.length));
    for (let step = 0; step < steps; step++) {
      const rows = new Float32Array(answers.length * width);
      const wanted = new Float32Array(answers.length * oWidth);
      answers.forEach(({ start }, r) => {
        rows.set(qkv.subarray((start + step) * width, (start + step + 1) * width), r * width);
        wanted.set(expected.subarray((start + step) * oWidth, (start + step + 1) * oWidth), r * oWidth);
      });
      const o = outputBuffer(rig(), 'o', wanted.length);
      const q = outputBuffer(rig(), 'q', wanted.length);
      const slot = { slots, slot: step };
      ropeForward(
        queue,
        buffers.from('rows', rows),
        { q, ...own },
        unturned,
        positions,
        answers.length,
        shape,
        slot,
      );
      attentionDecode(queue, q, gpuPrefill, own, o, decodeWork, step, shape, window, variant);
      expect(relativeError(await readOutput(rig(), o, wanted.length), wanted)).toBeLessThan(1e-6);
    }
    // Only the used slots are written.
    const { k: keys, v: values } = splitQkv(qkv, shape);
    const slotFloats = keyRowFloats(shape);
    for (const [cache, expected] of [
      [own.k, keys],
      [own.v, values],
    ] as const) {
      const cached = await queue.readFloats(cache, cacheFloats + 16);
      answers.forEach(({ start }, r) => {
        for (let slot = 0; slot < slots; slot++) {
          const at = (r * slots + slot) * slotFloats;
          const found = cached.subarray(at, at + slotFloats);
          if (slot === steps) expect(found.every(Number.isNaN)).toBe(true);
          else
            expect(found).toEqual(
              expected.subarray((start + slot) * slotFloats, (start + slot + 1) * slotFloats),
            );
        }
      });
    }
  });

  it('a row does not depend on the rows beside it, nor the result on the slices', async () => {
    const shape = { heads: 4, kvHeads: 2, headDim: 12 };
    const { buffers, queue, gpu, kernels } = rig();
    const width = qkvRowFloats(shape);
    const prefix = 3000;
    const prefill = uploadQkv(buffers, randomFloats(prefix * width, 31, 2), shape);
    const qkv = randomFloats(8 * width, 32, 2);
    const run = async (rows: number, on: Queue) => {
      const table = buildDecodeTable(
        [{ rowBegin: 0, rowEnd: rows, prefixBegin: 0, prefixEnd: prefix }],
        rows,
        shape,
      );
      const o = outputBuffer(rig(), 'o', rows * 48);
      const own = uploadQkv(buffers, qkv.subarray(0, rows * width), shape);
      attentionDecode(
        on,
        own.q,
        prefill,
        own,
        o,
        uploadDecodeWork(buffers, table, 1, shape),
        0,
        shape,
        null,
        variant,
      );
      await on.idle();
      return readOutput(rig(), o, rows * 48);
    };
    const all = await run(8, queue);
    const tiny = new Queue(gpu, kernels, { fixedFlops: 1e5 });
    const before = tiny.dispatches;
    expect(await run(8, tiny)).toEqual(all);
    expect(tiny.dispatches - before).toBeGreaterThan(6);
    tiny.dispose();
    expect(await run(3, queue)).toEqual(all.subarray(0, 3 * 48));
  });
});
