/**
 * @file How uPlot draws one curve: raw faint, smoothed bold, its reach and stage bands behind, a vertical line at each
 * change of a setting.
 */
import type uPlot from 'uplot';
import type { ChangeMark } from '../state/model';
import { canvasColours } from './colours';
import { changeWords, placeWords } from './marks';
import { zoomFactor } from './plot-keys';
import { axisEnds, boundaryOf, endsInSight, type StepBand, zoomedStretch } from './positions';

/** What lies around the curve; read at every drawing. */
export interface Surroundings {
  steps: readonly number[];
  /** Positions of the steps on the x axis. */
  xs: readonly number[];
  marks: readonly ChangeMark[];
  bands: readonly StepBand[];
  /** The step that was jumped to. */
  picked: number | null;
}

interface PlotSettings {
  element: HTMLElement;
  height: number;
  /** Logarithmic y. */
  log: boolean;
  /** Shows the x axis with its numbers; null for none. */
  xFormat: ((value: number) => string) | null;
  /** Drag, and the wheel with Alt, zoom; double click shows all again. */
  zoom: boolean;
  /** Diamonds at the values, for curves with few of them. */
  diamonds: boolean;
  format(value: number): string;
  around(): Surroundings;
  /** @param own the pointer is over this plot, not over another that shares its crosshair. */
  onHover(index: number | null, own: boolean): void;
  onPick?(index: number): void;
}

const axisFont = '11px ui-monospace, Menlo, Consolas, monospace';
/** A second click within it makes a double one. */
const doubleClickMs = 220;
/** All curves of the page share one crosshair. */
const syncKey = 'longview';

export function plotOptions(settings: PlotSettings): uPlot.Options {
  const { element, height, log, xFormat, zoom, diamonds, format, around, onHover, onPick } = settings;
  const colours = canvasColours(element, [
    '--curve',
    '--faint',
    '--line',
    '--muted',
    '--accent',
    '--raised',
    '--reach',
    '--surface',
  ]);
  const [line, faint, grid] = [colours['--curve'], colours['--faint'], colours['--line']];
  const [muted, mark, band] = [colours['--muted'], colours['--accent'], colours['--raised']];
  return {
    width: Math.max(80, element.clientWidth),
    height,
    legend: { show: false },
    padding: [6, 6, xFormat ? 0 : 4, 0],
    cursor: {
      sync: { key: syncKey },
      drag: { x: zoom, y: false },
      y: false,
      points: { size: 6 },
    },
    scales: {
      x: { time: false, range: ({ data }, low, high) => axisEnds(data[0], [low, high]) },
      y: log ? { distr: 3, log: 10 } : { range: paddedRange },
    },
    axes: [
      xFormat
        ? {
            size: 22,
            gap: 2,
            font: axisFont,
            stroke: muted,
            space: 60,
            grid: { show: false },
            ticks: { show: false },
            values: (_, splits) => splits.map(xFormat),
          }
        : { show: false },
      {
        size: 46,
        gap: 4,
        font: axisFont,
        stroke: muted,
        space: 28,
        grid: { stroke: grid, width: 1 },
        ticks: { show: false },
        // A few lines of height have room for two numbers: the lowest and the highest of what is drawn.
        ...(!log && {
          splits: ({ data: [places, ...drawn], scales: { x } }: uPlot) =>
            endsInSight(places, drawn, [x.min ?? -Infinity, x.max ?? Infinity], format),
        }),
        values: (_, splits) => splits.map((value) => (value === null ? '' : format(value).replace(' ', ''))),
      },
    ],
    series: [
      {},
      {
        stroke: faint,
        width: 1,
        points: diamonds
          ? { show: true, size: 8, paths: diamondPaths, fill: line, stroke: line }
          : { show: false },
      },
      { stroke: line, width: 2, points: { show: (self) => (self.data[0]?.length ?? 0) < 3 } },
      // Upper and lower end of the reach: only what lies between them is painted.
      { width: 0, points: { show: false } },
      { width: 0, points: { show: false } },
    ],
    bands: [{ series: [3, 4], fill: colours['--reach'] }],
    hooks: {
      setCursor: [
        (self) => {
          const { idx, left } = self.cursor;
          const index = typeof idx === 'number' && (left ?? -1) >= 0 ? idx : null;
          onHover(index, self.over.matches(':hover'));
        },
      ],
      drawClear: [(self) => drawAround(self, around(), { mark, band, line })],
      // Above the lines of the axis, which would run through the words.
      drawAxes: [
        (self) => {
          nameBands(self, around(), { band, muted, surface: colours['--surface'] });
          nameMarks(self, around(), { mark, surface: colours['--surface'] });
        },
      ],
      ready: [
        (self) => {
          if (zoom)
            self.over.addEventListener('wheel', (event) => {
              // Alone it scrolls the page.
              if (!event.altKey || event.deltaY === 0) return;
              event.preventDefault();
              zoomAround(
                self,
                self.posToVal(event.offsetX, 'x'),
                event.deltaY > 0 ? zoomFactor : 1 / zoomFactor,
              );
            });
          if (!onPick) return;
          let timer = 0;
          self.over.addEventListener('click', () => {
            const { idx } = self.cursor;
            // The end of a drag is a zoom, and the first half of a double click is none of a single one.
            clearTimeout(timer);
            if (self.select.width === 0 && typeof idx === 'number')
              timer = window.setTimeout(() => onPick(idx), doubleClickMs);
          });
          self.over.addEventListener('dblclick', () => clearTimeout(timer));
        },
      ],
    },
  };
}

/** Brings more (above 1) or less of the curve into sight around a place on its x axis; all of it for 0. */
export function zoomAround(self: uPlot, at: number, factor: number): void {
  const [xs] = self.data;
  const { min, max } = self.scales.x;
  if (xs.length < 2 || typeof min !== 'number' || typeof max !== 'number') return;
  const next = factor === 0 ? null : zoomedStretch([min, max], at, factor, [xs[0], xs[xs.length - 1]]);
  if (next) self.setScale('x', { min: next[0], max: next[1] });
  else self.setData(self.data, true);
}

/** A flat curve gets room on both sides; any other one a little air. */
function paddedRange(_: uPlot, low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1];
  const room = high - low || Math.abs(high) * 0.1 || 0.1;
  // A share that has been 0 so far is drawn on the floor, not in mid-air.
  const floor = low >= 0 ? Math.max(0, low - room * 0.1) : low - room * 0.1;
  return [floor, high + room * 0.1];
}

type Ink<N extends string> = Record<N, string>;

/** Left and right end of a band on the canvas, within the plot. */
function endsOfBand(self: uPlot, { steps, xs }: Surroundings, { from, to }: StepBand): [number, number] {
  const { left, width } = self.bbox;
  const place = (step: number) =>
    Math.round(Math.min(left + width, Math.max(left, self.valToPos(boundaryOf(steps, xs, step), 'x', true))));
  return [place(from), place(to + 1)];
}

/** The name of each band that has room for it, on a ground of its own. */
function nameBands(self: uPlot, around: Surroundings, inks: Ink<'band' | 'muted' | 'surface'>): void {
  const { ctx, bbox } = self;
  ctx.save();
  // The axes were drawn with other settings.
  ctx.textAlign = 'left';
  ctx.textBaseline = 'alphabetic';
  ctx.font = `${11 * devicePixelRatio}px ui-monospace, Menlo, Consolas, monospace`;
  around.bands.forEach((band, i) => {
    const [left, right] = endsOfBand(self, around, band);
    const { width } = ctx.measureText(band.label);
    if (right - left <= width + 8 * devicePixelRatio) return;
    ctx.fillStyle = i % 2 === 1 ? inks.band : inks.surface;
    ctx.fillRect(left, bbox.top, width + 8 * devicePixelRatio, 14 * devicePixelRatio);
    ctx.fillStyle = inks.muted;
    ctx.fillText(band.label, left + 4 * devicePixelRatio, bbox.top + 11 * devicePixelRatio);
  });
  ctx.restore();
}

/** Of a line of words, in CSS pixels. */
const lineHeight = 14;

/** The words of each change beside its line, where there is room for them. */
function nameMarks(self: uPlot, { steps, xs, marks }: Surroundings, inks: Ink<'mark' | 'surface'>): void {
  const { ctx, bbox } = self;
  const high = lineHeight * devicePixelRatio;
  const [left, right, gap] = [bbox.left, bbox.left + bbox.width, 3 * devicePixelRatio];
  const lines = marks
    .map((mark) => ({
      x: self.valToPos(boundaryOf(steps, xs, mark.step), 'x', true),
      words: changeWords(mark),
    }))
    .filter(({ x }) => x >= left && x <= right);
  if (lines.length === 0) return;
  ctx.save();
  ctx.textAlign = 'left';
  ctx.textBaseline = 'alphabetic';
  ctx.font = `${11 * devicePixelRatio}px ui-monospace, Menlo, Consolas, monospace`;
  const widthOf = (words: string) => ctx.measureText(words).width;
  // At most the lower half: the curve is what the plot is for.
  const room = { left, right, gap, lines: Math.floor(bbox.height / 2 / high) };
  for (const { words, left: from, line } of placeWords(lines, room, widthOf)) {
    const bottom = bbox.top + bbox.height - line * high;
    ctx.globalAlpha = 0.85;
    ctx.fillStyle = inks.surface;
    ctx.fillRect(from + 1, bottom - high, widthOf(words) + 2 * gap - 2, high);
    ctx.globalAlpha = 1;
    ctx.fillStyle = inks.mark;
    ctx.fillText(words, from + gap, bottom - high * 0.25);
  }
  ctx.restore();
}

function drawAround(self: uPlot, around: Surroundings, inks: Ink<'mark' | 'band' | 'line'>): void {
  const { ctx, bbox } = self;
  const { steps, xs, marks, bands, picked } = around;
  ctx.save();
  bands.forEach((band, i) => {
    const [left, right] = endsOfBand(self, around, band);
    if (i % 2 === 0 || right <= left) return;
    ctx.fillStyle = inks.band;
    ctx.fillRect(left, bbox.top, right - left, bbox.height);
  });
  const vertical = (step: number, ink: string, dash: number[]) => {
    const x = self.valToPos(boundaryOf(steps, xs, step), 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) return;
    stroke(ctx, Math.round(x), bbox, ink, dash);
  };
  for (const { step } of marks) vertical(step, inks.mark, [4 * devicePixelRatio, 3 * devicePixelRatio]);
  const at = picked === null ? -1 : steps.indexOf(picked);
  if (at >= 0) stroke(ctx, Math.round(self.valToPos(xs[at], 'x', true)), bbox, inks.line, []);
  ctx.restore();
}

function stroke(
  ctx: CanvasRenderingContext2D,
  x: number,
  bbox: uPlot.BBox,
  ink: string,
  dash: number[],
): void {
  ctx.strokeStyle = ink;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash(dash);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
}

const diamondPaths: uPlot.Series.Points.PathBuilder = (self, series, from, to) => {
  const path = new Path2D();
  const half = 4 * devicePixelRatio;
  const [xs, ys] = [self.data[0], self.data[series]];
  for (let i = from; i <= to; i++) {
    const value = ys[i];
    if (value === null || value === undefined) continue;
    const x = self.valToPos(xs[i], 'x', true);
    const y = self.valToPos(value, 'y', true);
    path.moveTo(x, y - half);
    path.lineTo(x + half, y);
    path.lineTo(x, y + half);
    path.lineTo(x - half, y);
    path.closePath();
  }
  return { stroke: path, fill: path };
};
