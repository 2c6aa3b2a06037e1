/** @file The clip plot: objective against ratio, both knees, the tokens of the shown update, and handles on the bounds. */
import { type PointerEvent, useMemo, useRef } from 'react';
import type { ClipOptions } from '../../rl/objective';
import { fixed } from '../format';
import { strings } from '../strings';
import styles from './clip.module.css';
import { curve, dotPaths, frame, ratioAt, rug, xOf, yOf } from './clip-geometry';
import type { StoredTokens } from './clip-prediction';

const words = strings.clip;

interface ClipPlotProps {
  stored: StoredTokens;
  update: number;
  bounds: ClipOptions;
  sentence: string;
  onLow(value: number): void;
  onHigh(value: number): void;
}

export function ClipPlot({ stored, update, bounds, sentence, onLow, onHigh }: ClipPlotProps) {
  const svg = useRef<SVGSVGElement>(null);
  const dots = useMemo(() => dotPaths(stored, update, bounds), [stored, update, bounds]);
  const bars = useMemo(() => rug(stored, update), [stored, update]);
  const base = frame.height - frame.bottom;
  const right = frame.width - frame.right;

  /** Ratio under the pointer, whatever size the plot is shown at. */
  const ratioOf = (event: PointerEvent) => {
    const box = svg.current?.getBoundingClientRect();
    return box ? ratioAt(((event.clientX - box.left) / box.width) * frame.width) : 1;
  };
  const grip = (ratio: number, set: (ratio: number) => void) => ({
    ratio,
    onDrag: (event: PointerEvent) => set(ratioOf(event)),
  });
  const bound = (value: number) => Math.round(Math.min(1, Math.max(0, value)) * 100) / 100;

  return (
    <svg
      ref={svg}
      className={styles.plot}
      viewBox={`0 0 ${frame.width} ${frame.height}`}
      role="img"
      aria-label={sentence}
      data-testid="clip-plot"
    >
      {[-1, 0, 1].map((y) => (
        <g key={y}>
          <path className={styles.axis} d={`M${frame.left} ${yOf(y)}H${right}`} />
          <text x={frame.left - 5} y={yOf(y) + 4} textAnchor="end">
            {fixed(y, 0)}
          </text>
        </g>
      ))}
      {[0, 0.5, 1, 1.5, 2].map((x) => (
        <g key={x}>
          <path className={styles.axis} d={`M${xOf(x)} ${base}v4`} />
          <text x={xOf(x)} y={base + 14} textAnchor="middle">
            {x}
          </text>
        </g>
      ))}
      <text x={2} y={base + 27}>
        {words.y}
      </text>
      <text x={right} y={base + 27} textAnchor="end">
        {words.x}
      </text>
      <text x={frame.left + 4} y={yOf(1) + 12}>
        {words.positive}
      </text>
      <text x={frame.left + 4} y={yOf(-1) + 28}>
        {words.negative}
      </text>
      <path className={styles.rug} d={bars} />
      <path className={styles.curve} d={curve(1, bounds)} />
      <path className={styles.curve} d={curve(-1, bounds)} />
      {bounds.clipRatioC > 0 && bounds.clipRatioC <= 2 && (
        <>
          <path
            className={`${styles.curve} ${styles.dual}`}
            d={`M${frame.left} ${yOf(-bounds.clipRatioC)}H${right}`}
          />
          <text x={right} y={yOf(-bounds.clipRatioC) - 3} textAnchor="end">
            {words.dual(fixed(bounds.clipRatioC, 1))}
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
      <Handle
        {...grip(1 - bounds.clipRatioLow, (ratio) => onLow(bound(1 - ratio)))}
        label={`1−ε ${fixed(1 - bounds.clipRatioLow)}`}
        anchor="end"
      />
      <Handle
        {...grip(1 + bounds.clipRatioHigh, (ratio) => onHigh(bound(ratio - 1)))}
        label={`1+ε ${fixed(1 + bounds.clipRatioHigh)}`}
        anchor="start"
      />
      {dots.beyond > 0 && (
        <text x={right} y={frame.top + 10} textAnchor="end">
          {words.beyond(dots.beyond)}
        </text>
      )}
    </svg>
  );
}

interface HandleProps {
  ratio: number;
  label: string;
  anchor: 'start' | 'end';
  onDrag(event: PointerEvent): void;
}

/** For the pointer; keys and screen readers have the slider of the same value. */
function Handle({ ratio, label, anchor, onDrag }: HandleProps) {
  const x = xOf(ratio);
  const base = frame.height - frame.bottom;
  return (
    <g
      className={styles.handle}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={(event) => event.currentTarget.hasPointerCapture(event.pointerId) && onDrag(event)}
    >
      <rect className={styles.grip} x={x - 12} y={frame.top} width={24} height={base - frame.top} />
      <line x1={x} x2={x} y1={frame.top} y2={base} />
      <circle cx={x} cy={base} r={6} />
      <text x={anchor === 'end' ? x - 5 : x + 5} y={frame.top + 9} textAnchor={anchor}>
        {label}
      </text>
    </g>
  );
}
