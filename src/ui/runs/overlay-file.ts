/** @file Overlaid curves of several runs as rows of numbers and as a figure for paper. Pure. */
import type { Curve } from '../../../workers/runs-protocol';
import type { RunDescription } from '../../run/run-description';
import type { CurvePoint, Figure } from '../../run/svg-chart';
import type { Cell } from '../charts/chart-files';
import { runLetters } from '../charts/origin';
import { runStrings } from '../strings-runs';

const words = runStrings.compare;

/** What a column holds, for how it is written. */
export type ColumnKind = 'step' | 'value' | 'difference';

/** One row a step that any run has: the runs' values, B − A, and the reach of the seeds where there is one. */
export function overlayTable({ a, b, strip, bandA, bandB, others }: Curve): {
  columns: string[];
  kinds: ColumnKind[];
  rows(): Cell[][];
} {
  const lines = [a, b, ...others];
  const bands = [bandA, bandB].flatMap((band, i) =>
    band.length > 0 ? [{ band, letter: runLetters[i] }] : [],
  );
  return {
    columns: [
      words.step,
      ...lines.map((_, i) => runLetters[i]),
      words.difference,
      ...bands.flatMap(({ letter }) => [words.lowest(letter), words.highest(letter)]),
    ],
    kinds: [
      'step',
      ...lines.map(() => 'value' as const),
      'difference',
      ...bands.flatMap(() => ['value', 'value'] as const),
    ],
    rows: () => {
      const values = lines.map((line) => new Map(line));
      const deltas = new Map(strip.map(({ step, delta }) => [step, delta]));
      const reaches = bands.map(({ band }) => new Map(band.map(([step, low, high]) => [step, [low, high]])));
      const steps = [...new Set(lines.flatMap((line) => line.map(([step]) => step)))].sort((x, y) => x - y);
      return steps.map((step) => [
        step,
        ...values.map((line) => line.get(step) ?? null),
        deltas.get(step) ?? null,
        ...reaches.flatMap((reach) => reach.get(step) ?? [null, null]),
      ]);
    },
  };
}

/** All runs on one scale, with the reach of their seeds; beside it B − A. */
export function overlayFigure(
  name: string,
  curve: Curve,
  runs: readonly Pick<RunDescription, 'name'>[],
): Figure {
  const { a, b, strip, bandA, bandB, others } = curve;
  const bands = [bandA, bandB];
  const curves = [a, b, ...others].map((line, i) => {
    const reach = new Map((bands[i] ?? []).map(([step, low, high]) => [step, { low, high }]));
    return {
      label: [runLetters[i], runs[i]?.name ?? ''].join(' ').trim(),
      points: line.map(([x, y]): CurvePoint => ({ x, y, ...(reach.get(x) ?? { low: y, high: y }) })),
    };
  });
  const difference = strip.map(({ step: x, delta: y }): CurvePoint => ({ x, y, low: y, high: y }));
  return {
    title: name,
    note: '',
    xLabel: words.step,
    panels: [
      { title: '', unit: name, curves, empty: '' },
      ...(difference.length > 0
        ? [
            {
              title: words.difference,
              unit: words.difference,
              curves: [{ label: words.difference, points: difference }],
              empty: '',
            },
          ]
        : []),
    ],
  };
}
