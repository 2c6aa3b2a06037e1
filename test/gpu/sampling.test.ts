import { describe, expect, it } from 'vitest';
import { Queue } from '../../src/gpu';
import {
  type SampleStep,
  type SamplingBuffers,
  sampleTokens,
  samplingKernels,
  samplingScratchBytes,
} from '../../src/kernels/sampling/sampling';
import {
  drawReference,
  samplingProbabilities,
  supportReference,
} from '../../src/kernels/sampling/sampling.reference';
import { type Rig, randomFloats, useRig } from '../support/gpu';

const plain = {
  position: 0,
  maxNew: 1,
  seed: 7,
  purpose: 3,
  step: 11,
  eosToken: 0xffffffff,
  padToken: 0,
  temperature: 1,
  topK: 0,
  topP: 1,
  greedy: false,
};

function allocate(rig: Rig, rows: number, maxNew: number): SamplingBuffers {
  const { buffers } = rig;
  const cleared = (label: string, bytes: number) => {
    const slice = buffers.storage(label, bytes);
    rig.queue.clear(slice);
    rig.queue.submit();
    return slice;
  };
  return {
    rowTable: buffers.from(
      'rowTable',
      Uint32Array.from({ length: rows * 2 }, (_, i) => (i % 2 === 0 ? i >> 6 : (i >> 1) % 32)),
    ),
    state: cleared('state', rows * 8),
    doneCount: cleared('doneCount', 16),
    nextToken: buffers.storage('nextToken', rows * 4),
    tokens: buffers.storage('tokens', rows * maxNew * 4),
    stats: buffers.storage('stats', rows * maxNew * 16),
    scratch: buffers.storage('scratch', samplingScratchBytes(rows)),
  };
}

const keyOf = (row: number, step: SampleStep, position = step.position) => ({
  ...step,
  position,
  promptIndex: row >> 5,
  sample: row % 32,
});

describe('sampling', () => {
  const rig = useRig(samplingKernels);

  it.each([
    { name: 'full softmax', vocab: 16, temperature: 0.9, topK: 0, topP: 1 },
    { name: 'top-k', vocab: 16, temperature: 1.2, topK: 5, topP: 1 },
    { name: 'top-p', vocab: 16, temperature: 0.7, topK: 0, topP: 0.9 },
  ])('frequencies equal the exact probabilities: $name', async ({ vocab, temperature, topK, topP }) => {
    const { queue, buffers } = rig();
    const [rows, maxNew] = [512, 48];
    // Logits from 3 down to -5: the last tokens are drawn a few dozen times in 24,576.
    const logits = Float32Array.from({ length: vocab }, (_, v) => 3 - (8 * ((v * 5) % vocab)) / (vocab - 1));
    const all = Float32Array.from({ length: rows * vocab }, (_, i) => logits[i % vocab]);
    const gpuLogits = buffers.from('logits', all);
    const memory = allocate(rig(), rows, maxNew);
    for (let position = 0; position < maxNew; position++) {
      sampleTokens(queue, gpuLogits, memory, {
        ...plain,
        rows,
        vocab,
        maxNew,
        position,
        temperature,
        topK,
        topP,
      });
    }
    const counts = new Array<number>(vocab).fill(0);
    for (const token of await queue.readUints(memory.tokens, rows * maxNew)) counts[token]++;
    const probabilities = samplingProbabilities(
      logits,
      temperature,
      supportReference(logits, temperature, topK, topP),
    );
    let chiSquare = 0;
    let freedom = -1;
    probabilities.forEach((p, v) => {
      const expected = p * rows * maxNew;
      if (p === 0) {
        expect(counts[v]).toBe(0);
        return;
      }
      chiSquare += (counts[v] - expected) ** 2 / expected;
      freedom++;
      // Each tail token by itself too: five standard deviations.
      expect(Math.abs(counts[v] - expected)).toBeLessThan(5 * Math.sqrt(expected) + 1);
    });
    // Mean f, variance 2f: four standard deviations above the mean.
    expect(chiSquare).toBeLessThan(freedom + 4 * Math.sqrt(2 * freedom));
  });

  it.each([
    { vocab: 4, temperature: 1, topK: 0, topP: 1 },
    { vocab: 64, temperature: 0.7, topK: 0, topP: 0.95 },
    { vocab: 300, temperature: 1.1, topK: 17, topP: 1 },
    { vocab: 2048, temperature: 0.7, topK: 40, topP: 0.8 },
    { vocab: 2048, temperature: 1, topK: 0, topP: 1 },
  ])(
    'tokens and statistics equal the reference: $vocab tokens, T $temperature, top-k $topK, top-p $topP',
    async ({ vocab, temperature, topK, topP }) => {
      const { buffers, queue } = rig();
      const rows = 37;
      const logits = randomFloats(rows * vocab, vocab, 6);
      const memory = allocate(rig(), rows, 1);
      const step = { ...plain, rows, vocab, temperature, topK, topP };
      sampleTokens(queue, buffers.from('logits', logits), memory, step);
      const tokens = await queue.readUints(memory.tokens, rows);
      const stats = await queue.readFloats(memory.stats, rows * 4);
      expect(await queue.readUints(memory.nextToken, rows)).toEqual(tokens);
      let compared = 0;
      for (let row = 0; row < rows; row++) {
        const z = logits.subarray(row * vocab, (row + 1) * vocab);
        const support = supportReference(z, temperature, topK, topP);
        const drawn = drawReference(z, temperature, support, keyOf(row, step));
        if (drawn.lead > 1e-4) {
          expect(tokens[row]).toBe(drawn.token);
          compared++;
        }
        const full = samplingProbabilities(
          z,
          temperature,
          support.map(() => true),
        );
        const truncated = samplingProbabilities(z, temperature, support);
        const entropy = full.reduce((sum, p) => sum - (p > 0 ? p * Math.log(p) : 0), 0);
        expect(Math.abs(stats[4 * row] - Math.log(full[tokens[row]]))).toBeLessThan(3e-5);
        expect(Math.abs(stats[4 * row + 1] - Math.log(truncated[tokens[row]]))).toBeLessThan(3e-5);
        expect(Math.abs(stats[4 * row + 2] - entropy)).toBeLessThan(3e-5);
      }
      expect(compared).toBeGreaterThan(rows - 3);
    },
  );

  it('ties at the edge of the support keep the lowest tokens', async () => {
    const { buffers, queue } = rig();
    const rows = 64;
    const vocab = 8;
    const logits = Float32Array.from(
      { length: rows * vocab },
      (_, i) => [0, -0, 1, 0, 1, 0, -2, 0][i % vocab],
    );
    const gpuLogits = buffers.from('logits', logits);
    // Top-k 4: both ones, then tokens 0 and 1. Top-p: e/(2e + 5 + e^-2) = .257 each, a zero .095: 0.6 needs one zero.
    for (const [options, allowed] of [
      [{ topK: 4 }, [0, 1, 2, 4]],
      [{ topP: 0.6 }, [0, 2, 4]],
      [{ topP: 0.51 }, [2, 4]],
      [{ topP: 0 }, [2]],
    ] as const) {
      const memory = allocate(rig(), rows, 8);
      for (let position = 0; position < 8; position++)
        sampleTokens(queue, gpuLogits, memory, { ...plain, ...options, rows, vocab, maxNew: 8, position });
      const seen = new Set(await queue.readUints(memory.tokens, rows * 8));
      expect([...seen].sort()).toEqual(allowed);
    }
  });

  it('greedy takes the most likely token, the lowest of equals', async () => {
    const { buffers, queue } = rig();
    const vocab = 260;
    const logits = randomFloats(3 * vocab, 5);
    logits[70] = 9;
    logits[vocab + 259] = 9;
    logits[2 * vocab + 131] = 9;
    logits[2 * vocab + 68] = 9;
    const memory = allocate(rig(), 3, 1);
    sampleTokens(queue, buffers.from('logits', logits), memory, {
      ...plain,
      rows: 3,
      vocab,
      greedy: true,
      temperature: 0,
      topK: 1,
    });
    expect([...(await queue.readUints(memory.tokens, 3))]).toEqual([70, 259, 68]);
    const stats = await queue.readFloats(memory.stats, 12);
    const full = samplingProbabilities(logits.subarray(0, vocab), 1, new Array(vocab).fill(true));
    expect(Math.abs(stats[0] - Math.log(full[70]))).toBeLessThan(1e-5);
  });

  it('rows end at the end token and stay ended, many steps in one submit', async () => {
    const { buffers, queue } = rig();
    const [rows, vocab, maxNew, eosToken, padToken] = [40, 8, 12, 5, 7];
    const logits = randomFloats(rows * vocab, 6, 0.5);
    // The pad token itself is never drawn here, so every pad stands behind an end.
    for (let row = 0; row < rows; row++) logits[row * vocab + padToken] = -1e9;
    const memory = allocate(rig(), rows, maxNew);
    // Row 39 holds no rollout.
    buffers.write(memory.state, Uint32Array.of(1, 0), 39 * 8);
    const step = { ...plain, rows, vocab, maxNew, eosToken, padToken };
    const gpuLogits = buffers.from('logits', logits);
    for (let position = 0; position < maxNew; position++)
      sampleTokens(queue, gpuLogits, memory, { ...step, position });
    const tokens = await queue.readUints(memory.tokens, rows * maxNew);
    const stats = await queue.readFloats(memory.stats, rows * maxNew * 4);
    const state = await queue.readUints(memory.state, rows * 2);
    let ended = 0;
    for (let row = 0; row < rows; row++) {
      const line = [...tokens.subarray(row * maxNew, (row + 1) * maxNew)];
      const end = row === 39 ? -1 : line.indexOf(eosToken);
      const length = row === 39 ? 0 : end < 0 ? maxNew : end + 1;
      expect([...state.subarray(2 * row, 2 * row + 2)]).toEqual([end >= 0 || row === 39 ? 1 : 0, length]);
      expect(line.slice(length)).toEqual(new Array(maxNew - length).fill(padToken));
      expect(line.slice(0, length)).not.toContain(padToken);
      const behind = stats.subarray((row * maxNew + length) * 4, (row + 1) * maxNew * 4);
      expect(behind.every((value) => value === 0)).toBe(true);
      if (end >= 0) ended++;
    }
    expect(ended).toBeGreaterThan(10);
    expect((await queue.readUints(memory.doneCount, 1))[0]).toBe(ended);
    const next = await queue.readUints(memory.nextToken, rows);
    expect([...next]).toEqual(Array.from({ length: rows }, (_, row) => tokens[(row + 1) * maxNew - 1]));
  });

  it('draws do not depend on the batch, and differ by position, sample, step, seed and purpose', async () => {
    const { buffers, queue } = rig();
    const [rows, vocab] = [64, 64];
    const flat = buffers.from('logits', new Float32Array(rows * vocab));
    const draw = async (change: Partial<SampleStep>) => {
      const memory = allocate(rig(), rows, 4);
      sampleTokens(queue, flat, memory, { ...plain, rows, vocab, maxNew: 4, ...change });
      const tokens = await queue.readUints(memory.nextToken, rows);
      return [...tokens];
    };
    const base = await draw({});
    expect(await draw({})).toEqual(base);
    expect((await draw({ rows: 9 })).slice(0, 9)).toEqual(base.slice(0, 9));
    expect(new Set(base).size).toBeGreaterThan(20);
    for (const change of [{ position: 1 }, { step: 12 }, { seed: 8 }, { purpose: 4 }]) {
      const other = await draw(change);
      expect(other.filter((token, row) => token === base[row]).length).toBeLessThan(10);
    }
  });

  it('refuses a position beyond the buffers and a temperature of zero', () => {
    const memory = allocate(rig(), 1, 1);
    const logits = rig().buffers.storage('logits', 16);
    expect(() =>
      sampleTokens(rig().queue, logits, memory, { ...plain, rows: 1, vocab: 4, position: 1 }),
    ).toThrow('token 1');
    expect(() =>
      sampleTokens(rig().queue, logits, memory, { ...plain, rows: 1, vocab: 4, temperature: 0 }),
    ).toThrow('temperature');
  });

  it('a search cut into many slices has the bits of one in few', async () => {
    const { gpu, kernels, buffers } = rig();
    const [rows, vocab] = [70, 300];
    const logits = buffers.from('logits', randomFloats(rows * vocab, 8, 4));
    const results: unknown[] = [];
    const counts: number[] = [];
    for (const fixedFlops of [1e12, 1, 3e5]) {
      const memory = allocate(rig(), rows, 1);
      await rig().queue.idle();
      const queue = new Queue(gpu, kernels, { fixedFlops });
      const step = { ...plain, rows, vocab, position: 0, maxNew: 1, temperature: 0.8, topK: 40, topP: 0.7 };
      sampleTokens(queue, logits, memory, step);
      results.push([
        await queue.readUints(memory.tokens, rows),
        await queue.readFloats(memory.stats, rows * 4),
      ]);
      counts.push(queue.dispatches);
      queue.dispose();
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
    expect(counts[0]).toBe(4);
    expect(counts[1]).toBeGreaterThan(2 * 36 + 2 * 35);
  });
});
