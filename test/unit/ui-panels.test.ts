import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeSeries } from '../../src/ui/charts/describe';
import { smooth } from '../../src/ui/charts/smoothing';
import { compact, fixed, percent, signed, visible, whole } from '../../src/ui/format';
import { blockAt, cutBlocks, pieces } from '../../src/ui/panels/blocks';
import { dotPaths } from '../../src/ui/panels/clip-geometry';
import { predictClip, storedTokens } from '../../src/ui/panels/clip-prediction';
import { divergingBin, paintAnswer, sequentialBin } from '../../src/ui/panels/token-colour';
import { makeGroup } from '../support/groups';

const two = (value: number) => value.toFixed(2);
const logprob = fc.float({ min: -8, max: 0, noNaN: true });
const bound = fc.double({ min: 0, max: 1, noNaN: true });

describe('the predicted clip fractions', () => {
  const answer = fc.record({
    pairs: fc.array(fc.tuple(logprob, logprob), { minLength: 1, maxLength: 30 }),
    advantage: fc.double({ min: -3, max: 3, noNaN: true }),
  });

  it('equal a float64 recount of the same tokens', () => {
    fc.assert(
      fc.property(fc.array(answer, { minLength: 1, maxLength: 8 }), bound, bound, (answers, low, high) => {
        const group = makeGroup({
          answers: answers.map(({ pairs, advantage }) => ({
            advantage,
            tokens: new Uint32Array(pairs.length),
            oldLogprobs: Float32Array.from(pairs, ([old]) => old),
            newLogprobs: Float32Array.from(pairs, ([, now]) => now),
          })),
        });
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
        const bounds = { clipRatioLow: low, clipRatioHigh: high, clipRatioC: 0 };
        const shares = predictClip(storedTokens([group], 1), bounds);
        expect(shares).toEqual({ low: clippedLow / tokens, high: clippedHigh / tokens, dual: 0, tokens });
      }),
    );
  });

  it('are exactly 0 when every ratio is 1', () => {
    const stored = storedTokens([makeGroup()], 1);
    const shares = predictClip(stored, { clipRatioLow: 0, clipRatioHigh: 0, clipRatioC: 0 });
    expect(shares).toMatchObject({ low: 0, high: 0 });
  });

  it('are no number where nothing is stored, and count only the step asked for', () => {
    expect(
      predictClip(storedTokens([makeGroup()], 2), { clipRatioLow: 0.2, clipRatioHigh: 0.2, clipRatioC: 0 })
        .low,
    ).toBeNaN();
    expect(storedTokens([makeGroup({ update: 0 })], 1).logprobs).toHaveLength(0);
  });
});

describe('the clip plot', () => {
  it('draws a cross for each clipped token of the shown update and a dot for the others', () => {
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
    const bounds = { clipRatioLow: 0.2, clipRatioHigh: 0.28, clipRatioC: 0 };
    const paths = dotPaths(stored, 2, bounds);
    const marks = (path: string) => path.split('M').length - 1;
    expect([marks(paths.positive), marks(paths.clippedPositive) / 1]).toEqual([1, 1]);
    expect([marks(paths.negative), marks(paths.clippedNegative) / 1]).toEqual([0, 1]);
    expect(paths).toMatchObject({ tokens: 3, beyond: 1 });
    expect(dotPaths(stored, 1, bounds).tokens).toBe(0);
  });
});

describe('token colours', () => {
  it('have fifteen diverging bins around a plain zero', () => {
    expect(divergingBin(0, 2)).toBe('');
    expect(divergingBin(2, 2)).toBe('d7');
    expect(divergingBin(-9, 2)).toBe('d-7');
    expect(divergingBin(0.01, 2)).toBe('d1');
    expect(divergingBin(Number.NaN, 2)).toBe('');
  });

  it('have sixteen sequential bins, ends included', () => {
    expect(sequentialBin(-5, -5, 0)).toBe('s0');
    expect(sequentialBin(0, -5, 0)).toBe('s15');
    expect(sequentialBin(-99, -5, 0)).toBe('s0');
    expect(sequentialBin(Number.NaN, -5, 0)).toBe('');
  });

  it('mark clipped tokens whatever the colouring, and none without an update', () => {
    const [answer] = makeGroup({
      answers: [{ advantage: 1, oldLogprobs: Float32Array.of(-2, -2), newLogprobs: Float32Array.of(-1, -2) }],
    }).answers;
    const bounds = { clipRatioLow: 0.2, clipRatioHigh: 0.2, clipRatioC: 0 };
    for (const colour of ['advantage', 'logprob', 'ratio', 'entropy', 'clipped'] as const)
      expect(paintAnswer(answer, colour, bounds).map(({ clipped }) => clipped)).toEqual(['high', '']);
    expect(paintAnswer(answer, 'clipped', bounds).map(({ bin }) => bin)).toEqual(['d6', '']);
    const [fresh] = makeGroup({ update: 0 }).answers;
    expect(
      paintAnswer(fresh, 'ratio', bounds).every(({ bin, clipped }) => bin === '' && clipped === ''),
    ).toBe(true);
  });
});

describe('a curve in words', () => {
  const steps = Array.from({ length: 60 }, (_, i) => i + 1);

  it('says where it came from and went', () => {
    const rising = steps.map((step) => step / 60);
    expect(describeSeries('reward', steps, rising, two)).toBe('reward rose from 0.05 to 0.97 over 60 steps.');
    expect(
      describeSeries(
        'entropy',
        steps,
        rising.map((v) => 1 - v),
        two,
      ),
    ).toMatch(/^entropy fell from 0\.95 to 0\.03/);
  });

  it('says when it has been flat', () => {
    const late = steps.map((step) => Math.min(1, step / 20));
    expect(describeSeries('reward', steps, late, two)).toMatch(/; last 20 flat\.$/);
    expect(
      describeSeries(
        'length',
        steps,
        steps.map(() => 24),
        two,
      ),
    ).toMatch(/^length stayed near 24\.00/);
  });

  it('says so when there is nothing or one step', () => {
    expect(describeSeries('reward', [], [], two)).toBe('reward: no step yet.');
    expect(describeSeries('reward', [1, 2], [null, 0.5], two)).toBe('reward is 0.50 at step 2.');
  });
});

describe('smoothing', () => {
  it('starts at the first value, keeps gaps and stays inside the range', () => {
    expect(smooth([1, 2, 3], [2, null, 4], 0.6)[0]).toBeCloseTo(2, 12);
    expect(smooth([1, 2, 3], [2, null, 4], 0.6)[1]).toBeNull();
    fc.assert(
      fc.property(fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 1 }), (values) => {
        const steps = values.map((_, i) => i);
        for (const value of smooth(steps, values, 0.9)) {
          expect(value).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9);
          expect(value).toBeLessThanOrEqual(Math.max(...values) + 1e-9);
        }
      }),
    );
  });
});

describe('the document', () => {
  it('is cut into blocks that together are its text without line breaks', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 3000 }), (text) => {
        const joined = cutBlocks(text)
          .map(({ start, end }) => text.slice(start, end))
          .join('');
        expect(joined).toBe(text.replaceAll('\n', ''));
      }),
    );
    const long = 'One sentence of words. '.repeat(500);
    expect(cutBlocks(long).every(({ start, end }) => end - start <= 700 && end > start)).toBe(true);
  });

  it('finds the block of a position', () => {
    const text = 'first\nsecond\n\nthird';
    const blocks = cutBlocks(text);
    expect(blockAt(blocks, text.indexOf('cond'))).toBe(1);
    expect(blockAt(blocks, text.length - 1)).toBe(2);
    expect(blockAt(blocks, 0)).toBe(0);
  });

  it('marks window and evidence inside a block', () => {
    const text = 'before window evidence after';
    const parts = pieces(text, { start: 0, end: text.length }, { start: 7, end: 22 }, [
      { start: 14, end: 22 },
    ]);
    expect(parts).toEqual([
      { text: 'before ', window: false, evidence: false },
      { text: 'window ', window: true, evidence: false },
      { text: 'evidence', window: true, evidence: true },
      { text: ' after', window: false, evidence: false },
    ]);
  });
});

describe('numbers', () => {
  it('carry true minus signs and no minus zero', () => {
    expect(fixed(-0.001)).toBe('0.00');
    expect(fixed(-1.5, 1)).toBe('−1.5');
    expect(fixed(Number.NaN)).toBe('–');
    expect(signed(0.5)).toBe('+0.50');
    expect(percent(0.021)).toBe('2.1 %');
    expect(compact(3e-4)).toBe('3e−4');
    expect(compact(0.28)).toBe('0.28');
    expect(whole(1234567)).toBe('1\u202f234\u202f567');
    expect(visible(' a\n')).toBe('␣a⏎');
    expect(visible('')).toBe('∅');
  });
});
