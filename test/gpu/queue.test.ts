import { describe, expect, it } from 'vitest';
import { Queue, type Slice, sub, tail } from '../../src/gpu';
import { sumRows, sumRowsKernels } from '../../src/kernels/shared/sum-rows';
import { useRig } from '../support/gpu';

describe('the queue', () => {
  const rig = useRig(sumRowsKernels);

  /** Adds 1 to `out` `times` times, each in a slice of its own. */
  function record(queue: Queue, times: number) {
    const { buffers } = rig();
    const one = buffers.from('one', Float32Array.of(1, 1, 1, 1));
    const out = buffers.from('out', new Float32Array(4));
    for (let i = 0; i < times; i++) {
      sumRows(queue, one, out, 1, 4);
      queue.submit();
    }
    return { one, out };
  }

  it('keeps the order of dispatches, writes, copies and frees when more is recorded than the GPU takes', async () => {
    const { gpu, kernels, buffers } = rig();
    const queue = new Queue(gpu, kernels);
    const { one, out } = record(queue, 40);
    const kept = buffers.from('kept', new Float32Array(4));
    queue.copy(out, 0, kept, 0, 16);
    queue.submit();
    const data = Float32Array.of(100, 200, 300, 400);
    buffers.write(out, data);
    // The write holds what the data were when it was asked for.
    data.fill(-1);
    sumRows(queue, one, out, 1, 4);
    queue.submit();
    const live = buffers.liveBytes;
    buffers.free(one);
    expect(queue.slices).toBeLessThan(10);
    expect(await queue.readFloats(kept, 4)).toEqual(Float32Array.of(40, 40, 40, 40));
    expect(await queue.readFloats(out, 4)).toEqual(Float32Array.of(101, 201, 301, 401));
    expect(buffers.liveBytes).toBe(live - 16);
    queue.dispose();
  });

  it('counts the time of the code that records, from its first command to its end, and no wait', async () => {
    const { gpu, kernels, buffers } = rig();
    const queue = new Queue(gpu, kernels);
    let now = 0;
    queue.recordingClock = () => now;
    const [one, out] = [buffers.from('one', new Float32Array(4)), buffers.from('out', new Float32Array(4))];
    sumRows(queue, one, out, 1, 4);
    now = 5;
    sumRows(queue, one, out, 1, 4);
    now = 7;
    await Promise.resolve();
    expect(queue.recordingMs).toBe(7);
    now = 1000;
    await queue.idle();
    expect(queue.recordingMs).toBe(7);
    queue.dispose();
  });

  it('binds the same buffers once, and others apart', () => {
    const { kernels, buffers } = rig();
    const [a, b] = [buffers.storage('a', 1024), buffers.storage('b', 1024)];
    const [kernel] = sumRowsKernels;
    const group = (...slices: [Slice, Slice]) => kernels.bind(kernel, slices).group;
    expect(group({ ...a }, { ...b })).toBe(group(a, b));
    const others = [
      group(a, b),
      group(b, a),
      group(a, tail(b, 256)),
      group(tail(a, 256), b),
      group(a, sub(b, 0, 256)),
    ];
    expect(new Set(others).size).toBe(others.length);
  });

  it('asks for the pieces of a cut when their turn comes, by the budget of then', async () => {
    const { gpu, kernels, buffers } = rig();
    const queue = new Queue(gpu, kernels, { sliceMs: 200 });
    const { one, out } = record(queue, 8);
    const budgets: number[] = [];
    function* pieces() {
      for (let i = 0; i < 12; i++) {
        budgets.push(queue.sliceBudgetFlops);
        const params = { blocks: 1, width: 4 };
        yield { params, workgroups: [1] as const, flops: queue.sliceBudgetFlops };
      }
    }
    queue.runPieces(sumRowsKernels[0], [one, out], pieces());
    expect(budgets).toEqual([]);
    expect(await queue.readFloats(out, 4)).toEqual(new Float32Array(4).fill(20));
    expect(budgets).toHaveLength(12);
    expect(budgets.at(-1)).toBeGreaterThan(budgets[0]);
    buffers.free(one);
    queue.dispose();
  });

  it('below full duty one slice at a time is on the GPU, and nothing is lost', async () => {
    const { gpu, kernels } = rig();
    const queue = new Queue(gpu, kernels, { duty: 0.5 });
    const { out } = record(queue, 10);
    expect(queue.slices).toBe(1);
    await queue.idle();
    expect(queue.slices).toBe(10);
    expect(await queue.readFloats(out, 4)).toEqual(new Float32Array(4).fill(10));
    queue.dispose();
  });
});
