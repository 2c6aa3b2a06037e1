/**
 * @file Line charts as SVG text: panels with axes, curves with bands, one legend. The same figure gives the same text; every
 * word in it is escaped.
 */
import { aroundPlace, roundTicks } from './axis';

export interface CurvePoint {
  x: number;
  y: number;
  /** Ends of the band at this place; equal to `y` where there is none. */
  low: number;
  high: number;
}

export interface Curve {
  /** Curves of one label share colour, dash and legend entry in all panels. */
  label: string;
  points: readonly CurvePoint[];
}

export interface Panel {
  title: string;
  /** Label of the vertical axis. */
  unit: string;
  curves: readonly Curve[];
  /** Vertical dashed lines with a short name above each. */
  marks?: readonly { x: number; label: string }[];
  /** What stands in a panel without curves. */
  empty: string;
}

export interface Figure {
  title: string;
  /** One line below the title: what is shown, what the bands are. */
  note: string;
  /** Label of the horizontal axis. */
  xLabel: string;
  panels: readonly Panel[];
}

/** Colours that stay apart for colour-blind readers (Okabe and Ito), and a dash each, so that colour is not needed. */
const styles = [
  { colour: '#0072b2', dash: '' },
  { colour: '#d55e00', dash: '7 3' },
  { colour: '#009e73', dash: '2 3' },
  { colour: '#cc79a7', dash: '9 3 2 3' },
  { colour: '#7a5c00', dash: '5 2' },
  { colour: '#56b4e9', dash: '1 2' },
  { colour: '#000000', dash: '12 4' },
  { colour: '#666666', dash: '3 6' },
] as const;

const panelWidth = 420;
const panelHeight = 250;
const plot = { left: 62, right: 14, top: 30, bottom: 40 };
const margin = 16;

/** How a figure is shown; a file has neither. */
export interface FigureLook {
  /** On a dark ground. */
  dark?: boolean;
  /** Panels side by side; 2 by default. */
  columns?: number;
}

/** What each colour becomes on a dark ground, as far apart and as readable as on a light one. */
const darkColours: Readonly<Record<string, string>> = {
  '#0072b2': '#4ba3e3',
  '#d55e00': '#f08a3c',
  '#009e73': '#2fc79a',
  '#cc79a7': '#e39ac6',
  '#7a5c00': '#d6b23f',
  '#56b4e9': '#9ad7ff',
  '#000000': '#ffffff',
  '#666666': '#a4acb5',
  '#1a1d21': '#e7eaed',
  '#565d66': '#a4acb5',
  '#ffffff': '#1d2024',
  '#d5d9dd': '#464c55',
  '#e8eaec': '#2f343a',
  '#878e96': '#78818b',
};

/** The figure as one SVG document. */
export function figureSvg(
  { title, note, xLabel, panels }: Figure,
  { dark = false, columns: perRow = 2 }: FigureLook = {},
): string {
  const labels = [...new Set(panels.flatMap(({ curves }) => curves.map(({ label }) => label)))];
  const rows = Math.ceil(panels.length / perRow);
  const width = margin * 2 + panelWidth * Math.min(perRow, Math.max(1, panels.length));
  const legend = legendLines(labels, width - 2 * margin);
  const head = 56 + legend.height;
  const height = head + rows * panelHeight + margin;
  const body = panels.map((panel, i) => {
    const x = margin + (i % perRow) * panelWidth;
    const y = head + Math.floor(i / perRow) * panelHeight;
    return `<g transform="translate(${x} ${y})">\n${panelSvg(panel, xLabel, labels)}\n</g>`;
  });
  const svg = `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="12" fill="#1a1d21">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="${margin}" y="26" font-size="16" font-weight="600">${escaped(title)}</text>`,
    `<text x="${margin}" y="45" fill="#565d66">${escaped(note)}</text>`,
    `<g transform="translate(${margin} 60)">\n${legend.svg}\n</g>`,
    ...body,
    '</svg>',
  ].join('\n')}\n`;
  // Words have no quotation marks of their own, so only attributes are met.
  return dark ? svg.replace(/="(#[0-9a-f]{6})"/g, (_, colour) => `="${darkColours[colour] ?? colour}"`) : svg;
}

function panelSvg(panel: Panel, xLabel: string, labels: readonly string[]): string {
  const inner = {
    left: plot.left,
    right: panelWidth - plot.right,
    top: plot.top,
    bottom: panelHeight - plot.bottom,
  };
  const curves = panel.curves.map(({ label, points }) => ({
    label,
    points: points.filter(({ x, y, low, high }) => [x, y, low, high].every(isDrawable)),
  }));
  const points = curves.flatMap((curve) => curve.points);
  const heading = `<text x="${inner.left}" y="18" font-weight="600">${escaped(panel.title)}</text>`;
  const frame = `<rect x="${inner.left}" y="${inner.top}" width="${inner.right - inner.left}" height="${inner.bottom - inner.top}" fill="none" stroke="#d5d9dd"/>`;
  if (points.length === 0) {
    const middle = `x="${(inner.left + inner.right) / 2}" y="${(inner.top + inner.bottom) / 2}"`;
    return [
      heading,
      frame,
      `<text ${middle} text-anchor="middle" fill="#565d66">${escaped(panel.empty)}</text>`,
    ].join('\n');
  }
  const places = points.map(({ x }) => x);
  const [only, ...others] = places;
  const xRange = others.every((x) => x === only) ? aroundPlace(only) : widened(places, 0);
  const yRange = widened(
    points.flatMap(({ low, high, y }) => [low, high, y]),
    0.06,
  );
  const atX = (x: number) =>
    inner.left + ((x - xRange.low) / (xRange.high - xRange.low)) * (inner.right - inner.left);
  const atY = (y: number) =>
    inner.bottom - ((y - yRange.low) / (yRange.high - yRange.low)) * (inner.bottom - inner.top);
  const yTicks = roundTicks(yRange.low, yRange.high, 5);
  const xTicks = roundTicks(xRange.low, xRange.high, 6);
  const axisY = yTicks.map((tick) => {
    const y = pixel(atY(tick));
    return `<path d="M${inner.left} ${y}H${inner.right}" stroke="#e8eaec"/><text x="${inner.left - 6}" y="${y}" dy="0.35em" text-anchor="end">${tickText(tick, yTicks)}</text>`;
  });
  const axisX = xTicks.map((tick) => {
    const x = pixel(atX(tick));
    return `<path d="M${x} ${inner.bottom}v4" stroke="#878e96"/><text x="${x}" y="${inner.bottom + 17}" text-anchor="middle">${tickText(tick, xTicks)}</text>`;
  });
  return [
    heading,
    ...axisY,
    frame,
    ...axisX,
    `<text x="${(inner.left + inner.right) / 2}" y="${panelHeight - 6}" text-anchor="middle" fill="#565d66">${escaped(xLabel)}</text>`,
    `<text transform="translate(13 ${(inner.top + inner.bottom) / 2}) rotate(-90)" text-anchor="middle" fill="#565d66">${escaped(panel.unit)}</text>`,
    ...curves.map(({ label, points: list }) => bandSvg(list, styleOf(label, labels).colour, atX, atY)),
    ...curves.map(({ label, points: list }) => lineSvg(list, styleOf(label, labels), atX, atY)),
    ...(panel.marks ?? [])
      .filter(({ x }) => x >= xRange.low && x <= xRange.high)
      .map(({ x, label }) => {
        const place = pixel(atX(x));
        return `<path d="M${place} ${inner.top}V${inner.bottom}" stroke="#565d66" stroke-dasharray="4 3"/><text x="${place}" y="${inner.top - 2}" font-size="10" text-anchor="middle" fill="#565d66">${escaped(label)}</text>`;
      }),
  ]
    .filter((line) => line !== '')
    .join('\n');
}

/** Finite, and far enough from the largest number for the ends of an axis to be numbers, too. */
function isDrawable(value: number): boolean {
  return Math.abs(value) < 1e300;
}

type Scale = (value: number) => number;

function bandSvg(points: readonly CurvePoint[], colour: string, atX: Scale, atY: Scale): string {
  if (points.length < 2 || points.every(({ low, high }) => low === high)) return '';
  const over = points.map(({ x, high }) => `${pixel(atX(x))} ${pixel(atY(high))}`);
  const under = points.map(({ x, low }) => `${pixel(atX(x))} ${pixel(atY(low))}`).reverse();
  return `<path d="M${[...over, ...under].join('L')}Z" fill="${colour}" fill-opacity="0.15"/>`;
}

function lineSvg(
  points: readonly CurvePoint[],
  { colour, dash }: (typeof styles)[number],
  atX: Scale,
  atY: Scale,
): string {
  const [only] = points;
  if (points.length === 1)
    return `<circle cx="${pixel(atX(only.x))}" cy="${pixel(atY(only.y))}" r="3" fill="${colour}"/>`;
  if (points.length === 0) return '';
  const path = points.map(({ x, y }) => `${pixel(atX(x))} ${pixel(atY(y))}`).join('L');
  return `<path d="M${path}" fill="none" stroke="${colour}" stroke-width="1.8" stroke-linejoin="round"${dash ? ` stroke-dasharray="${dash}"` : ''}/>`;
}

function styleOf(label: string, labels: readonly string[]): (typeof styles)[number] {
  return styles[labels.indexOf(label) % styles.length];
}

/** Entries side by side, in as many lines as their words need. */
function legendLines(labels: readonly string[], width: number): { svg: string; height: number } {
  if (labels.length === 0) return { svg: '', height: 0 };
  let x = 0;
  let line = 0;
  const entries = labels.map((label) => {
    // Letters of the font are about 6.4 units wide on average.
    const room = 46 + label.length * 6.6;
    if (x > 0 && x + room > width) {
      x = 0;
      line++;
    }
    const { colour, dash } = styleOf(label, labels);
    const y = line * 18;
    const svg = `<path d="M${pixel(x)} ${y}h26" stroke="${colour}" stroke-width="2.4"${dash ? ` stroke-dasharray="${dash}"` : ''}/><text x="${pixel(x + 32)}" y="${y}" dy="0.35em">${escaped(label)}</text>`;
    x += room;
    return svg;
  });
  return { svg: entries.join('\n'), height: (line + 1) * 18 };
}

/** Range of the values with `air` of it on both sides; a flat curve gets room, a range from 0 keeps its floor. */
function widened(values: readonly number[], air: number): { low: number; high: number } {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const span = high - low || Math.abs(high) * 0.1 || 1;
  const room = high === low ? span / 2 : span * air;
  return { low: low >= 0 ? Math.max(0, low - room) : low - room, high: high + room };
}

/** A tick with as many places as its neighbours need. */
function tickText(tick: number, ticks: readonly number[]): string {
  const step = ticks.length > 1 ? ticks[1] - ticks[0] : Math.abs(tick);
  if (tick === 0 || Math.abs(tick) < step * 1e-6) return '0';
  if (step < 1e-4 || Math.abs(tick) >= 1e6) return tick.toExponential(1).replaceAll('-', '−');
  const places = Math.min(6, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  return tick.toFixed(places).replace('-', '−');
}

function pixel(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** Text for XML; characters that XML does not allow are left out. */
export function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
