/**
 * @file Curves over each other, A solid, B dashed, two more dotted, each with its mark; behind A and B the reach of their
 * seeds, and below the strip B − A with its zero line.
 */
import { type ReactNode, useMemo } from 'react';
import type { Curve } from '../../../workers/runs-protocol';
import { runStrings } from '../strings-runs';
import styles from './compare.module.css';

const words = runStrings.compare;

const width = 320;
const height = 110;
const stripHeight = 36;
const tableRows = 50;

interface OverlayProps {
  name: string;
  curve: Curve;
  format(value: number): string;
}

export function Overlay({ name, curve, format }: OverlayProps) {
  const { a, b, strip, bandA, bandB, others } = curve;
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
              ` · ${sides[i + 2]} ${points.length === 0 ? '–' : format(points[points.length - 1][1])}`,
          )}
        </span>
        <span className="unseen">{sentence}</span>
      </figcaption>
      <svg viewBox={`0 0 ${width} ${height}`} className={styles.plot} aria-hidden="true">
        <polygon className={styles.bandA} points={shape.outlineOf(bandA)} data-testid="seed-band" />
        <polygon className={styles.bandB} points={shape.outlineOf(bandB)} data-testid="seed-band" />
        {[a, b, ...others].map((points, i) => (
          <polyline
            key={sides[i]}
            className={styles[`line${sides[i]}`]}
            points={shape.pointsOf(points)}
            data-testid="compared-line"
          />
        ))}
        {[a, b, ...others].map((points, i) => {
          const last = points.at(-1);
          if (!last) return null;
          const [x, y] = shape.place(last);
          return <path key={sides[i]} d={`M${x} ${y}${marks[i]}`} className={styles[`mark${sides[i]}`]} />;
        })}
      </svg>
      <Strip strip={strip} xOf={(step) => shape.place([step, 0])[0]} label={words.strip(name)}>
        {strip.length > 0 && (
          <span className="data">Δ {signedFormat(strip[strip.length - 1].delta, format)}</span>
        )}
      </Strip>
      <StripTable strip={strip} name={name} format={format} />
    </figure>
  );
}

/** The runs by their letters, and the mark each line ends in: dot, triangle, square, diamond. Never by colour alone. */
const sides = ['A', 'B', 'C', 'D'] as const;
const marks = [
  'm-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z',
  'm0 -4l4 7h-8z',
  'm-3 -3h6v6h-6z',
  'm0 -4l4 4l-4 4l-4 -4z',
];

function signedFormat(delta: number, format: (value: number) => string): string {
  return delta > 0 ? `+${format(delta)}` : format(delta);
}

/** The last common steps in figures, on request. */
function StripTable({
  strip,
  name,
  format,
}: {
  strip: Curve['strip'];
  name: string;
  format(value: number): string;
}) {
  if (strip.length === 0) return null;
  return (
    <details>
      <summary>{words.table(Math.min(tableRows, strip.length))}</summary>
      <table className={styles.table} aria-label={name}>
        <thead>
          <tr>
            <th scope="col">{words.step}</th>
            <th scope="col">A</th>
            <th scope="col">B</th>
            <th scope="col">B − A</th>
          </tr>
        </thead>
        <tbody>
          {strip.slice(-tableRows).map(({ step, a, b, delta }) => (
            <tr key={step} className="data">
              <th scope="row">{step}</th>
              <td>{format(a)}</td>
              <td>{format(b)}</td>
              <td>{signedFormat(delta, format)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
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
