/** @file One curve as a figure: plot, current value, a sentence for those who do not see it, a table on request. */
import { Table2 } from 'lucide-react';
import { memo, type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { Button } from '../kit/Button';
import type { ValueBand } from '../state/history';
import type { ChangeMark } from '../state/model';
import { strings } from '../strings';
import { useTheme } from '../theme';
import { ChartTable } from './ChartTable';
import styles from './chart.module.css';
import { describeSeries } from './describe';
import { plotOptions } from './plot';
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
  onPick?(step: number): void;
  onHover?(step: number | null): void;
}

const usualSmoothing = 0.6;
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
  onPick,
  onHover,
}: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const inView = useRef(true);
  const { dark } = useTheme();
  const [hovered, setHovered] = useState<number | null>(null);
  const [tabled, setTabled] = useState(false);
  const smoothed = useMemo(() => smooth(steps, values, smoothing), [steps, values, smoothing]);
  const sentence = useMemo(() => describeSeries(name, steps, values, format), [name, steps, values, format]);
  const empty = steps.length === 0;
  // What the canvas reads when it draws, later than the rendering that made it.
  const latest = useRef({ steps, xs, values, smoothed, reach, marks, bands, picked, log, onPick, onHover });
  latest.current = { steps, xs, values, smoothed, reach, marks, bands, picked, log, onPick, onHover };
  const pickable = onPick !== undefined;

  const hover = (index: number | null, own = true) => {
    setHovered(index);
    // Curves of few steps stand elsewhere under the shared crosshair.
    if (own || index === null)
      latest.current.onHover?.(index === null ? null : (latest.current.steps[index] ?? null));
  };
  const hoverRef = useRef(hover);
  hoverRef.current = hover;

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
        dark,
        log,
        zoom,
        diamonds,
        xFormat: xFormat ?? null,
        around: () => latest.current,
        onHover: (index, own) => hoverRef.current(index, own),
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
  }, [empty, height, format, dark, log, zoom, diamonds, xFormat, pickable]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: all that is drawn.
  useEffect(() => {
    if (inView.current && plot.current) renew(plot.current, dataOf(latest.current));
  }, [steps, xs, values, smoothed, reach, marks, bands, picked]);

  const at = Math.min(hovered ?? steps.length - 1, steps.length - 1);
  const shown = values[at];
  return (
    <figure className={styles.figure} data-testid={testId} title={help}>
      <div className={styles.head}>
        <span className={styles.name}>{name}</span>
        <span className={`data ${styles.value}`}>
          {shown === null || shown === undefined ? '–' : format(shown)}
        </span>
        <span className={`data ${styles.step}`}>{hovered === null ? '' : `@ ${steps[at]}`}</span>
        {tools}
        <Button
          look="quiet"
          size="icon"
          className={styles.tableButton}
          aria-expanded={tabled}
          aria-label={strings.charts.table(name)}
          onClick={() => setTabled(!tabled)}
        >
          <Table2 size={14} aria-hidden="true" />
        </Button>
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
          aria-label={strings.charts.plot(name)}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys read the curve value by value.
          tabIndex={0}
          data-own-arrows=""
          onKeyDown={(event) => {
            if (event.key === 'Enter' && onPick) onPick(steps[at]);
            const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
            if (by === 0) return;
            event.preventDefault();
            hover(Math.min(steps.length - 1, Math.max(0, at + by)));
          }}
          onBlur={() => hover(null)}
        />
      )}
      <figcaption className="unseen">
        {sentence}
        {marks.length > 0 && ` ${strings.charts.changes}: ${marks.slice(-10).map(markWords).join('; ')}.`}
      </figcaption>
      {tabled && (
        <ChartTable
          name={name}
          steps={steps}
          values={values}
          format={format}
          canvas={() => host.current?.querySelector('canvas') ?? null}
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

function markWords(mark: ChangeMark): string {
  return `${strings.charts.step} ${mark.step} ${strings.charts.mark(mark.key, mark.from, mark.to, mark.time)}`;
}
