/** @file A curve as rows of numbers and as a figure for paper. Pure. */
import type { CurvePoint, Figure } from '../../run/svg-chart';
import { fixed } from '../format';
import type { ValueBand } from '../state/history';
import type { ChangeMark } from '../state/model';
import { chartWords } from '../strings-charts';
import type { Cell } from './chart-files';
import { markWords } from './marks';
import { boundaryOf } from './positions';

interface CurveNumbers {
  name: string;
  steps: readonly number[];
  /** Positions of the steps on the axis that is shown. */
  xs: readonly number[];
  values: readonly (number | null)[];
  smoothed: readonly (number | null)[];
  /** Share of the past that the smoothed curve keeps per step. */
  weight: number;
  reach: ValueBand | null;
}

/** One row a point: step, value, smoothed value, and what the point reaches over where it stands for several. */
export function curveRows({ name, steps, values, smoothed, weight, reach }: CurveNumbers): {
  columns: string[];
  rows: Cell[][];
} {
  return {
    columns: [
      'step',
      name,
      chartWords.smoothedOf(fixed(weight)),
      ...(reach ? [chartWords.lowest, chartWords.highest] : []),
    ],
    rows: steps.map((step, i) => [
      step,
      values[i] ?? null,
      smoothed[i] ?? null,
      ...(reach ? [reach.low[i] ?? null, reach.high[i] ?? null] : []),
    ]),
  };
}

interface CurveDrawing extends CurveNumbers {
  /** Definition and healthy range. */
  help: string;
  marks: readonly ChangeMark[];
  xName: string;
}

/** Raw with its reach, smoothed over it, a numbered line at each change; the notes have the changes' words. */
export function curveFigure({
  name,
  help,
  steps,
  xs,
  values,
  smoothed,
  weight,
  reach,
  marks,
  xName,
}: CurveDrawing): { figure: Figure; notes: string[] } {
  const pointsOf = (list: readonly (number | null)[], band: ValueBand | null): CurvePoint[] =>
    list.flatMap((y, i) => {
      if (y === null || !Number.isFinite(y)) return [];
      return [{ x: xs[i], y, low: band?.low[i] ?? y, high: band?.high[i] ?? y }];
    });
  // One line where smoothing changes nothing.
  const isSmooth = values.every((value, i) => value === (smoothed[i] ?? null));
  return {
    figure: {
      title: name,
      note: '',
      xLabel: xName,
      panels: [
        {
          title: '',
          unit: name,
          curves: [
            { label: name, points: pointsOf(values, reach) },
            ...(isSmooth
              ? []
              : [{ label: chartWords.smoothedOf(fixed(weight)), points: pointsOf(smoothed, null) }]),
          ],
          marks: marks.map(({ step }, i) => ({ x: boundaryOf(steps, xs, step), label: String(i + 1) })),
          empty: '',
        },
      ],
    },
    notes: [help, ...marks.map((mark, i) => `${i + 1}: ${markWords(mark)}`)],
  };
}
