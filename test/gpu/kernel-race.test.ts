import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Buffers, calibrate, type Gpu, Kernels, multiplyAdds, openGpu, profile, Queue } from '../../src/gpu';
import { raceAttention } from '../../src/kernels/attention/race';
import { type AttentionVariant, attentionVariant } from '../../src/kernels/attention/variants';
import { linearForward, linearKernelsFor } from '../../src/kernels/linear/linear';
import { raceLinear } from '../../src/kernels/linear/race';
import { type LinearVariant, linearVariants, portableLinearChoice } from '../../src/kernels/linear/variants';
import { chooseKernels, defaultKernels, raceKernels } from '../../src/run/kernel-choice';
import { MemoryStore } from '../../src/run/memory-store';
import { randomFloats } from '../support/gpu';

const portable = linearVariants.find(({ name }) => name === 'register-4x4') as LinearVariant;
const small = { forward: [260, 16, 16] } as const;

/** The portable variant with its forward kernel's source changed. */
function changed(name: string, from: string, to: string): LinearVariant {
  const tiled = portable.kernels.forward;
  if (!tiled?.kernel.code.includes(from)) throw new Error(`the kernel has no ${from}`);
  return {
    ...portable,
    name,
    kernels: {
      forward: { ...tiled, kernel: { ...tiled.kernel, code: tiled.kernel.code.replaceAll(from, to) } },
    },
  };
}

describe('calibration and races', () => {
  let gpu: Gpu;
  beforeAll(async () => {
    gpu = await openGpu(navigator.gpu, { defaultsOnly: true });
  });
  afterAll(() => gpu.close());

  it('calibration gives three positive figures', async () => {
    const { multiplyAddGflops, copyGigabytesPerSecond, dispatchMicroseconds } = await calibrate(gpu);
    for (const value of [multiplyAddGflops, copyGigabytesPerSecond, dispatchMicroseconds]) {
      expect(value).toBeGreaterThan(0);
      expect(value).toBeLessThan(1e6);
    }
  });

  it.each(multiplyAdds)(
    '$kernel.label does the multiply-adds that it is counted by',
    async ({ kernel, lanes, steps }) => {
      const kernels = new Kernels(gpu);
      await kernels.prepare([kernel]);
      const queue = new Queue(gpu, kernels);
      const out = new Buffers(gpu).storage('out', 64 * 4);
      const sums = async (rounds: number) => {
        queue.run(kernel, [out], { rounds, factor: 1, offset: 1 }, [1]);
        return queue.readFloats(out, 64);
      };
      const [before, after] = [await sums(0), await sums(3)];
      // Each multiply-add of a lane has added y, which is 1 + thread mod 7.
      after.forEach((sum, thread) => {
        expect(sum - before[thread]).toBe(lanes * steps * 3 * (1 + (thread % 7)));
      });
      queue.dispose();
    },
  );

  it.each([
    // Off in the last quarter of the sum, in the last column only, and by not storing at all.
    ['a wrong operand', 'w[3]', 'w[2]'],
    ['a row too few', 'if (row >= params.end) { return; }', 'if (row + 1u >= params.end) { return; }'],
    ['nothing stored', 'result[at] = total;', ''],
  ])('%s disqualifies a variant, however fast it is', async (_, from, to) => {
    const wrong = changed('wrong', from, to);
    const { choice, results } = await raceLinear(gpu, {
      capMs: 60_000,
      variants: [wrong, portable],
      roles: ['forward'],
      sizes: small,
    });
    expect(results.forward?.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['wrong', 'wrong'],
      ['register-4x4', 'timed'],
    ]);
    expect(choice).toEqual(portableLinearChoice);
  });

  it('a variant that does not compile is out, and the device lives', async () => {
    const broken = changed('broken', 'fn product', 'fn product(((');
    const { choice, results } = await raceLinear(gpu, {
      capMs: 60_000,
      variants: [broken, portable],
      roles: ['forward'],
      sizes: small,
    });
    expect(results.forward?.[0]).toMatchObject({ name: 'broken', outcome: 'failed' });
    expect(choice.forward).toBe('register-4x4');
    expect(() => gpu.check()).not.toThrow();
  });

  it('no variant with right numbers ends the start with a coded error', async () => {
    const race = raceLinear(gpu, {
      capMs: 60_000,
      variants: [changed('wrong', 'w[3]', 'w[2]')],
      roles: ['forward'],
      sizes: small,
    });
    await expect(race).rejects.toMatchObject({ code: 'gpu.wrong_numbers' });
  });

  it('without time the first candidate is the only one', async () => {
    const twice = [portable, { ...portable, name: 'again' }];
    const { results } = await raceLinear(gpu, {
      capMs: 0,
      variants: twice,
      roles: ['forward'],
      sizes: small,
    });
    expect(results.forward?.map(({ outcome }) => outcome)).toEqual(['timed', 'not raced']);
  });

  it('without time a wrong first candidate gives way to the next with right numbers', async () => {
    const { choice } = await raceLinear(gpu, {
      capMs: 0,
      variants: [changed('wrong', 'w[3]', 'w[2]'), portable],
      roles: ['forward'],
      sizes: small,
    });
    expect(choice.forward).toBe('register-4x4');
  });

  it('where a person waits the usual kernels come first, and the race when there is time, for all that follow', async () => {
    const device = await openGpu(navigator.gpu, { defaultsOnly: true });
    const cache = new MemoryStore();
    const first = await chooseKernels(device, { cache, race: 'later' });
    expect(first).toEqual({ kernels: defaultKernels(device), from: 'usual', calibration: null, notices: [] });
    expect(await cache.all()).toEqual([]);
    let asked = 0;
    expect(await raceKernels(device, cache, () => ++asked > 3)).toBeNull();
    expect(await cache.all()).toEqual([]);
    expect((await chooseKernels(device, { cache, race: 'later' })).from).toBe('usual');
    const kernels = await raceKernels(device, cache, () => false);
    expect(await chooseKernels(device, { cache, race: 'later' })).toMatchObject({ kernels, from: 'race' });
    device.close();
    const next = await openGpu(navigator.gpu, { defaultsOnly: true });
    expect(await chooseKernels(next, { cache, race: 'later' })).toMatchObject({ kernels, from: 'cache' });
    next.close();
  });

  it('a choice is raced once an adapter, kept, and read back; a broken record is raced anew', async () => {
    const cache = new MemoryStore();
    const first = await chooseKernels(gpu, { cache });
    expect(first).toMatchObject({ from: 'race', notices: [] });
    expect(await chooseKernels(gpu, { cache: new MemoryStore() })).toBe(first);
    const [path] = (await cache.all()).map((file) => file.path);
    const other = await openGpu(navigator.gpu, { defaultsOnly: true });
    const second = await chooseKernels(other, { cache });
    expect(second).toEqual({ ...first, from: 'cache' });
    other.close();
    await cache.write(path, '{"kernels": {"linear": {"forward": "magic"}}}');
    const third = await openGpu(navigator.gpu, { defaultsOnly: true });
    expect((await chooseKernels(third, { cache })).from).toBe('race');
    third.close();
  });
});

describe('the race of attention', () => {
  const register = attentionVariant('register') as AttentionVariant;

  it.each([
    ['forward', 'a window too wide', 'vec4u(params.window)', 'vec4u(params.window + 1u)'],
    ['backward_q', 'a mean left out', '(dP - d)', 'dP'],
    ['backward_kv', 'keys of the first range only', 'n < tiles[tile + 3u]', 'n < 1u'],
  ] as const)('%s with %s is disqualified, the right one chosen', async (role, _, from, to) => {
    const gpu = await openGpu(navigator.gpu, { defaultsOnly: true });
    const wrong: AttentionVariant = {
      ...register,
      name: 'wrong',
      source: (of, headDim) => {
        const source = register.source(of, headDim);
        return of === role && source !== null ? source.replace(from, to) : source;
      },
    };
    const { choice, results } = await raceAttention(gpu, {
      capMs: 60_000,
      variants: [wrong, register],
      shape: { heads: 1, kvHeads: 1, headDim: 4 },
      tokens: 64,
    });
    expect(results[role]?.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['wrong', 'wrong'],
      ['register', 'timed'],
    ]);
    expect(choice[role]).toBe('register');
    gpu.close();
  });
});

describe('the profiler', () => {
  async function rig(defaultsOnly: boolean) {
    const gpu = await openGpu(navigator.gpu, { defaultsOnly });
    const kernels = new Kernels(gpu);
    await kernels.prepare(linearKernelsFor(kernels, portableLinearChoice));
    return { gpu, buffers: new Buffers(gpu), queue: new Queue(gpu, kernels, { fixedFlops: 1e12 }) };
  }

  it('counts every dispatch and gives it a time; results are the same', async () => {
    const { gpu, buffers, queue } = await rig(false);
    const [rows, inputs, outputs] = [300, 64, 64];
    const x = buffers.from('x', randomFloats(rows * inputs, 1));
    const w = buffers.from('w', randomFloats(inputs * outputs, 2));
    const y = buffers.storage('y', rows * outputs * 4);
    const forward = () => linearForward(queue, x, w, null, y, { rows, inputs, outputs });
    forward();
    const plain = await queue.readFloats(y);
    const times = await profile(queue, async () => {
      queue.clear(y);
      // More dispatches than one query set has room for.
      for (let i = 0; i < 2100; i++) linearForward(queue, x, w, null, y, { rows: 1, inputs, outputs });
      forward();
    });
    expect(times.map(({ label, dispatches }) => [label, dispatches])).toEqual([
      ['linear.forward.register-4x4', 2101],
    ]);
    expect(times[0].ms).toBeGreaterThan(0);
    expect(await queue.readFloats(y)).toEqual(plain);
    forward();
    expect(await queue.readFloats(y)).toEqual(plain);
    gpu.close();
  });

  it('says that it is not available where the device has no timestamps', async () => {
    const { gpu, queue } = await rig(true);
    await expect(profile(queue, async () => {})).rejects.toMatchObject({ code: 'gpu.no_timestamps' });
    gpu.close();
  });
});
