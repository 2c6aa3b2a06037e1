/** @file The whole document as a column: what the policy read, evidence, copies, attention, hits, and what is in view. */
import { type MouseEvent, useEffect, useRef, useState } from 'react';
import type { Span } from '../../tasks/types';
import { canvasColours } from '../charts/colours';
import { goTo } from '../state/reader';
import { strings } from '../strings';
import { useTheme } from '../theme';
import type { Marks } from './blocks';
import styles from './document.module.css';

const words = strings.document;
const width = 28;

interface DocumentMapProps {
  length: number;
  marks: Marks;
  /** Attention of the text's parts, of the largest; empty while the layer is off. */
  bins: readonly (Span & { weight: number })[];
  /** The part of the text that is laid out. */
  view: Span;
  target: number | null;
}

export function DocumentMap({ length, marks, bins, view, target }: DocumentMapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [height, setHeight] = useState(0);
  const { dark } = useTheme();

  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const resizing = new ResizeObserver(() => setHeight(element.clientHeight));
    resizing.observe(element);
    return () => resizing.disconnect();
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours of the theme are read from the page.
  useEffect(() => {
    if (canvas.current && height > 0) draw(canvas.current, height, length, marks, bins);
  }, [height, length, marks, bins, dark]);

  const jump = (event: MouseEvent<HTMLButtonElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    // A press of Enter has no place: it goes to the evidence.
    goTo(event.detail === 0 ? target : Math.floor(((event.clientY - box.top) / box.height) * length));
  };
  const place = (position: number) => `${(position / Math.max(1, length)) * 100}%`;
  return (
    <button
      type="button"
      className={styles.map}
      aria-label={`${words.map}: ${words.toEvidence}`}
      title={words.map}
      data-testid="document-map"
      onClick={jump}
    >
      <canvas ref={canvas} className={styles.mapCanvas} />
      <span
        className={styles.mapView}
        style={{ insetBlockStart: place(view.start), blockSize: place(view.end - view.start) }}
      />
    </button>
  );
}

function draw(
  element: HTMLCanvasElement,
  height: number,
  length: number,
  marks: Marks,
  bins: DocumentMapProps['bins'],
): void {
  const scale = devicePixelRatio;
  element.width = Math.round(width * scale);
  element.height = Math.round(height * scale);
  const context = element.getContext('2d');
  if (!context || length === 0) return;
  const colours = canvasColours(element, [
    '--accent',
    '--evidence-line',
    '--cited-line',
    '--text',
    '--attention-line',
  ]);
  context.scale(scale, scale);
  const bar = (span: Span, left: number, right: number, least: number) => {
    const top = (span.start / length) * height;
    context.fillRect(left, top, right - left, Math.max(least, ((span.end - span.start) / length) * height));
  };
  if (marks.window) {
    context.globalAlpha = 0.35;
    context.fillStyle = colours['--accent'];
    bar(marks.window, 0, width, 3);
    context.globalAlpha = 1;
  }
  // Bars from the right edge: the longest is where most of the attention went.
  context.fillStyle = colours['--attention-line'];
  for (const bin of bins) bar(bin, width - 0.75 * width * bin.weight, width, 1);
  context.fillStyle = colours['--cited-line'];
  for (const span of marks.cited) bar(span, width / 2, width - 2, 2);
  context.fillStyle = colours['--text'];
  for (const span of marks.hits) bar(span, 2, width / 2, 1);
  context.fillStyle = colours['--evidence-line'];
  for (const span of marks.evidence) {
    bar(span, 2, width - 2, 3);
    // The needle: a notch at the edge, seen where the bar itself is thin.
    const middle = ((span.start + span.end) / 2 / length) * height;
    context.beginPath();
    context.moveTo(0, middle - 4);
    context.lineTo(6, middle);
    context.lineTo(0, middle + 4);
    context.fill();
  }
}
