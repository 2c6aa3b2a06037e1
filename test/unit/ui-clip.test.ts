import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { policyObjective } from '../../src/rl/policy-loss';
import type { ShownObjective } from '../../src/ui/panels/answer-terms';
import { axesFor, boundAt, dotPaths, knees, objectiveAt, points } from '../../src/ui/panels/clip-geometry';
import { predictClip, storedTokens } from '../../src/ui/panels/clip-prediction';
import { makeGroup, vanillaObjective as vanilla } from '../support/groups';

const logprob = fc.float({ min: -8, max: 0, noNaN: true });
const bound = fc.double({ min: 0, max: 1, noNaN: true });
const answers = fc.array(
  fc.record({
    pairs: fc.array(fc.tuple(logprob, logprob), { minLength: 1, maxLength: 30 }),
    advantage: fc.double({ min: -3, max: 3, noNaN: true }),
  }),
  { minLength: 1, maxLength: 8 },
);

function groupOf(rows: { pairs: [number, number][]; advantage: number }[]) {
  return makeGroup({
    answers: rows.map(({ pairs, advantage }) => ({
      advantage,
      tokens: new Uint32Array(pairs.length),
      oldLogprobs: Float32Array.from(pairs, ([old]) => old),
      newLogprobs: Float32Array.from(pairs, ([, now]) => now),
    })),
  });
}

describe('the predicted clip fractions', () => {
  it('equal a float64 recount of the same tokens', () => {
    fc.assert(
      fc.property(answers, bound, bound, (rows, low, high) => {
        const group = groupOf(rows);
        let tokens = 0;
        let clippedLow = 0;
        let clippedHigh = 0;
        for (const { newLogprobs, oldLogprobs, advantage } of group.answers) {
          newLogprobs?.forEach((now, t) => {
            const ratio = Math.exp(now - (oldLogprobs?.[t] ?? 0));
            if (advantage < 0 && ratio < 1 - low) clippedLow++;
            if (advantage > 0 && ratio > 1 + high) clippedHigh++;
            tokens++;
          });
        }
        const bounds = { ...vanilla, clipRatioLow: low, clipRatioHigh: high };
        const shares = predictClip(storedTokens([group], 1), bounds);
        expect(shares).toEqual({ low: clippedLow / tokens, high: clippedHigh / tokens, dual: 0, tokens });
      }),
    );
  });

  it.each(['gspo', 'cispo', 'sapo', 'geo_mean'] as const)(
    'equal what training counts under %s',
    (lossMode) => {
      fc.assert(
        fc.property(answers, bound, bound, (rows, low, high) => {
          const group = groupOf(rows);
          const options = { ...vanilla, lossMode, clipRatioLow: low, clipRatioHigh: high };
          const flat = (pick: (answer: (typeof group.answers)[number], t: number) => number) =>
            Float64Array.from(
              group.answers.flatMap((answer) => Array.from(answer.tokens, (_, t) => pick(answer, t))),
            );
          const counted = policyObjective(
            {
              logprobs: flat((answer, t) => answer.newLogprobs?.[t] ?? 0),
              oldLogprobs: flat((answer, t) => answer.oldLogprobs?.[t] ?? 0),
              advantages: flat((answer) => answer.advantage),
              weights: flat(() => 1),
              mask: flat(() => 1),
              lengths: group.answers.map((answer) => answer.tokens.length),
            },
            options,
            0,
          );
          const shares = predictClip(storedTokens([group], 1), options);
          expect(shares.low).toBeCloseTo(counted.clipFractionLow, 12);
          expect(shares.high).toBeCloseTo(counted.clipFractionHigh, 12);
        }),
        { numRuns: 30 },
      );
    },
  );

  it('are exactly 0 when every ratio is 1', () => {
    const shares = predictClip(storedTokens([makeGroup()], 1), {
      ...vanilla,
      clipRatioLow: 0,
      clipRatioHigh: 0,
    });
    expect(shares).toMatchObject({ low: 0, high: 0 });
  });

  it('are no number where nothing is stored, and count only the step asked for', () => {
    expect(predictClip(storedTokens([makeGroup()], 2), vanilla).low).toBeNaN();
    expect(storedTokens([makeGroup({ update: 0 })], 1).answers).toHaveLength(0);
  });

  it('take the shown group first where all tokens together would cost a frame', () => {
    const long = (uid: string) =>
      makeGroup({
        uid,
        answers: Array.from({ length: 4 }, () => ({
          tokens: new Uint32Array(9000),
          oldLogprobs: new Float32Array(9000),
          newLogprobs: new Float32Array(9000),
        })),
      });
    const groups = [long('1-1-0'), long('1-1-1')];
    const stored = storedTokens(groups, 1, '1-1-1');
    expect(stored.total).toBe(72_000);
    expect(stored.tokens).toBe(45_000);
    expect(stored.answers.slice(0, 4)).toEqual(groups[1].answers);
  });
});

describe('the clip plot', () => {
  const group = makeGroup({
    update: 2,
    answers: [
      {
        advantage: 1,
        tokens: new Uint32Array(2),
        oldLogprobs: Float32Array.of(-2, -2),
        newLogprobs: Float32Array.of(-1, -1.95),
      },
      {
        advantage: -1,
        tokens: new Uint32Array(1),
        oldLogprobs: Float32Array.of(-1),
        newLogprobs: Float32Array.of(-2),
      },
    ],
  });
  const stored = storedTokens([group], 1);
  const wide: ShownObjective = { ...vanilla, clipRatioHigh: 0.28 };

  it('draws a cross for each clipped token of the shown update and a dot for the others', () => {
    const found = points(stored, 2, wide);
    const paths = dotPaths(found, wide, axesFor(wide));
    const marks = (path: string) => path.split('M').length - 1;
    expect([marks(paths.positive), marks(paths.clippedPositive)]).toEqual([1, 1]);
    expect([marks(paths.negative), marks(paths.clippedNegative)]).toEqual([0, 1]);
    expect(found).toHaveLength(3);
    expect(paths.beyond).toBe(1);
    expect(points(stored, 1, wide)).toHaveLength(0);
  });

  it('leaves out tokens whose gradient is masked', () => {
    const masked = makeGroup({ update: 1, answers: [{ policyMask: Uint8Array.of(0, 1) }] });
    expect(points(storedTokens([masked], 1), 1, wide)).toHaveLength(1);
  });

  it('draws each loss by its own formula', () => {
    const at = (lossMode: ShownObjective['lossMode'], ratio: number, sign: 1 | -1) =>
      objectiveAt(ratio, sign, { ...wide, lossMode });
    expect(at('vanilla', 1.5, 1)).toBeCloseTo(1.28, 12);
    expect(at('vanilla', 0.5, -1)).toBeCloseTo(-0.8, 12);
    expect(at('gspo', 1.5, 1)).toBeCloseTo(1.28, 12);
    // The weight of a gradient that never stops: bounded on both sides of either sign.
    expect(at('cispo', 1.5, 1)).toBeCloseTo(1.28, 12);
    expect(at('cispo', 0.5, 1)).toBeCloseTo(0.8, 12);
    expect(at('cispo', 1.5, -1)).toBeCloseTo(-1.28, 12);
    // 4/τ · σ(τ(ρ − 1)) at ρ = 1 is 2/τ.
    expect(at('sapo', 1, 1)).toBeCloseTo(2, 12);
    expect(at('sapo', 1, -1)).toBeCloseTo(-2 / 1.05, 12);
    expect(at('geo_mean', 2, 1)).toBeCloseTo(Math.exp(0.28), 12);
    expect(at('geo_mean', 0.5, -1)).toBeCloseTo(-Math.exp(-0.2), 12);
  });

  it('puts the knees where each loss has its bounds, and reads a dragged handle back', () => {
    for (const lossMode of ['vanilla', 'gspo', 'cispo', 'geo_mean'] as const) {
      const options = { ...wide, lossMode };
      const [low, high] = knees(options) ?? [Number.NaN, Number.NaN];
      expect(boundAt(low, 'low', options)).toBeCloseTo(0.2, 12);
      expect(boundAt(high, 'high', options)).toBeCloseTo(0.28, 12);
    }
    expect(knees({ ...wide, lossMode: 'sapo' })).toBeNull();
  });

  it('shows one point an answer for gspo, at the ratio of the answer, on axes as narrow as its bounds', () => {
    const narrow: ShownObjective = { ...vanilla, lossMode: 'gspo', clipRatioLow: 3e-4, clipRatioHigh: 4e-4 };
    const found = points(stored, 2, narrow);
    expect(found.map(({ clipped }) => clipped)).toEqual([true, true]);
    expect(found[0].ratio).toBeCloseTo(Math.exp((1 + 0.05) / 2), 5);
    expect(axesFor(narrow)).toEqual({ half: 0.002, limit: 0.002, fromOne: true });
  });
});
