/** @file The text of the document, virtualised by blocks, with its marks; it scrolls to the place that is asked for. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type RefObject, useEffect, useRef } from 'react';
import type { Span } from '../../tasks/types';
import { percent } from '../format';
import { nextSpot, useReader } from '../state/reader';
import { strings } from '../strings';
import { playWords } from '../strings-play';
import { blockAt, type Marks, type Piece, pieces } from './blocks';
import { DocumentMap } from './DocumentMap';
import styles from './document.module.css';

const words = strings.document;
/** The scrolling text, for who hands the focus back to it. */
export const readerId = 'document-text';

interface DocumentTextProps {
  text: string;
  blocks: readonly Span[];
  marks: Marks;
  bins: readonly (Span & { weight: number })[];
  /** Where the question's evidence stands, or its window. */
  target: number | null;
}

export function DocumentText({ text, blocks, marks, bins, target }: DocumentTextProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const place = useReader((state) => state.place);
  const asked = useReader((state) => state.asked);
  const virtual = useVirtualizer({
    count: blocks.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => 22 * Math.ceil((blocks[index].end - blocks[index].start + 1) / 70) + 8,
    overscan: 6,
    // Blocks that come into view are measured with the next frame, not in a task of their own.
    useFlushSync: false,
  });
  const wanted = place ?? target;
  useScrollTo(scroller, wanted, asked, (position) =>
    virtual.scrollToIndex(blockAt(blocks, position), { align: 'center' }),
  );

  const items = virtual.getVirtualItems();
  const view = {
    start: blocks[items[0]?.index ?? 0]?.start ?? 0,
    end: blocks[items.at(-1)?.index ?? 0]?.end ?? 0,
  };
  return (
    <div className={styles.body}>
      <section
        ref={scroller}
        id={readerId}
        className={styles.text}
        aria-label={words.text}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by key.
        tabIndex={0}
        data-own-arrows=""
        data-testid="document-text"
        onKeyDown={onReaderKey}
      >
        <div className={styles.canvas} style={{ blockSize: virtual.getTotalSize() }}>
          {items.map((item) => (
            <Block
              key={item.key}
              text={text}
              block={blocks[item.index]}
              marks={marks}
              current={wanted}
              index={item.index}
              offset={item.start}
              measure={virtual.measureElement}
            />
          ))}
        </div>
      </section>
      <DocumentMap length={text.length} marks={marks} bins={bins} view={view} target={target} />
    </div>
  );
}

/** Inside the text n walks the evidence; elsewhere it asks the next question. */
function onReaderKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || (event.key !== 'n' && event.key !== 'N')) return;
  event.preventDefault();
  nextSpot('evidence', event.key === 'n' ? 1 : -1);
}

/** Keeps the wanted place in the middle when it is asked for anew and when lines break elsewhere. */
function useScrollTo(
  scroller: RefObject<HTMLElement | null>,
  wanted: number | null,
  asked: number,
  scroll: (position: number) => void,
): void {
  const scrollRef = useRef(scroll);
  useEffect(() => {
    scrollRef.current = scroll;
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same place can be asked for again.
  useEffect(() => {
    const element = scroller.current;
    if (!element || wanted === null) return;
    let frame = 0;
    const show = () => {
      scrollRef.current(wanted);
      // Blocks are measured when they are laid out, a frame later; only then the exact place is known.
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => {
        frame = requestAnimationFrame(() => centre(element));
      });
    };
    let width = 0;
    const resizing = new ResizeObserver(() => {
      if (element.clientWidth === width) return;
      width = element.clientWidth;
      show();
    });
    resizing.observe(element);
    return () => {
      cancelAnimationFrame(frame);
      resizing.disconnect();
    };
  }, [scroller, wanted, asked]);
}

/** Scrolls the wanted mark to the middle, without moving the page. */
function centre(scroller: HTMLElement): void {
  const mark = scroller.querySelector('[data-current]') ?? scroller.querySelector('mark');
  if (!mark) return;
  const [box, place] = [scroller.getBoundingClientRect(), mark.getBoundingClientRect()];
  scroller.scrollTop += place.top - box.top - (box.height - place.height) / 2;
}

interface BlockProps {
  text: string;
  block: Span;
  marks: Marks;
  current: number | null;
  index: number;
  offset: number;
  measure(element: Element | null): void;
}

function Block({ text, block, marks, current, index, offset, measure }: BlockProps) {
  const parts = pieces(text, block, marks);
  const isRead = parts.some((part) => part.window);
  const classes = [
    styles.block,
    text[block.end] === '\n' && styles.gap,
    text[block.start] === '#' && styles.heading,
    isRead && styles.read,
  ];
  return (
    <div
      ref={measure}
      data-index={index}
      className={classes.filter(Boolean).join(' ')}
      style={{ transform: `translateY(${offset}px)` }}
    >
      {parts.map((part) => (
        <Part
          key={part.start}
          part={part}
          outside={marks.window !== null && !part.window}
          current={part.start === current}
        />
      ))}
    </div>
  );
}

function Part({ part, outside, current }: { part: Piece; outside: boolean; current: boolean }) {
  const { text, evidence, cited, hit, heat } = part;
  const attended = heat ? playWords.attention.value(percent(heat.share), heat.lift) : undefined;
  if (!evidence && !cited && !hit && !heat)
    return <span className={outside ? styles.outside : undefined}>{text}</span>;
  const looks = [
    evidence && styles.evidence,
    cited && styles.cited,
    hit && styles.hit,
    heat && styles[`heat${heat.level}`],
  ];
  const why = [evidence ? words.evidence : cited ? words.cited : undefined, attended];
  return (
    <mark
      className={[styles.mark, ...looks].filter(Boolean).join(' ')}
      title={why.filter(Boolean).join(' · ') || undefined}
      data-testid={evidence ? 'evidence' : cited ? 'cited' : hit ? 'hit' : 'attended'}
      data-heat={heat?.level}
      data-current={current || undefined}
    >
      {text}
    </mark>
  );
}
