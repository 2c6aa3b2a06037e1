/** @file The policy losses beside the clipped one: published values, gradients of their values, each one's clip counts. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PolicyLossMode } from '../../src/policy/types';
import { aggregationWeights } from '../../src/rl/aggregation';
import { answerTerms, type PolicyLossOptions, policyLosses, policyObjective } from '../../src/rl/policy-loss';
import { expectAllNear, expectNear } from '../support/fixtures';

const options: PolicyLossOptions = { clipRatioLow: 0.2, clipRatioHigh: 0.3, clipRatioC: 0 };
const modes = Object.keys(policyLosses) as PolicyLossMode[];

/** Terms of one answer with log-ratios `differences` and one advantage. */
function terms(
  lossMode: PolicyLossMode,
  differences: number[],
  advantage: number,
  changes: Partial<PolicyLossOptions> = {},
) {
  const answer = {
    logprobs: differences.map((d) => -2 + d),
    oldLogprobs: differences.map(() => -2),
    advantages: differences.map(() => advantage),
  };
  return answerTerms(answer, { ...options, ...changes, lossMode });
}

/** Loss, gradient and metrics of answers with one advantage each, aggregated as the loss fixes it, else by token mean. */
function batch(
  lossMode: PolicyLossMode,
  rows: { differences: number[]; advantage: number; mask?: number[] }[],
) {
  const masks = rows.map(({ differences, mask }) => mask ?? differences.map(() => 1));
  const weights = aggregationWeights(policyLosses[lossMode].aggregation ?? 'token-mean', masks);
  const flat = <T>(of: (row: (typeof rows)[number]) => T[]) => rows.flatMap(of);
  return policyObjective(
    {
      logprobs: flat(({ differences }) => differences.map((d) => -2 + d)),
      oldLogprobs: flat(({ differences }) => differences.map(() => -2)),
      advantages: flat(({ differences, advantage }) => differences.map(() => advantage)),
      mask: masks.flat(),
      weights: weights.flatMap((row) => [...row]),
      lengths: rows.map(({ differences }) => differences.length),
    },
    { ...options, lossMode },
    0,
  );
}

describe('every policy loss', () => {
  it('pushes alike at ratio 1: the gradient is −A', () => {
    for (const mode of modes) {
      for (const advantage of [1.5, -0.5]) {
        for (const term of terms(mode, [0, 0, 0], advantage))
          expectNear(term.gradient, -advantage, 1e-12, mode);
      }
    }
  });

  it('is 0 with no gradient for advantage 0', () => {
    for (const mode of modes) {
      for (const term of terms(mode, [0.5, -1, 3], 0))
        expect([term.loss + 0, term.gradient + 0], mode).toEqual([0, 0]);
    }
  });

  const difference = fc.double({ min: -1.5, max: 1.5, noNaN: true });
  const row = fc.record({
    differences: fc.array(difference, { minLength: 1, maxLength: 5 }),
    advantage: fc.double({ min: -2, max: 2, noNaN: true }).filter((a) => Math.abs(a) > 1e-3),
  });
  // log(1 ± ε) for the ratio's bounds, ∓ε for the log-ratio's: no step may cross one.
  const kinks = [Math.log(0.8), Math.log(1.3), -0.2, 0.3];
  const isSmooth = (value: number) => kinks.every((kink) => Math.abs(value - kink) > 1e-4);

  it.each(modes.filter((mode) => mode !== 'cispo'))('%s has the gradient of its aggregated value', (mode) => {
    const h = 1e-6;
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 3 }), (rows) => {
        for (const { differences } of rows) {
          fc.pre(differences.every(isSmooth));
          fc.pre(isSmooth(differences.reduce((sum, d) => sum + d, 0) / differences.length));
        }
        const { gradient } = batch(mode, rows);
        let at = 0;
        rows.forEach(({ differences }, i) => {
          differences.forEach((_, t) => {
            const moved = (by: number) =>
              batch(
                mode,
                rows.map((each, j) =>
                  j === i
                    ? { ...each, differences: each.differences.map((d, k) => (k === t ? d + by : d)) }
                    : each,
                ),
              ).loss;
            // verl's 1e-8 in the denominator of an answer's mean makes up the rest.
            expectNear(gradient[at++], (moved(h) - moved(-h)) / (2 * h), 1e-6, mode);
          });
        });
      }),
      { numRuns: 150 },
    );
  });

  it('leaves masked tokens out of loss, gradient and the means of the answer', () => {
    for (const mode of modes) {
      const with3 = batch(mode, [{ differences: [0.1, 9, -0.1], advantage: 1, mask: [1, 0, 1] }]);
      const with2 = batch(mode, [{ differences: [0.1, -0.1], advantage: 1 }]);
      expectNear(with3.loss, with2.loss, 1e-12, mode);
      expectAllNear(
        [with3.gradient[0], with3.gradient[1], with3.gradient[2]],
        [with2.gradient[0], 0, with2.gradient[1]],
        1e-12,
      );
      expectNear(with3.clipFraction, with2.clipFraction, 1e-12, mode);
    }
  });
});

describe('gspo', () => {
  it('clips all tokens of an answer by the geometric mean of their ratios', () => {
    // Mean log-ratio 0.5: e^0.5 is above 1.3, although one token went down.
    const clipped = terms('gspo', [1.4, -0.4], 1);
    for (const term of clipped) {
      expectNear(term.loss, -1.3, 1e-12);
      expect([term.gradient, term.clipped, term.clippedHigh]).toEqual([0, true, true]);
    }
    for (const term of terms('gspo', [1.4, -0.4], -1)) {
      expectNear(term.loss, Math.exp(0.5), 1e-12);
      expectNear(term.gradient, Math.exp(0.5), 1e-12);
      expect(term.clipped).toBe(false);
    }
  });

  it('holds the log-ratio of an answer at 10 from above, without a gradient, and counts no lower clip', () => {
    const [term] = terms('gspo', [40], -1, { clipRatioC: 3 });
    expectNear(term.loss, Math.exp(10), 1e-8);
    expect([term.gradient, term.clippedLower]).toEqual([0, false]);
  });

  it('tells ppo_kl unclamped', () => {
    expectNear(batch('gspo', [{ differences: [30], advantage: 1 }]).ppoKl, -30, 1e-12);
    expectNear(batch('vanilla', [{ differences: [30], advantage: 1 }]).ppoKl, -20, 1e-12);
  });
});

describe('cispo', () => {
  it('is −sg(clamped ratio) · A · log π, so that a clipped token keeps a gradient', () => {
    const [high, low, inside] = terms('cispo', [1, -1, 0.1], 2);
    expectNear(high.loss, -1.3 * 2 * -1, 1e-12);
    expectNear(high.gradient, -2.6, 1e-12);
    expectNear(low.gradient, -1.6, 1e-12);
    expectNear(inside.gradient, -2 * Math.exp(0.1), 1e-12);
    expect([high, low, inside].map((term) => term.clipped)).toEqual([true, true, false]);
    expect([high.clippedHigh, low.clippedLow]).toEqual([true, true]);
    expect(terms('cispo', [1], -1)[0].clipped, 'whatever the sign of A').toBe(true);
  });
});

describe('sapo', () => {
  it('fades by a sigmoid gate with its own temperature for each sign', () => {
    const gate = (x: number) => 1 / (1 + Math.exp(-x));
    const rho = Math.exp(0.5);
    expectNear(terms('sapo', [0.5], 2)[0].loss, -2 * gate(rho - 1) * 4, 1e-12);
    expectNear(terms('sapo', [0.5], -2)[0].loss, (2 * gate(1.05 * (rho - 1)) * 4) / 1.05, 1e-12);
    expectNear(terms('sapo', [0.5], 2, { tauPos: 3 })[0].loss, (-2 * gate(3 * (rho - 1)) * 4) / 3, 1e-12);
  });

  it('has no clip, and its gradient dies away on both sides', () => {
    const all = terms('sapo', [-30, -5, 0, 3, 30], 1);
    expect(all.every((term) => !term.clipped && !term.clippedLower)).toBe(true);
    expect(Math.abs(all[2].gradient)).toBe(1);
    for (const at of [0, 1, 3, 4]) expect(Math.abs(all[at].gradient)).toBeLessThan(0.02);
  });
});

describe('geo_mean (GMPO)', () => {
  it('weighs the answer by the geometric mean of clipped ratios', () => {
    const all = terms('geo_mean', [0.5, -0.5, 0.1], 2);
    const ratio = Math.exp((0.3 - 0.5 + 0.1) / 3);
    for (const term of all) expectNear(term.loss, -2 * ratio, 1e-12);
    // The token above the bound is pushed no further; the one below 1 − ε is.
    expectAllNear(
      all.map((term) => term.gradient),
      [0, -2 * ratio, -2 * ratio],
      1e-12,
    );
  });

  it('counts tokens outside the bounds on either side, by the sign of A', () => {
    const good = terms('geo_mean', [0.5, -0.5, 0.1], 2);
    expect(good.map((term) => term.clipped)).toEqual([true, true, false]);
    const bad = terms('geo_mean', [0.5, -0.5, 0.1], -2);
    expect(bad.map((term) => term.clippedLower)).toEqual([true, true, false]);
    expect(bad.some((term) => term.clipped)).toBe(false);
    expect(bad.map((term) => term.gradient === 0)).toEqual([false, true, false]);
  });

  it('takes the mean of the advantages where some tokens are masked out of the policy loss', () => {
    const all = answerTerms(
      { logprobs: [0, 0], oldLogprobs: [0, 0], advantages: [-1, 0] },
      { ...options, lossMode: 'geo_mean' },
    );
    expect(all.map((term) => [term.loss, term.gradient])).toEqual([
      [0.5, 0.5],
      [0.5, 0],
    ]);
  });
});
