/** @file One curve as a figure: plot, current value, a sentence for those who do not see it, a table on request. */
import { type KeyboardEvent, memo, type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { ValueBand } from '../state/history';
import type { ChangeMark } from '../state/model';
import { strings } from '../strings';
import { chartWords } from '../strings-charts';
import { useTheme } from '../theme';
import { ChartTable, TableButton } from './ChartTable';
import { ChartTip } from './ChartTip';
import { calmWaitMs } from './calm';
import styles from './chart.module.css';
import { curveFigure, curveRows } from './curve-file';
import { describeSeries } from './describe';
import { changeWords, marksAt, markWords } from './marks';
import { plotOptions, zoomAround } from './plot';
import { plotKey } from './plot-keys';
import type { StepBand } from './positions';
import { smooth } from './smoothing';

interface ChartProps {
  name: string;
  /** Definition and healthy range, for the tooltip. */
  help: string;
  steps: readonly number[];
  values: readonly (number | null)[];
  marks: readonly ChangeMark[];
  height: number;
  /** Share of the past that the bold curve keeps per step. */
  smoothing?: number;
  /** Positions of the steps on an axis of another kind, and how to write them; the axis is drawn then. */
  xs?: readonly number[];
  xFormat?: (value: number) => string;
  /** What the axis counts. */
  xName?: string;
  log?: boolean;
  /** Reach of the values, drawn behind them. */
  reach?: ValueBand | null;
  bands?: readonly StepBand[];
  /** The step that was jumped to. */
  picked?: number | null;
  zoom?: boolean;
  diamonds?: boolean;
  /** More buttons beside the table's. */
  tools?: ReactNode;
  /** In place of the curve before its first value. */
  emptyWords?: string;
  testId?: string;
  format(value: number): string;
  /** What is said of a step before it is picked. */
  pickWords?(step: number): string;
  onPick?(step: number): void;
  onHover?(step: number | null): void;
}

/** A place on the curve that is pointed at. */
interface Spot {
  index: number;
  /** Reached on this chart, by pointer or by key; another chart's only moves the crosshair. */
  by: 'pointer' | 'key' | 'other';
  /** On the screen. */
  at: { left: number; top: number; bottom: number } | null;
  marks: readonly ChangeMark[];
}

const usualSmoothing = 0.6;
const calm = matchMedia('(prefers-reduced-motion: reduce)');
/** How near to a change's line counts as pointing at it, px. */
const nearPx = 8;
const noBands: readonly StepBand[] = [];

export const Chart = memo(function Chart({
  name,
  help,
  steps,
  values,
  marks,
  height,
  smoothing = usualSmoothing,
  xs = steps,
  xFormat,
  xName = strings.charts.step,
  log = false,
  reach = null,
  bands = noBands,
  picked = null,
  zoom = false,
  diamonds = false,
  tools,
  emptyWords = strings.charts.empty,
  testId,
  format,
  pickWords,
  onPick,
  onHover,
}: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const inView = useRef(true);
  /** When the curve was last drawn with new numbers, ms. */
  const drawnAt = useRef(Number.NEGATIVE_INFINITY);
  /** The crosshair is being moved by a key. */
  const reading = useRef(false);
  const { look } = useTheme();
  const [spot, setSpot] = useState<Spot | null>(null);
  const [tabled, setTabled] = useState(false);
  const smoothed = useMemo(() => smooth(steps, values, smoothing), [steps, values, smoothing]);
  const sentence = useMemo(() => describeSeries(name, steps, values, format), [name, steps, values, format]);
  const empty = steps.length === 0;
  // What the canvas reads when it draws, later than the rendering that made it.
  const latest = useRef({ steps, xs, values, smoothed, reach, marks, bands, picked, log, onPick, onHover });
  latest.current = { steps, xs, values, smoothed, reach, marks, bands, picked, log, onPick, onHover };
  const pickable = onPick !== undefined;

  const hover = (index: number | null, by: Spot['by']) => {
    setSpot(index === null ? null : { index, by, ...placeOf(plot.current, latest.current, index, by) });
    // Curves of few steps stand elsewhere under the shared crosshair.
    if (by !== 'other' || index === null)
      latest.current.onHover?.(index === null ? null : (latest.current.steps[index] ?? null));
  };
  const hoverRef = useRef(hover);
  hoverRef.current = hover;

  // biome-ignore lint/correctness/useExhaustiveDependencies: another look is another set of colours.
  useEffect(() => {
    const element = host.current;
    if (!element || empty) return;
    let made: uPlot | null = null;
    // A plot costs several milliseconds: a screen of them is made one a task.
    const making = setTimeout(() => {
      const options = plotOptions({
        element,
        height,
        format,
        log,
        zoom,
        diamonds,
        xFormat: xFormat ?? null,
        around: () => latest.current,
        onHover: (index, own) => {
          if (!reading.current) hoverRef.current(index, own ? 'pointer' : 'other');
        },
        ...(pickable && { onPick: (index: number) => latest.current.onPick?.(latest.current.steps[index]) }),
      });
      made = new uPlot(options, dataOf(latest.current), element);
      plot.current = made;
    });
    const resizing = new ResizeObserver(() => {
      if (element.clientWidth > 0) made?.setSize({ width: element.clientWidth, height });
    });
    resizing.observe(element);
    // A curve nobody sees is not drawn; it catches up when it comes into view.
    const watching = new IntersectionObserver(([entry]) => {
      const came = entry.isIntersecting && !inView.current;
      inView.current = entry.isIntersecting;
      if (came) made?.setData(dataOf(latest.current));
    });
    watching.observe(element);
    return () => {
      clearTimeout(making);
      resizing.disconnect();
      watching.disconnect();
      inView.current = true;
      made?.destroy();
      plot.current = null;
    };
  }, [empty, height, format, look, log, zoom, diamonds, xFormat, pickable]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: all that moves by itself.
  useEffect(() => {
    const draw = () => {
      if (!inView.current || !plot.current) return;
      drawnAt.current = performance.now();
      renew(plot.current, dataOf(latest.current));
    };
    const waitMs = calmWaitMs(drawnAt.current, performance.now(), calm.matches);
    if (waitMs === 0) return draw();
    const waiting = setTimeout(draw, waitMs);
    return () => clearTimeout(waiting);
  }, [steps, xs, values, smoothed, reach]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: what a person does is drawn at once.
  useEffect(() => {
    if (inView.current) plot.current?.redraw(false);
  }, [marks, bands, picked]);

  const read = (index: number) => {
    const own = plot.current;
    reading.current = true;
    own?.setCursor({ left: own.valToPos(xs[index], 'x'), top: own.over.clientHeight / 2 });
    reading.current = false;
    hover(index, 'key');
  };

  const last = steps.length - 1;
  const at = Math.min(spot?.index ?? last, last);
  const press = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = plotKey(event.key, at, last);
    if (!key || (key.what === 'zoom' && !zoom) || (key.what === 'pick' && !onPick)) return;
    event.preventDefault();
    if (key.what === 'read') read(key.index);
    else if (key.what === 'pick') onPick?.(steps[at]);
    else if (plot.current) zoomAround(plot.current, xs[at], key.factor);
  };
  const said = (value: number | null | undefined) =>
    value === null || value === undefined ? '–' : format(value);
  const own = spot !== null && spot.by !== 'other' ? spot : null;
  return (
    <figure className={styles.figure} data-testid={testId}>
      <div className={styles.head}>
        <span className={styles.name} title={help}>
          {name}
        </span>
        <span className={`data ${styles.value}`}>{said(values[at])}</span>
        <span className={`data ${styles.step}`}>{spot === null ? '' : `@ ${steps[at]}`}</span>
        {tools}
        <TableButton name={name} open={tabled} onToggle={() => setTabled(!tabled)} />
      </div>
      {empty ? (
        <p className={styles.empty} style={{ blockSize: height }}>
          {emptyWords}
        </p>
      ) : (
        // biome-ignore lint/a11y/useSemanticElements: uPlot draws into a div.
        <div
          ref={host}
          className={styles.plot}
          style={{ minBlockSize: height }}
          role="group"
          aria-label={zoom ? chartWords.zoomable(name) : strings.charts.plot(name)}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys read the curve value by value.
          tabIndex={0}
          data-own-arrows=""
          onKeyDown={press}
          onBlur={() => {
            plot.current?.setCursor({ left: -10, top: -10 });
            hover(null, 'key');
          }}
        />
      )}
      <ChartTip
        tip={
          own && {
            step: steps[at],
            value: said(values[at]),
            smoothed: said(smoothed[at]),
            changes: own.marks.map(changeWords),
          }
        }
        help={help}
        spoken={own?.by === 'key'}
        action={pickable && own ? (pickWords?.(steps[at]) ?? chartWords.goThere) : ''}
        at={own?.at ?? null}
      />
      <figcaption className="unseen">
        {sentence}
        {marks.length > 0 && ` ${strings.charts.changes}: ${marks.slice(-10).map(markWords).join('; ')}.`}
      </figcaption>
      {tabled && (
        <ChartTable
          name={name}
          {...curveRows({ name, steps, xs, values, smoothed, reach, weight: smoothing })}
          written={(cell, column) => (column === 0 ? String(cell) : said(cell as number | null))}
          picture={() =>
            curveFigure({ name, help, steps, xs, values, smoothed, reach, marks, weight: smoothing, xName })
          }
        />
      )}
    </figure>
  );
});

type Drawn = Pick<ChartProps, 'log'> & {
  xs: readonly number[];
  values: readonly (number | null)[];
  smoothed: readonly (number | null)[];
  reach: ValueBand | null;
};

/** Where a point of the curve is on the screen, and which changes are meant by it. */
function placeOf(
  plot: uPlot | null,
  { steps, xs, marks }: Pick<ChartProps, 'steps' | 'marks'> & { xs: readonly number[] },
  index: number,
  by: Spot['by'],
): Pick<Spot, 'at' | 'marks'> {
  if (!plot || by === 'other') return { at: null, marks: [] };
  const box = plot.over.getBoundingClientRect();
  const place = by === 'key' ? plot.valToPos(xs[index], 'x') : (plot.cursor.left ?? 0);
  const near = { place, reach: nearPx, placeOf: (x: number) => plot.valToPos(x, 'x') };
  return {
    at: { left: box.left + place, top: box.top, bottom: box.bottom },
    marks: marksAt(marks, { steps, xs }, index, near),
  };
}

/** New data; the stretch that was zoomed to stays. */
function renew(plot: uPlot, data: uPlot.AlignedData): void {
  const { min, max } = plot.scales.x;
  const all = plot.data[0];
  const zoomed =
    all.length > 1 && typeof min === 'number' && typeof max === 'number'
      ? min > all[0] || max < all[all.length - 1]
      : false;
  plot.setData(data, !zoomed);
  if (zoomed) plot.redraw(true);
}

/** A logarithm has no place for 0 and below. */
function dataOf({ xs, values, smoothed, reach, log }: Drawn): uPlot.AlignedData {
  const drawn = (list: readonly (number | null)[]) =>
    list.map((value) => (value === null || !Number.isFinite(value) || (log && value <= 0) ? null : value));
  const none = xs.map(() => null);
  const [high, low] = reach ? [drawn(reach.high), drawn(reach.low)] : [none, none];
  return [[...xs], drawn(values), drawn(smoothed), high, low];
}
