/**
 * @file Curves over each other, A solid, B dashed, two more dotted, each with its mark; behind A and B the reach of their
 * seeds, and below the strip B − A with its zero line.
 */
import { type ReactNode, useMemo } from 'react';
import type { ComparedRuns, Curve } from '../../../workers/runs-protocol';
import { ChartData } from '../charts/ChartTable';
import { provenanceOfRuns, runLetters } from '../charts/origin';
import { chartWords } from '../strings-charts';
import { runStrings } from '../strings-runs';
import styles from './compare.module.css';
import { overlayFigure, overlayTable } from './overlay-file';

const words = runStrings.compare;

const width = 320;
const height = 110;
const stripHeight = 36;

interface OverlayProps {
  name: string;
  curve: Curve;
  runs: Pick<ComparedRuns, 'a' | 'b' | 'others'>;
  format(value: number): string;
}

export function Overlay({ name, curve, runs, format }: OverlayProps) {
  const { a, b, strip, bandA, bandB, others } = curve;
  const compared = [runs.a, runs.b, ...runs.others];
  const hasReach = bandA.length + bandB.length > 0;
  const table = useMemo(() => overlayTable(curve), [curve]);
  const shape = useMemo(() => shapeOf(curve), [curve]);
  const lastA = a.at(-1)?.[1];
  const lastB = b.at(-1)?.[1];
  const sentence = words.sentence(
    name,
    lastA === undefined ? '–' : format(lastA),
    lastB === undefined ? '–' : format(lastB),
  );
  return (
    <figure className={styles.figure}>
      <figcaption>
        <b>{name}</b>{' '}
        <span className="data">
          A {lastA === undefined ? '–' : format(lastA)} · B {lastB === undefined ? '–' : format(lastB)}
          {others.map(
            (points, i) =>
              ` · ${runLetters[i + 2]} ${points.length === 0 ? '–' : format(points[points.length - 1][1])}`,
          )}
        </span>
        <span className="unseen">{sentence}</span>
      </figcaption>
      <svg viewBox={`0 0 ${width} ${height}`} className={styles.plot} aria-hidden="true">
        <polygon className={styles.bandA} points={shape.outlineOf(bandA)} data-testid="seed-band" />
        <polygon className={styles.bandB} points={shape.outlineOf(bandB)} data-testid="seed-band" />
        {[a, b, ...others].map((points, i) => (
          <polyline
            key={runLetters[i]}
            className={styles[`line${runLetters[i]}`]}
            points={shape.pointsOf(points)}
            data-testid="compared-line"
          />
        ))}
        {[a, b, ...others].map((points, i) => {
          const last = points.at(-1);
          if (!last) return null;
          const [x, y] = shape.place(last);
          return (
            <path
              key={runLetters[i]}
              d={`M${x} ${y}${marks[i]}`}
              className={styles[`mark${runLetters[i]}`]}
            />
          );
        })}
      </svg>
      <Strip strip={strip} xOf={(step) => shape.place([step, 0])[0]} label={words.strip(name)}>
        {strip.length > 0 && (
          <span className="data">Δ {signedFormat(strip[strip.length - 1].delta, format)}</span>
        )}
      </Strip>
      <ChartData
        name={name}
        columns={table.columns}
        rows={table.rows}
        written={(cell, column) => {
          if (typeof cell !== 'number') return '–';
          const kind = table.kinds[column];
          return kind === 'step'
            ? String(cell)
            : kind === 'difference'
              ? signedFormat(cell, format)
              : format(cell);
        }}
        picture={() => ({ figure: overlayFigure(name, curve, compared) })}
        from={() => provenanceOfRuns(compared, hasReach ? [chartWords.origin.bands] : [], Date.now())}
      />
    </figure>
  );
}

/** The mark each line ends in: dot, triangle, square, diamond. Never by colour alone. */
const marks = [
  'm-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z',
  'm0 -4l4 7h-8z',
  'm-3 -3h6v6h-6z',
  'm0 -4l4 4l-4 4l-4 -4z',
];

function signedFormat(delta: number, format: (value: number) => string): string {
  return delta > 0 ? `+${format(delta)}` : format(delta);
}

interface StripProps {
  strip: Curve['strip'];
  xOf(step: number): number;
  label: string;
  children: ReactNode;
}

function Strip({ strip, xOf, label, children }: StripProps) {
  const most = strip.reduce((largest, { delta }) => Math.max(largest, Math.abs(delta)), 0) || 1;
  const middle = stripHeight / 2;
  return (
    <div className={styles.strip}>
      <svg viewBox={`0 0 ${width} ${stripHeight}`} className={styles.plot} role="img" aria-label={label}>
        <line x1={0} x2={width} y1={middle} y2={middle} className={styles.zero} />
        {strip.map(({ step, delta }) => (
          <line
            key={step}
            x1={xOf(step)}
            x2={xOf(step)}
            y1={middle}
            y2={middle - (delta / most) * (middle - 1)}
            className={delta > 0 ? styles.more : styles.less}
          />
        ))}
      </svg>
      {children}
    </div>
  );
}

type Points = readonly (readonly [number, number])[];

/** One scale for all runs. */
function shapeOf({ a, b, others, bandA, bandB }: Curve) {
  const bands = [...bandA, ...bandB];
  const all = [...a, ...b, ...others.flat()];
  const steps = all.map(([step]) => step);
  const values = [...all.map(([, value]) => value), ...bands.flatMap(([, low, high]) => [low, high])];
  const [left, right] = [least(steps), -least(steps.map((step) => -step))];
  const [low, high] = [least(values), -least(values.map((value) => -value))];
  const x = (step: number) => 4 + ((step - left) / (right - left || 1)) * (width - 8);
  const y = (value: number) => height - 6 - ((value - low) / (high - low || 1)) * (height - 12);
  const place = ([step, value]: readonly [number, number]): [number, number] => [x(step), y(value)];
  const pointsOf = (points: Points) =>
    points
      .map((point) =>
        place(point)
          .map((at) => at.toFixed(1))
          .join(','),
      )
      .join(' ');
  // A run that went further than the pair ends at the edge.
  const shown = (band: Curve['bandA']) => band.filter(([step]) => step >= left && step <= right);
  return {
    place,
    pointsOf,
    /** Along the lowest values, and back along the highest. */
    outlineOf: (band: Curve['bandA']) =>
      pointsOf([
        ...shown(band).map(([step, bottom]): [number, number] => [step, bottom]),
        ...shown(band)
          .reverse()
          .map(([step, , top]): [number, number] => [step, top]),
      ]),
  };
}

/** A run of any length: no spread into arguments. */
function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}
