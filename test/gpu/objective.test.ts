import { describe, expect, it } from 'vitest';
import {
  answerMeans,
  logProbKernels,
  needsAnswerMeans,
  objective,
  type Pair,
  packPairs,
  type TokenObjective,
} from '../../src/kernels/log-prob/log-prob';
import { objectiveReference, type TokenLoss } from '../../src/kernels/log-prob/log-prob.reference';
import { tokenObjective } from '../../src/rl/objective';
import { answerTerms } from '../../src/rl/policy-loss';
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

/** u32 [answers, 2]: first pair and end of each answer. */
function rangesOf(pairs: readonly Pair[]): Uint32Array {
  const ranges: number[] = [];
  pairs.forEach(({ answer = 0 }, i) => {
    if (ranges.length === 2 * answer) ranges.push(i, i);
    ranges[2 * answer + 1] = i + 1;
  });
  return Uint32Array.from(ranges);
}

/** Runs `answerMeans` where needed and `objective` on given log-probabilities and entropies; returns [pairs, 4]. */
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
  const [pairSlice, resultSlice] = [
    buffers.from('pairs', packPairs(pairs)),
    buffers.from('results', results),
  ];
  const ranges = rangesOf(pairs);
  const means = outputBuffer(rig, 'means', ranges.length);
  if (needsAnswerMeans(options)) {
    const count = ranges.length / 2;
    answerMeans(queue, pairSlice, resultSlice, buffers.from('ranges', ranges), means, count, options);
    await readOutput(rig, means, ranges.length);
  }
  objective(queue, pairSlice, resultSlice, gradients, means, 0, pairs.length, options);
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
    { ...dapo, lossMode: 'cispo' },
    { ...dapo, lossMode: 'sapo' },
    { ...dapo, lossMode: 'sapo', tauPos: 3, tauNeg: 0.5, klCoef: 0.1, klType: 'k3', entropyCoef: 0.3 },
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
      objectiveReference(
        pair,
        Math.fround(logps[i]),
        Math.fround(entropies[i]),
        options,
        answerTerms(
          {
            logprobs: [Math.fround(logps[i])],
            oldLogprobs: [pair.oldLogprob],
            advantages: [pair.advantage],
          },
          options,
        )[0],
      ),
    );
    for (const key of ['loss', 'dLogp', 'dEntropy', 'kl'] as const) {
      actual.forEach((value, i) => {
        const tolerance = 1e-5 * Math.max(1, Math.abs(expected[i][key]));
        expect(Math.abs(value[key] - expected[i][key]), `${key} of pair ${i}`).toBeLessThan(tolerance);
      });
    }
  });

  it.each(['gspo', 'geo_mean'] as const)(
    '%s equals the reference over answers of 1 to 700 tokens, some masked, some far off policy',
    async (lossMode) => {
      const options = { ...dapo, lossMode, clipRatioLow: 0.1, clipRatioHigh: 0.15 };
      const lengths = [1, 3, 64, 65, 700, 5, 2, 40, 9];
      const total = lengths.reduce((sum, n) => sum + n, 0);
      const random = randomFloats(3 * total, 11);
      const logps: number[] = [];
      const pairs: Pair[] = [];
      lengths.forEach((length, answer) => {
        const advantage = [1.5, -0.75][answer % 2];
        for (let t = 0; t < length; t++) {
          const i = logps.length;
          const logp = Math.fround(-1 + random[3 * i]);
          logps.push(logp);
          pairs.push({
            ...plain,
            answer,
            // Answer 6 has a mean log-ratio above 10; of answer 8 some tokens are out of the policy loss.
            oldLogprob: Math.fround(logp - random[3 * i + 1] * 0.6 - (answer === 6 ? 15 : 0.02 * answer)),
            advantage: answer === 8 && t % 2 === 0 ? 0 : advantage,
            weight: i % 13 === 0 ? 0 : Math.fround(1 / (length * lengths.length)),
          });
        }
      });
      const actual = await runObjective(
        rig(),
        pairs,
        logps,
        logps.map(() => 0),
        options,
      );
      let at = 0;
      let free = 0;
      for (const length of lengths) {
        const own = pairs.slice(at, at + length);
        const terms = answerTerms(
          {
            logprobs: logps.slice(at, at + length),
            oldLogprobs: own.map((pair) => pair.oldLogprob),
            advantages: own.map((pair) => pair.advantage),
          },
          options,
        );
        own.forEach((pair, t) => {
          const expected = objectiveReference(pair, logps[at + t], 0, options, terms[t]);
          if (expected.dLogp !== 0) free++;
          for (const key of ['loss', 'dLogp'] as const) {
            const tolerance = 2e-5 * Math.max(1e-3, Math.abs(expected[key]));
            expect(
              Math.abs(actual[at + t][key] - expected[key]),
              `${key} of token ${t} of ${length}`,
            ).toBeLessThan(tolerance);
          }
        });
        at += length;
      }
      expect(free, 'tokens with a gradient').toBeGreaterThan(20);
      expect(free, 'and tokens without').toBeLessThan(total - 20);
    },
  );

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
        const at = (logp: number, entropy: number) => {
          const policy = tokenObjective(logp, pair.oldLogprob, pair.advantage, options);
          return objectiveReference(pair, logp, entropy, options, policy);
        };
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
