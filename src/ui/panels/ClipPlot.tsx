/** @file The clip plot: objective against ratio, both knees, the tokens of the shown update, and handles on the bounds. */
import { type PointerEvent, useMemo, useRef, useState } from 'react';
import { ChartData } from '../charts/ChartTable';
import { fixed } from '../format';
import { strings } from '../strings';
import { chartWords } from '../strings-charts';
import { playWords } from '../strings-play';
import type { ShownObjective } from './answer-terms';
import styles from './clip.module.css';
import {
  type Axes,
  boundAt,
  curve,
  dotPaths,
  frame,
  knees,
  objectiveAt,
  type PlotPoint,
  ratioAt,
  rug,
  xOf,
  yOf,
} from './clip-geometry';

const words = strings.clip;
const more = playWords.clip;
const base = frame.height - frame.bottom;
const right = frame.width - frame.right;

interface ClipPlotProps {
  points: readonly PlotPoint[];
  axes: Axes;
  objective: ShownObjective;
  sentence: string;
  /** Without them the bounds stand where they were trained. */
  onLow?(value: number): void;
  onHigh?(value: number): void;
}

export function ClipPlot({ points, axes: wanted, objective, sentence, onLow, onHigh }: ClipPlotProps) {
  const svg = useRef<SVGSVGElement>(null);
  // Under a dragged handle the axes stand still, whatever the bounds would ask for.
  const [held, setHeld] = useState<Axes | null>(null);
  const axes = held ?? wanted;
  const dots = useMemo(() => dotPaths(points, objective, axes), [points, objective, axes]);
  const bars = useMemo(() => rug(points, axes), [points, axes]);
  const bounds = knees(objective);
  const { lossMode, clipRatioC } = objective;

  const drag = (side: 'low' | 'high', set: (value: number) => void): Dragging => ({
    onPress: () => setHeld(wanted),
    onRelease: () => setHeld(null),
    onDrag: (event: PointerEvent) => {
      const box = svg.current?.getBoundingClientRect();
      if (!box) return;
      // Ratio under the pointer, whatever size the plot is shown at.
      const ratio = ratioAt(((event.clientX - box.left) / box.width) * frame.width, axes);
      set(rounded(boundAt(ratio, side, objective), axes));
    },
  });

  return (
    <figure className={styles.figure}>
      <svg
        ref={svg}
        className={styles.plot}
        viewBox={`0 0 ${frame.width} ${frame.height}`}
        role="img"
        aria-label={sentence}
        data-testid="clip-plot"
        data-loss={lossMode}
      >
        <Grid axes={axes} objective={objective} />
        <path className={styles.rug} d={bars} />
        <path className={styles.curve} d={curve(1, objective, axes)} />
        <path className={styles.curve} d={curve(-1, objective, axes)} />
        {clipRatioC > 0 && clipRatioC <= axes.limit && (
          <>
            <path
              className={`${styles.curve} ${styles.dual}`}
              d={`M${frame.left} ${yOf(-clipRatioC, axes)}H${right}`}
            />
            <text x={right} y={yOf(-clipRatioC, axes) - 3} textAnchor="end">
              {words.dual(fixed(clipRatioC, 1))}
            </text>
          </>
        )}
        <path className={`${styles.dots} ${styles.positive}`} d={dots.positive} />
        <path className={`${styles.dots} ${styles.negative}`} d={dots.negative} />
        <path
          className={`${styles.crosses} ${styles.positive}`}
          d={dots.clippedPositive}
          data-testid="crosses-high"
        />
        <path
          className={`${styles.crosses} ${styles.negative}`}
          d={dots.clippedNegative}
          data-testid="crosses-low"
        />
        {bounds && (
          <>
            <Handle
              dragging={onLow && drag('low', onLow)}
              x={xOf(bounds[0], axes)}
              label={boundWords(lossMode === 'geo_mean' ? 'e^−ε' : '1−ε', bounds[0], axes)}
              anchor="end"
            />
            <Handle
              dragging={onHigh && drag('high', onHigh)}
              x={xOf(bounds[1], axes)}
              label={boundWords(lossMode === 'geo_mean' ? 'e^ε' : '1+ε', bounds[1], axes)}
              anchor="start"
            />
          </>
        )}
        {dots.beyond > 0 && (
          <text x={right} y={base - 18} textAnchor="end">
            {words.beyond(dots.beyond)}
          </text>
        )}
      </svg>
      <ChartData
        name={more.title[lossMode]}
        columns={chartWords.clipColumns}
        rows={() =>
          [...points]
            .sort((one, other) => one.ratio - other.ratio)
            .map(({ ratio, sign, clipped }) => [
              ratio,
              sign > 0 ? words.positive : words.negative,
              objectiveAt(ratio, sign, objective),
              clipped ? chartWords.clipped : '',
            ])
        }
        picture={() => svg.current && { svg: svg.current }}
      />
    </figure>
  );
}

/** Axes with their words. */
function Grid({ axes, objective }: { axes: Axes; objective: ShownObjective }) {
  const { half, limit, fromOne } = axes;
  const { lossMode } = objective;
  const rows = fromOne ? [-limit / 2, 0, limit / 2] : [-1, 0, 1];
  const columns = [1 - half, 1 - half / 2, 1, 1 + half / 2, 1 + half];
  const places = Math.max(0, -Math.floor(Math.log10(half / 2)));
  // Names stand outside of both curves at their left ends.
  const top = yOf(fromOne ? limit : Math.max(1, objectiveAt(1 - half, 1, objective)), axes);
  const bottom = yOf(fromOne ? -limit : Math.min(-1, objectiveAt(1 - half, -1, objective)), axes);
  return (
    <>
      {rows.map((y) => (
        <g key={y}>
          <path className={styles.axis} d={`M${frame.left} ${yOf(y, axes)}H${right}`} />
          <text x={frame.left - 4} y={yOf(y, axes) + 4} textAnchor="end">
            {fromOne && y !== 0 ? y.toExponential(0).replace('-', '−').replace('e-', 'e−') : fixed(y, 0)}
          </text>
        </g>
      ))}
      {columns.map((x, i) => (
        <g key={x}>
          <path className={styles.axis} d={`M${xOf(x, axes)} ${base}v4`} />
          <text
            x={xOf(x, axes)}
            y={base + 14}
            textAnchor={i === 0 && places > 1 ? 'start' : i === 4 && places > 1 ? 'end' : 'middle'}
          >
            {half === 1 ? x : fixed(x, places)}
          </text>
        </g>
      ))}
      <text x={2} y={base + 27}>
        {more.y[lossMode]}
        {fromOne && ` ${more.fromOne}`}
      </text>
      <text x={right} y={base + 27} textAnchor="end">
        {fromOne ? more.x.gspo : more.x[lossMode]}
      </text>
      <text x={frame.left + 4} y={fromOne ? top + 12 : top - 4}>
        {words.positive}
      </text>
      <text x={frame.left + 4} y={fromOne ? bottom - 4 : Math.min(base - 18, bottom + 12)}>
        {words.negative}
      </text>
    </>
  );
}

interface Dragging {
  onPress(): void;
  onRelease(): void;
  onDrag(event: PointerEvent): void;
}

interface HandleProps {
  x: number;
  label: string;
  anchor: 'start' | 'end';
  dragging?: Dragging;
}

/** A bound; dragged by the pointer, while keys and screen readers have the slider of the same value. */
function Handle({ x, label, anchor, dragging }: HandleProps) {
  return (
    <g
      className={dragging ? styles.handle : styles.bound}
      onPointerDown={
        dragging &&
        ((event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          dragging.onPress();
        })
      }
      onPointerMove={
        dragging &&
        ((event) => event.currentTarget.hasPointerCapture(event.pointerId) && dragging.onDrag(event))
      }
      onLostPointerCapture={dragging?.onRelease}
    >
      {dragging && (
        <rect className={styles.grip} x={x - 12} y={frame.top} width={24} height={base - frame.top} />
      )}
      <line x1={x} x2={x} y1={frame.top} y2={base} />
      {dragging && <circle cx={x} cy={base} r={6} />}
      <text x={anchor === 'end' ? x - 5 : x + 5} y={frame.top + 9} textAnchor={anchor}>
        {label}
      </text>
    </g>
  );
}

/** A hundredth of the half axis is as fine as a pointer gets. */
function rounded(bound: number, { half }: Axes): number {
  const step = half / 100;
  return Number((Math.round(bound / step) * step).toPrecision(6));
}

function boundWords(name: string, ratio: number, { half }: Axes): string {
  return `${name} ${fixed(ratio, half === 1 ? 2 : 5)}`;
}
