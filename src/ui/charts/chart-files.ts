/** @file A chart as a file: its numbers as CSV, its picture as SVG or PNG, each with where it comes from. */
import { escaped, type Figure, figureSvg } from '../../run/svg-chart';
import { saveFile } from '../save-file';
import { getUi } from '../state/store';
import type { FileKind } from '../strings-charts';
import { canvasColours } from './colours';
import { originOf, type Provenance, provenance } from './origin';

export type Cell = string | number | null;

export interface ChartNumbers {
  name: string;
  columns: readonly string[];
  rows: readonly (readonly Cell[])[];
}

/** A figure that is drawn anew for paper, or the picture on the page as it stands. */
export type Picture = { figure: Figure; notes?: readonly string[] } | { svg: SVGSVGElement };

/**
 * Hands the chart to the browser's download.
 * @param from where its numbers come from, unless from the run on screen.
 * @throws Error where the browser cannot draw the picture.
 */
export async function saveChart(
  kind: FileKind,
  numbers: ChartNumbers,
  picture: (() => Picture | null) | null,
  from: Provenance = provenance(originOf(getUi(), Date.now())),
): Promise<void> {
  const part = numbers.name.replace(/[^\w]+/g, '-').replace(/^-|-$/g, '') || 'chart';
  const name = `${from.stem}-${part}.${kind}`;
  if (kind === 'csv') return saveFile(name, 'text/csv', [chartCsv(numbers, from)]);
  const shown = picture?.();
  if (!shown) return;
  const drawn = framed(shown, numbers.name, from);
  if (kind === 'svg') return saveFile(name, 'image/svg+xml', [drawn.svg]);
  saveFile(name, 'image/png', [await pngOf(drawn)]);
}

/** `# ` lines that say where the numbers come from, a head, and the numbers with all their digits. */
export function chartCsv({ name, columns, rows }: ChartNumbers, from: Provenance): string {
  const cell = (value: Cell) => {
    const text = value === null ? '' : String(value);
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [
    ...[name, ...from.lines].map((line) => `# ${line.replace(/\s+/g, ' ')}`),
    ...[columns, ...rows].map((row) => row.map(cell).join(',')),
    '',
  ].join('\n');
}

export interface DrawnFile {
  svg: string;
  width: number;
  height: number;
}

const captionLine = 15;
const margin = 16;

/** The picture over its caption, as one SVG document. */
export function framed(picture: Picture, name: string, from: Provenance): DrawnFile {
  const inner = 'svg' in picture ? pagePicture(picture.svg, name) : paperPicture(figureSvg(picture.figure));
  const notes = 'svg' in picture ? [] : (picture.notes ?? []);
  // Letters of the caption are about 5.7 units wide.
  const perLine = Math.max(20, Math.floor((inner.width - 2 * margin) / 5.7));
  const lines = [...notes, ...from.lines].flatMap((line) => wrapped(line, perLine));
  const height = inner.height + lines.length * captionLine + margin;
  const caption = lines.map(
    (line, i) =>
      `<text x="${margin}" y="${inner.height + (i + 1) * captionLine}" fill="${inner.ink}">${escaped(line)}</text>`,
  );
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${inner.width}" height="${height}" viewBox="0 0 ${inner.width} ${height}" font-family="system-ui, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="11">`,
    `<title>${escaped(`${name}. ${from.lines.join(' ')}`)}</title>`,
    `<rect width="${inner.width}" height="${height}" fill="${inner.ground}"/>`,
    inner.svg,
    ...caption,
    '</svg>\n',
  ].join('\n');
  return { svg, width: inner.width, height };
}

interface InnerPicture extends DrawnFile {
  ground: string;
  ink: string;
}

function paperPicture(svg: string): InnerPicture {
  const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg) ?? [];
  return { svg, width: Number(width), height: Number(height), ground: '#ffffff', ink: '#565d66' };
}

const pageWidth = 720;

/** The picture on the page with its looks written into it, since a file has no style sheet. */
function pagePicture(element: SVGSVGElement, name: string): InnerPicture {
  const { width: across, height: down } = element.viewBox.baseVal;
  const copy = element.cloneNode(true) as SVGSVGElement;
  writeLooks(element, copy);
  const height = Math.round((pageWidth * down) / across);
  const head = 36;
  for (const [key, value] of Object.entries({ x: 0, y: head, width: pageWidth, height }))
    copy.setAttribute(key, String(value));
  const colours = canvasColours(element as unknown as HTMLElement, ['--surface', '--text', '--muted']);
  const title = `<text x="${margin}" y="24" font-size="16" font-weight="600" fill="${colours['--text']}">${escaped(name)}</text>`;
  return {
    svg: `${title}\n${new XMLSerializer().serializeToString(copy)}`,
    width: pageWidth,
    height: height + head,
    ground: colours['--surface'],
    ink: colours['--muted'],
  };
}

const looks = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-opacity',
  'stroke-dasharray',
  'stroke-linecap',
  'opacity',
  'font-family',
  'font-size',
  'font-weight',
  'text-anchor',
  'vector-effect',
];

function writeLooks(from: Element, to: Element): void {
  const style = getComputedStyle(from);
  for (const { name } of [...to.attributes])
    if (name === 'class' || name === 'style' || name.startsWith('data-')) to.removeAttribute(name);
  if (style.display === 'none') to.setAttribute('display', 'none');
  for (const look of looks) to.setAttribute(look, style.getPropertyValue(look));
  [...from.children].forEach((child, i) => {
    if (child.localName !== 'title') writeLooks(child, to.children[i]);
  });
}

/** Words on lines of at most so many letters. */
function wrapped(text: string, letters: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines[lines.length - 1];
    if (last !== '' && last.length + 1 + word.length > letters) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}

const pixelsPerUnit = 2;

async function pngOf({ svg, width, height }: DrawnFile): Promise<Blob> {
  const image = new Image(width, height);
  const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [width * pixelsPerUnit, height * pixelsPerUnit];
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
    if (!blob) throw new Error('The picture could not be drawn.');
    return blob;
  } finally {
    URL.revokeObjectURL(url);
  }
}
