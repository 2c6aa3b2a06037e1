/** @file How uPlot draws one curve: raw faint, smoothed bold, a vertical line at each change of a setting. */
import type uPlot from 'uplot';
import type { ChangeMark } from '../state/model';
import { canvasColours } from './colours';

interface PlotSettings {
  element: HTMLElement;
  height: number;
  /** Redraws with the colours of the theme; read here so that a change makes new options. */
  dark: boolean;
  format(value: number): string;
  marks(): readonly ChangeMark[];
  onHover(index: number | null): void;
}

const axisFont = '11px ui-monospace, Menlo, Consolas, monospace';
/** All curves of the page share one crosshair. */
const syncKey = 'longview';

export function plotOptions({ element, height, format, marks, onHover }: PlotSettings): uPlot.Options {
  const colours = canvasColours(element, ['--curve', '--faint', '--line', '--muted', '--accent']);
  const [line, faint, grid] = [colours['--curve'], colours['--faint'], colours['--line']];
  const [muted, mark] = [colours['--muted'], colours['--accent']];
  return {
    width: Math.max(80, element.clientWidth),
    height,
    legend: { show: false },
    padding: [6, 6, 4, 0],
    cursor: {
      sync: { key: syncKey },
      drag: { x: false, y: false },
      y: false,
      points: { size: 6 },
    },
    scales: { x: { time: false }, y: { range: paddedRange } },
    axes: [
      { show: false },
      {
        size: 46,
        gap: 4,
        font: axisFont,
        stroke: muted,
        space: 28,
        grid: { stroke: grid, width: 1 },
        ticks: { show: false },
        values: (_, splits) => splits.map((value) => format(value).replace(' ', '')),
      },
    ],
    series: [
      {},
      { stroke: faint, width: 1, points: { show: false } },
      { stroke: line, width: 2, points: { show: (self) => (self.data[0]?.length ?? 0) < 3 } },
    ],
    hooks: {
      setCursor: [
        (self) => {
          const { idx, left } = self.cursor;
          onHover(typeof idx === 'number' && (left ?? -1) >= 0 ? idx : null);
        },
      ],
      drawClear: [(self) => drawMarks(self, marks(), mark)],
    },
  };
}

/** A flat curve gets room on both sides; any other one a little air. */
function paddedRange(_: uPlot, low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1];
  const room = high - low || Math.abs(high) * 0.1 || 0.1;
  // A share that has been 0 so far is drawn on the floor, not in mid-air.
  const floor = low >= 0 ? Math.max(0, low - room * 0.1) : low - room * 0.1;
  return [floor, high + room * 0.1];
}

function drawMarks(self: uPlot, marks: readonly ChangeMark[], colour: string): void {
  const { ctx, bbox } = self;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
  for (const { step } of marks) {
    // The change acts from this step on.
    const x = Math.round(self.valToPos(step - 0.5, 'x', true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}
