/** @file Live changes of a setting on a curve: their words, and which of them are meant by a place on it. Pure. */
import type { ChangeMark } from '../state/model';
import { strings } from '../strings';
import { boundaryOf } from './positions';

/** "clip_ratio_high 0.2 → 0.28, you, 12:04" */
export function changeWords({ key, from, to, who, time }: ChangeMark): string {
  return strings.charts.mark(key, from, to, who, time);
}

/** The same with the step it acts from. */
export function markWords(mark: ChangeMark): string {
  return `${strings.charts.step} ${mark.step} ${changeWords(mark)}`;
}

/**
 * Changes that the point `index` is the first to feel, and those whose line is within `reach` of `place`, in the units
 * of `placeOf`: a line stands between two points, and on a long curve many points lie within a finger's width.
 */
export function marksAt(
  marks: readonly ChangeMark[],
  { steps, xs }: { steps: readonly number[]; xs: readonly number[] },
  index: number,
  near?: { place: number; reach: number; placeOf(x: number): number },
): ChangeMark[] {
  const last = steps.length - 1;
  return marks.filter(({ step }) => {
    const first = steps.findIndex((known) => known >= step);
    // What no step has felt yet belongs to the newest.
    if ((first < 0 ? last : first) === index) return true;
    return near ? Math.abs(near.placeOf(boundaryOf(steps, xs, step)) - near.place) <= near.reach : false;
  });
}

export interface PlacedWords {
  words: string;
  left: number;
  /** Lines of one height, 0 at the bottom. */
  line: number;
}

/**
 * Where the words of marks have room: to the right of the line up to the end of the plot, else to its left; one above
 * the other where they would meet, and none where the lines are full.
 * @param lines at `x`, in the order of the steps.
 */
export function placeWords(
  lines: readonly { x: number; words: string }[],
  plot: { left: number; right: number; lines: number; gap: number },
  widthOf: (words: string) => number,
): PlacedWords[] {
  const taken: { from: number; to: number; line: number }[] = [];
  return lines.flatMap(({ x, words }) => {
    const width = widthOf(words) + 2 * plot.gap;
    const sides = [x, x - width].filter((left) => left >= plot.left && left + width <= plot.right);
    for (let line = 0; line < plot.lines; line++)
      for (const left of sides) {
        const meets = taken.some(
          (other) => other.line === line && other.from < left + width && left < other.to,
        );
        if (meets) continue;
        taken.push({ from: left, to: left + width, line });
        return [{ words, left, line }];
      }
    return [];
  });
}
