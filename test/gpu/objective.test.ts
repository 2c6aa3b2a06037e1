import { describe, expect, it } from 'vitest';
import {
  logProbKernels,
  objective,
  type Pair,
  packPairs,
  type TokenObjective,
} from '../../src/kernels/log-prob/log-prob';
import { objectiveReference, type TokenLoss } from '../../src/kernels/log-prob/log-prob.reference';
import klFixture from '../fixtures/kl_penalty.json';
import policyFixture from '../fixtures/policy_loss_vanilla_dualclip.json';
import { outputBuffer, type Rig, randomFloats, readOutput, useRig } from '../support/gpu';

const plain: Pair = { target: 0, oldLogprob: 0, refLogprob: 0, advantage: 1, weight: 1 };
const dapo: TokenObjective = {
  kind: 'policy',
  clipRatioLow: 0.2,
  clipRatioHigh: 0.28,
  clipRatioC: 3,
  klCoef: 0,
  klType: 'k3',
  entropyCoef: 0,
};

/** Runs `objective` on given log-probabilities and entropies; returns [pairs, 4]. */
async function runObjective(
  rig: Rig,
  pairs: readonly Pair[],
  logps: readonly number[],
  entropies: readonly number[],
  options: TokenObjective,
) {
  const results = Float32Array.from(logps.flatMap((logp, i) => [logp, entropies[i], 0, 0]));
  const gradients = outputBuffer(rig, 'gradients', pairs.length * 4);
  const { buffers, queue } = rig;
  objective(
    queue,
    buffers.from('pairs', packPairs(pairs)),
    buffers.from('results', results),
    gradients,
    0,
    pairs.length,
    options,
  );
  const out = await readOutput(rig, gradients, pairs.length * 4);
  return pairs.map(
    (_, i): TokenLoss => ({
      dLogp: out[4 * i],
      dEntropy: out[4 * i + 1],
      loss: out[4 * i + 2],
      kl: out[4 * i + 3],
    }),
  );
}

describe('objective', () => {
  const rig = useRig(logProbKernels);

  it.each([
    dapo,
    { ...dapo, clipRatioC: 0 },
    { ...dapo, klCoef: 0.1, klType: 'k1', entropyCoef: 0.01 },
    { ...dapo, klCoef: 0.1, klType: 'k2' },
    { ...dapo, klCoef: 0.1, klType: 'k3', entropyCoef: 0.3 },
    { ...dapo, kind: 'supervised' },
  ] satisfies TokenObjective[])('equals the reference: %j', async (options) => {
    const random = randomFloats(5 * 200, 4);
    const logps = Array.from({ length: 200 }, (_, i) => -1 + random[5 * i]);
    const entropies = Array.from({ length: 200 }, (_, i) => 1 + random[5 * i + 4]);
    const pairs = logps.map(
      (logp, i): Pair => ({
        target: 0,
        // Log-ratios from ±1 to ±30, so that clips, dual clip and clamps all occur.
        oldLogprob: Math.fround(logp - random[5 * i + 1] * (i % 9 === 0 ? 30 : 1.5)),
        refLogprob: Math.fround(logp + random[5 * i + 2] * (i % 7 === 0 ? 30 : 0.5)),
        advantage: Math.fround(random[5 * i + 3] * 2),
        weight: i % 11 === 0 ? 0 : Math.fround(0.1 + (i % 4) / 4),
      }),
    );
    const actual = await runObjective(rig(), pairs, logps, entropies, options);
    const expected = pairs.map((pair, i) =>
      objectiveReference(pair, Math.fround(logps[i]), Math.fround(entropies[i]), options),
    );
    for (const key of ['loss', 'dLogp', 'dEntropy', 'kl'] as const) {
      actual.forEach((value, i) => {
        const tolerance = 1e-5 * Math.max(1, Math.abs(expected[i][key]));
        expect(Math.abs(value[key] - expected[i][key]), `${key} of pair ${i}`).toBeLessThan(tolerance);
      });
    }
  });

  it('has a gradient where the ratio is exactly 1', async () => {
    const pairs = [-2, -1, 1, 2].map((advantage) => ({ ...plain, oldLogprob: -1.25, advantage }));
    const out = await runObjective(
      rig(),
      pairs,
      pairs.map(() => -1.25),
      pairs.map(() => 0),
      dapo,
    );
    expect(out.map((token) => token.dLogp)).toEqual([2, 1, -1, -2]);
  });

  it("equals verl's clipped loss and gradient", async () => {
    for (const { input, output } of policyFixture.cases) {
      if (!input.response_mask || !input.log_prob || !input.old_log_prob || !input.advantages) continue;
      const mask = input.response_mask.flat();
      const tokens = mask.reduce((sum, value) => sum + value, 0);
      const logps = input.log_prob.flat();
      const [old, advantages] = [input.old_log_prob.flat(), input.advantages.flat()];
      const pairs = mask.map(
        (m, i): Pair => ({ ...plain, oldLogprob: old[i], advantage: advantages[i], weight: m / tokens }),
      );
      const options = {
        ...dapo,
        clipRatioLow: input.clip_ratio_low,
        clipRatioHigh: input.clip_ratio_high,
        clipRatioC: input.clip_ratio_c,
      };
      const out = await runObjective(
        rig(),
        pairs,
        logps,
        pairs.map(() => 0),
        options,
      );
      const expected = output['token-mean'];
      expect(Math.abs(out.reduce((sum, token) => sum + token.loss, 0) - expected.pg_loss)).toBeLessThan(1e-5);
      expected.grad_wrt_log_prob.flat().forEach((value, i) => {
        expect(Math.abs(out[i].dLogp - value)).toBeLessThan(1e-5);
      });
    }
  });

  it("equals verl's ratio sweep and KL estimators", async () => {
    const sweep = policyFixture.cases.find((item) => item.name.startsWith('per_token_ratio_sweep'));
    const rows = sweep?.output.per_token ?? [];
    expect(rows.length).toBeGreaterThan(0);
    const sweepPairs = rows.map(() => ({ ...plain, oldLogprob: -2, advantage: sweep?.input.advantage ?? 0 }));
    const swept = await runObjective(
      rig(),
      sweepPairs,
      rows.map(({ ratio }) => -2 + Math.log(ratio)),
      rows.map(() => 0),
      dapo,
    );
    rows.forEach((row, i) => {
      expect(Math.abs(swept[i].loss - row.loss)).toBeLessThan(1e-5);
      expect(Math.abs(swept[i].dLogp - row.dloss_dlogprob)).toBeLessThan(1e-5);
    });

    const { input, output } = klFixture.cases[0];
    const logps = input.logprob.flat();
    const refs = input.ref_logprob.flat();
    const mask = input.mask.flat();
    for (const klType of ['k1', 'k2', 'k3'] as const) {
      const pairs = refs.map((refLogprob, i) => ({ ...plain, refLogprob, advantage: 0, weight: mask[i] }));
      const out = await runObjective(
        rig(),
        pairs,
        logps,
        logps.map(() => 0),
        { ...dapo, klCoef: 1, klType },
      );
      output[klType].grad_of_masked_sum_wrt_logprob.flat().forEach((value, i) => {
        expect(Math.abs(out[i].dLogp - value)).toBeLessThan(1e-5);
      });
      output[klType].value.flat().forEach((value, i) => {
        expect(Math.abs(out[i].loss - value * mask[i])).toBeLessThan(1e-5);
      });
    }
  });

  it('the reference derivative equals finite differences', () => {
    const random = randomFloats(300, 9);
    for (let i = 0; i < 60; i++) {
      const [a, b, c, d, e] = random.subarray(5 * i, 5 * i + 5);
      const pair = { ...plain, oldLogprob: -1 + a, refLogprob: -1 + b, advantage: 2 * c, weight: 1 + d };
      for (const klType of ['k1', 'k2', 'k3'] as const) {
        const options = { ...dapo, klCoef: 0.2, klType, entropyCoef: 0.1 };
        const at = (logp: number, entropy: number) => objectiveReference(pair, logp, entropy, options);
        const { dLogp, dEntropy } = at(-1 + e, 2);
        // The random ratios keep away from the corners of the clip by more than the step.
        expect(Math.abs((at(-1 + e + 1e-6, 2).loss - at(-1 + e - 1e-6, 2).loss) / 2e-6 - dLogp)).toBeLessThan(
          1e-7,
        );
        expect(Math.abs(at(-1 + e, 2.5).loss - at(-1 + e, 1.5).loss - dEntropy)).toBeLessThan(1e-9);
      }
    }
  });
});
