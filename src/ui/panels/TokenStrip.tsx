/** @file The chosen quantity as bars, one a token: hover and click are those of the text, dragging zooms in. */
import { type PointerEvent, useEffect, useMemo, useRef, useState } from 'react';
import { ChartTable, TableButton } from '../charts/ChartTable';
import { canvasColours } from '../charts/colours';
import { compact, visible } from '../format';
import { Button } from '../kit/Button';
import type { TokenColour } from '../state/model';
import { chartWords } from '../strings-charts';
import { playWords } from '../strings-play';
import { useTheme } from '../theme';
import { scales } from './token-colour';
import styles from './tokens.module.css';

interface TokenStripProps {
  colour: TokenColour;
  values: Float64Array;
  texts: readonly string[];
  /** The token that the slot shows. */
  shown: number;
  onHover(token: number | null): void;
  onPick(token: number): void;
}

const height = 30;
const words = playWords.tokens;
/** A shorter drag is a click. */
const leastDrag = 4;

export function TokenStrip({ colour, values, texts, shown, onHover, onPick }: TokenStripProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { look } = useTheme();
  const [zoom, setZoom] = useState<{ from: number; to: number; of: Float64Array } | null>(null);
  const [width, setWidth] = useState(0);
  const [tabled, setTabled] = useState(false);
  const drag = useRef<number | null>(null);
  // A zoom belongs to an answer; another one is shown whole.
  const isZoomed = zoom !== null && zoom.of.length === values.length;
  const [from, to] = isZoomed ? [zoom.from, zoom.to] : [0, values.length];
  const range = useMemo(() => valueRange(colour, values), [colour, values]);

  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const resizing = new ResizeObserver(() => setWidth(element.clientWidth));
    resizing.observe(element);
    return () => resizing.disconnect();
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours of the theme are read from the page.
  useEffect(() => {
    const element = canvas.current;
    if (!element || width === 0) return;
    draw(element, width, values.subarray(from, to), range, shown - from);
  }, [values, range, from, to, shown, width, look]);

  const tokenUnder = (event: PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    return Math.min(to - 1, Math.max(from, from + Math.floor(share * (to - from))));
  };
  const name = words.colours[colour];
  return (
    <figure className={styles.stripFigure}>
      <div className={styles.stripChart}>
        <canvas
          ref={canvas}
          height={height}
          role="img"
          aria-label={words.strip(words.colours[colour])}
          title={words.strip(words.colours[colour])}
          data-testid="token-strip"
          onPointerDown={(event) => {
            drag.current = event.clientX;
            event.currentTarget.setPointerCapture(event.pointerId);
          }}
          onPointerMove={(event) => onHover(tokenUnder(event))}
          onPointerLeave={() => onHover(null)}
          onPointerUp={(event) => {
            const start = drag.current;
            drag.current = null;
            if (start === null) return;
            if (Math.abs(event.clientX - start) < leastDrag) return onPick(tokenUnder(event));
            const box = event.currentTarget.getBoundingClientRect();
            const at = (x: number) =>
              Math.round(from + Math.min(1, Math.max(0, (x - box.left) / box.width)) * (to - from));
            const [low, high] = [at(start), at(event.clientX)].sort((a, b) => a - b);
            if (high - low >= 2) setZoom({ from: low, to: high, of: values });
          }}
          onDoubleClick={() => setZoom(null)}
        />
        {isZoomed && (
          <Button look="quiet" className={styles.tool} onClick={() => setZoom(null)}>
            {words.whole}
          </Button>
        )}
        <TableButton name={name} open={tabled} onToggle={() => setTabled(!tabled)} />
      </div>
      <figcaption className="unseen">{stripSentence(name, values, texts)}</figcaption>
      {tabled && (
        <ChartTable
          name={name}
          columns={chartWords.tokenColumns(name)}
          rows={Array.from(values, (value, t) => [
            t + 1,
            visible(texts[t] ?? ''),
            Number.isFinite(value) ? value : null,
          ])}
          picture={() => ({
            figure: {
              title: chartWords.byToken(name),
              note: '',
              xLabel: chartWords.token,
              panels: [{ title: '', unit: name, curves: [{ label: name, points: bars(values) }], empty: '' }],
            },
          })}
        />
      )}
    </figure>
  );
}

/** Bars from 0, as a curve whose band they are. */
function bars(values: Float64Array) {
  return Array.from(values, (y, t) => ({ x: t + 1, y, low: Math.min(0, y), high: Math.max(0, y) }));
}

/** The strip in one sentence: its ends, and where they are. */
function stripSentence(name: string, values: Float64Array, texts: readonly string[]): string {
  let [low, high] = [-1, -1];
  values.forEach((value, t) => {
    if (!Number.isFinite(value)) return;
    if (low < 0 || value < values[low]) low = t;
    if (high < 0 || value > values[high]) high = t;
  });
  const said = (t: number) => chartWords.tokenAt(compact(values[t]), t + 1, visible(texts[t] ?? ''));
  return low < 0 ? chartWords.noValues(name) : chartWords.tokens(name, values.length, said(low), said(high));
}

/** Bottom and top of the bars; 0 is always inside. */
function valueRange(colour: TokenColour, values: Float64Array): [number, number] {
  let low = 0;
  let high = 0;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (colour === 'clipped') return [-1, 1];
  if (colour === 'logprob' || colour === 'entropy') {
    return [Math.min(low, scales[colour][0]), Math.max(high, scales[colour][1])];
  }
  // Signed quantities stand around the middle.
  const limit = Math.max(-low, high) || 1;
  return [-limit, limit];
}

function draw(
  element: HTMLCanvasElement,
  width: number,
  values: Float64Array,
  [low, high]: readonly [number, number],
  shown: number,
): void {
  const scale = devicePixelRatio;
  element.width = Math.round(width * scale);
  element.height = Math.round(height * scale);
  const context = element.getContext('2d');
  if (!context) return;
  const colours = canvasColours(element, ['--line', '--positive-ink', '--negative-ink', '--focus']);
  context.scale(scale, scale);
  const y = (value: number) => 1 + (1 - (value - low) / (high - low)) * (height - 2);
  const zero = y(0);
  const step = width / Math.max(1, values.length);
  context.fillStyle = colours['--line'];
  context.fillRect(0, zero - 0.5, width, 1);
  context.globalAlpha = 0.6;
  // More tokens than pixels: the largest of each pixel stands for its neighbours.
  const columns = Math.min(values.length, Math.floor(width));
  for (let column = 0; column < columns; column++) {
    const first = Math.floor((column * values.length) / columns);
    const last = Math.max(first + 1, Math.floor(((column + 1) * values.length) / columns));
    let value = Number.NaN;
    for (let t = first; t < last; t++) {
      if (Number.isNaN(value) || Math.abs(values[t]) > Math.abs(value)) value = values[t];
    }
    if (!Number.isFinite(value) || value === 0) continue;
    const end = y(value);
    context.fillStyle = colours[value > 0 ? '--positive-ink' : '--negative-ink'];
    const bar = Math.max(1, (columns === values.length ? step : 1) - (step > 3 ? 1 : 0));
    context.fillRect((column * width) / columns, Math.min(end, zero), bar, Math.max(1, Math.abs(end - zero)));
  }
  context.globalAlpha = 1;
  if (shown < 0 || shown >= values.length) return;
  context.strokeStyle = colours['--focus'];
  context.strokeRect(shown * step + 0.5, 0.5, Math.max(2, step - 1), height - 1);
}
