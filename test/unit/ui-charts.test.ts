import { describe, expect, it } from 'vitest';
import { marksAt, markWords, placeWords } from '../../src/ui/charts/marks';
import type { ChangeMark } from '../../src/ui/state/model';

const mark = (step: number, who: ChangeMark['who'] = 'you'): ChangeMark => ({
  step,
  key: 'clip_ratio_high',
  from: 0.2,
  to: 0.28,
  time: '12:04',
  who,
});

describe('a live change on a curve', () => {
  it('says what, from and to, who and when', () => {
    expect(markWords(mark(7))).toBe('step 7 clip_ratio_high 0.2 → 0.28, you, 12:04');
    expect(markWords(mark(7, 'recorded'))).toContain('recorded, 12:04');
  });

  it('is meant by the first point that felt it, by the newest while none has, and by a place beside its line', () => {
    const steps = [2, 4, 6, 8];
    const at = (index: number, place?: number) =>
      marksAt(
        [mark(3), mark(9)],
        { steps, xs: steps },
        index,
        place === undefined ? undefined : { place, reach: 5, placeOf: (x) => x * 10 },
      ).map(({ step }) => step);
    expect([0, 1, 2, 3].map((index) => at(index))).toEqual([[], [3], [], [9]]);
    // Its line is at x = 3, in the middle of steps 2 and 4.
    expect(at(0, 26)).toEqual([3]);
    expect(at(0, 20)).toEqual([]);
  });

  it('has its words beside its line, above those of a neighbour, and none where the lines are full', () => {
    const plot = { left: 0, right: 100, lines: 2, gap: 0 };
    const placed = placeWords(
      [
        { x: 10, words: 'first' },
        { x: 20, words: 'second' },
        { x: 95, words: 'end' },
        { x: 22, words: 'fourth' },
      ],
      plot,
      (words) => words.length * 10,
    );
    expect(placed).toEqual([
      { words: 'first', left: 10, line: 0 },
      { words: 'second', left: 20, line: 1 },
      // To the left of its line, at 95: the plot ends at 100.
      { words: 'end', left: 65, line: 0 },
    ]);
  });
});
