import { describe, expect, it } from 'vitest';
import {
  logProbBackward,
  logProbForward,
  logProbKernels,
  logProbScratchBytes,
  type Pair,
  packPairs,
} from '../../src/kernels/log-prob/log-prob';
import { logProbBackwardReference, logProbReference } from '../../src/kernels/log-prob/log-prob.reference';
import entropyFixture from '../fixtures/entropy_logprob.json';
import { outputBuffer, randomFloats, readOutput, relativeError, useRig } from '../support/gpu';

const plain: Pair = { target: 0, oldLogprob: 0, refLogprob: 0, advantage: 1, weight: 1 };

describe('log-probabilities', () => {
  const rig = useRig(logProbKernels);

  // Vocabularies below, at and above 32 vec4 columns; a chunk that starts inside the pairs.
  it.each([
    [1, 4, 0, 1],
    [9, 64, 3, 0.7],
    [70, 132, 5, 1.3],
    [3, 2048, 0, 0.6],
  ])('%i rows of %i logits, first pair %i, temperature %f', async (count, vocab, first, temperature) => {
    const { buffers, queue } = rig();
    const logits = randomFloats(count * vocab, 1, 8);
    const coefficients = randomFloats((first + count) * 4, 2);
    const targets = Array.from({ length: first + count }, (_, i) => (i * 37 + 3) % vocab);
    const pairs = buffers.from('pairs', packPairs(targets.map((target) => ({ ...plain, target }))));
    const results = buffers.storage('results', (first + count) * 16);
    const scratch = buffers.storage('scratch', logProbScratchBytes(count));
    const gpuLogits = outputBuffer(rig(), 'logits', count * vocab);
    buffers.write(gpuLogits, logits);
    logProbForward(queue, gpuLogits, pairs, results, scratch, first, count, vocab, temperature);
    logProbBackward(
      queue,
      gpuLogits,
      pairs,
      results,
      buffers.from('c', coefficients),
      first,
      count,
      vocab,
      temperature,
    );
    const out = await queue.readFloats(results, (first + count) * 4);
    const gradient = await readOutput(rig(), gpuLogits, count * vocab);
    // Rows before the first pair are another call's.
    expect(out.subarray(0, first * 4).every(Number.isNaN)).toBe(true);
    for (let row = 0; row < count; row++) {
      const pair = first + row;
      const z = logits.subarray(row * vocab, (row + 1) * vocab);
      const expected = logProbReference(z, targets[pair], temperature);
      expect(Math.abs(out[4 * pair] - expected.logp)).toBeLessThan(2e-5);
      expect(Math.abs(out[4 * pair + 1] - expected.entropy)).toBeLessThan(2e-5);
      const [dLogp, dEntropy] = coefficients.subarray(4 * pair, 4 * pair + 2);
      const dLogits = logProbBackwardReference(z, targets[pair], temperature, dLogp, dEntropy);
      expect(relativeError(gradient.subarray(row * vocab, (row + 1) * vocab), dLogits)).toBeLessThan(2e-5);
    }
  });

  it('stays finite on extreme logits', async () => {
    const { buffers, queue } = rig();
    const vocab = 160;
    const logits = new Float32Array(2 * vocab).fill(-10_000);
    logits[5] = 10_000;
    logits.fill(500, vocab);
    const results = outputBuffer(rig(), 'results', 8);
    const scratch = buffers.storage('scratch', logProbScratchBytes(2));
    const pairs = buffers.from(
      'pairs',
      packPairs([
        { ...plain, target: 5 },
        { ...plain, target: 9 },
      ]),
    );
    logProbForward(queue, buffers.from('logits', logits), pairs, results, scratch, 0, 2, vocab, 1);
    const out = await readOutput(rig(), results, 8);
    expect([out[0], out[1]]).toEqual([0, 0]);
    expect(out[4]).toBeCloseTo(-Math.log(vocab), 5);
    expect(out[5]).toBeCloseTo(Math.log(vocab), 5);
  });

  it("equals PyTorch's entropies and label log-probabilities", async () => {
    const { buffers, queue } = rig();
    const { input, output } = entropyFixture.cases[0];
    const rows = input.logits.flat();
    const labels = input.labels.flat();
    // Seven classes and a padding column, as a padded vocabulary has.
    const logits = Float32Array.from(rows.flatMap((row) => [...row, -1e4]));
    const results = outputBuffer(rig(), 'results', rows.length * 4);
    const scratch = buffers.storage('scratch', logProbScratchBytes(rows.length));
    const pairs = buffers.from('pairs', packPairs(labels.map((target) => ({ ...plain, target }))));
    logProbForward(queue, buffers.from('logits', logits), pairs, results, scratch, 0, rows.length, 8, 1);
    const out = await readOutput(rig(), results, rows.length * 4);
    output.logprobs_of_labels.flat().forEach((logp, i) => {
      expect(Math.abs(out[4 * i] - logp)).toBeLessThan(1e-5);
    });
    output.token_entropy.flat().forEach((entropy, i) => {
      expect(Math.abs(out[4 * i + 1] - entropy)).toBeLessThan(1e-5);
    });
  });

  it('the reference gradient equals finite differences', () => {
    const logits = Float64Array.from(randomFloats(8, 3, 3));
    const gradient = logProbBackwardReference(logits, 2, 0.7, 0.3, -1.1);
    const loss = () => {
      const { logp, entropy } = logProbReference(logits, 2, 0.7);
      return 0.3 * logp - 1.1 * entropy;
    };
    for (let i = 0; i < logits.length; i++) {
      const at = logits[i];
      logits[i] = at + 1e-5;
      const up = loss();
      logits[i] = at - 1e-5;
      const down = loss();
      logits[i] = at;
      expect(Math.abs((up - down) / 2e-5 - gradient[i])).toBeLessThan(1e-8);
    }
  });
});
