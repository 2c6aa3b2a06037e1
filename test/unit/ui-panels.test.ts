import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeSeries } from '../../src/ui/charts/describe';
import { endsInSight } from '../../src/ui/charts/positions';
import { smooth } from '../../src/ui/charts/smoothing';
import { compact, fixed, percent, signed, visible, whole } from '../../src/ui/format';
import { blockAt, cutBlocks } from '../../src/ui/panels/blocks';
import { divergingBin, sequentialBin } from '../../src/ui/panels/token-colour';

const two = (value: number) => value.toFixed(2);

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
});

describe('the axis of a curve', () => {
  const all = [0, 99] as const;

  it('names the lowest and the highest value in sight', () => {
    const raw = [0.5, 0.2, null, 0.9];
    expect(endsInSight([1, 2, 3, 4], [raw, [0.5, 0.4, null, 0.6]], all, two)).toEqual([0.2, 0.9]);
    expect(endsInSight([1, 2, 3, 4], [raw], [1, 2], two)).toEqual([0.2, 0.5]);
  });

  it('names one value once, also where two are written alike', () => {
    expect(endsInSight([1], [[0.32]], all, two)).toEqual([0.32]);
    expect(endsInSight([1, 2], [[0.321, 0.323]], all, two)).toEqual([0.323]);
    expect(endsInSight([], [[], []], all, two)).toEqual([]);
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
