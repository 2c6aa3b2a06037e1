/** @file Two curves over each other, A solid, B dashed, and the strip B − A with its zero line below. */
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
  const { a, b, strip } = curve;
  const shape = useMemo(() => shapeOf(a, b), [a, b]);
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
        </span>
        <span className="unseen">{sentence}</span>
      </figcaption>
      <svg viewBox={`0 0 ${width} ${height}`} className={styles.plot} aria-hidden="true">
        <polyline className={styles.lineA} points={shape.pointsOf(a)} />
        <polyline className={styles.lineB} points={shape.pointsOf(b)} />
        {[a, b].map((points, i) => {
          const last = points.at(-1);
          if (!last) return null;
          const [x, y] = shape.place(last);
          // A ends in a dot, B in a triangle: never by colour alone.
          return i === 0 ? (
            <circle key="a" cx={x} cy={y} r={3} className={styles.markA} />
          ) : (
            <path key="b" d={`M${x} ${y - 4}l4 7h-8z`} className={styles.markB} />
          );
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

/** One scale for both runs. */
function shapeOf(a: Points, b: Points) {
  const all = [...a, ...b];
  const steps = all.map(([step]) => step);
  const values = all.map(([, value]) => value);
  const [left, right] = [Math.min(...steps), Math.max(...steps)];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (step: number) => 4 + ((step - left) / (right - left || 1)) * (width - 8);
  const y = (value: number) => height - 6 - ((value - low) / (high - low || 1)) * (height - 12);
  const place = ([step, value]: readonly [number, number]): [number, number] => [x(step), y(value)];
  return {
    place,
    pointsOf: (points: Points) =>
      points
        .map((point) =>
          place(point)
            .map((at) => at.toFixed(1))
            .join(','),
        )
        .join(' '),
  };
}
