/** @file The long document: virtualised text with window and evidence marked, and a map of the whole beside it. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { FolderOpen } from 'lucide-react';
import { type MouseEvent, useEffect, useMemo, useRef } from 'react';
import type { Span } from '../../tasks/types';
import { Button } from '../kit/Button';
import { openFile } from '../state/commands';
import { shownGroup } from '../state/model';
import { useUi } from '../state/store';
import { strings } from '../strings';
import { blockAt, cutBlocks, pieces } from './blocks';
import styles from './document.module.css';
import panel from './panel.module.css';
import { Question } from './Question';

const words = strings.document;
const noSpans: Span[] = [];

export function DocumentPanel() {
  const document = useUi((state) => state.document);
  const shown = useUi(shownGroup);
  // Ranges of a group point into the document it was asked of.
  const group = shown?.documentId === document?.id ? shown : null;
  const picker = useRef<HTMLInputElement>(null);
  const text = document?.text ?? '';
  const blocks = useMemo(() => cutBlocks(text), [text]);
  return (
    <section
      className={panel.panel}
      aria-labelledby="document-title"
      data-testid="document-panel"
      data-blocks={blocks.length}
    >
      <div className={panel.head}>
        <h2 id="document-title">{document?.title ?? words.title}</h2>
        <span className={panel.meta}>
          {document &&
            `${document.source === 'imported' ? words.imported : words.generated} · ${words.size(text.length)}`}
        </span>
        <Button title={words.openTitle} onClick={() => picker.current?.click()}>
          <FolderOpen size={14} aria-hidden="true" />
          {words.open}
        </Button>
        <input
          ref={picker}
          type="file"
          accept=".txt,.md,text/plain,text/markdown"
          hidden
          data-testid="file-input"
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file) void openFile(file);
            event.target.value = '';
          }}
        />
      </div>
      <Question group={shown} />
      {document ? (
        <Text
          key={document.id}
          text={text}
          blocks={blocks}
          window={group?.window ?? null}
          evidence={group?.evidence ?? noSpans}
        />
      ) : (
        <p className={panel.empty}>{words.loading}</p>
      )}
      <p className={styles.legend}>
        <span>
          <span className={`${styles.swatch} ${styles.read}`} />
          {words.window}
        </span>
        <span>
          <span className={`${styles.swatch} ${styles.evidenceSwatch}`} />
          {words.evidence}
        </span>
        <span>{words.privacy}</span>
      </p>
    </section>
  );
}

interface TextProps {
  text: string;
  blocks: readonly Span[];
  window: Span | null;
  evidence: readonly Span[];
}

function Text({ text, blocks, window, evidence }: TextProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: blocks.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => 22 * Math.ceil((blocks[index].end - blocks[index].start + 1) / 70) + 8,
    overscan: 6,
  });
  const target = evidence[0]?.start ?? window?.start ?? null;

  useEffect(() => {
    const element = scroller.current;
    if (!element || target === null || blocks.length === 0) return;
    let frame = 0;
    const show = () => {
      virtual.scrollToIndex(blockAt(blocks, target), { align: 'center' });
      // Blocks are measured when they are laid out, a frame later; only then the exact place is known.
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => {
        frame = requestAnimationFrame(() => centre(element));
      });
    };
    // Other widths break lines elsewhere.
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
  }, [target, blocks, virtual]);

  const length = Math.max(1, text.length);
  const place = (position: number) => `${(position / length) * 100}%`;
  const items = virtual.getVirtualItems();
  const first = blocks[items[0]?.index ?? 0]?.start ?? 0;
  const last = blocks[items.at(-1)?.index ?? 0]?.end ?? 0;

  const jump = (event: MouseEvent<HTMLButtonElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    // A press of Enter has no place: it goes to the evidence.
    const position = event.detail === 0 ? (target ?? 0) : ((event.clientY - box.top) / box.height) * length;
    virtual.scrollToIndex(blockAt(blocks, position), { align: 'center' });
  };

  return (
    <div className={styles.body}>
      <section
        ref={scroller}
        className={styles.text}
        aria-label={words.text}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by key.
        tabIndex={0}
        data-own-arrows=""
        data-testid="document-text"
      >
        <div className={styles.canvas} style={{ blockSize: virtual.getTotalSize() }}>
          {items.map((item) => (
            <Block
              key={item.key}
              text={text}
              block={blocks[item.index]}
              window={window}
              evidence={evidence}
              index={item.index}
              offset={item.start}
              measure={virtual.measureElement}
            />
          ))}
        </div>
      </section>
      <button
        type="button"
        className={styles.map}
        aria-label={`${words.map}: ${words.toEvidence}`}
        title={words.map}
        onClick={jump}
      >
        {window && (
          <span
            className={styles.mapWindow}
            style={{ insetBlockStart: place(window.start), blockSize: place(window.end - window.start) }}
          />
        )}
        {evidence.map((span) => (
          <span
            key={span.start}
            className={styles.mapEvidence}
            style={{ insetBlockStart: place(span.start) }}
          />
        ))}
        <span
          className={styles.mapView}
          style={{ insetBlockStart: place(first), blockSize: place(last - first) }}
        />
      </button>
    </div>
  );
}

/** Scrolls the evidence to the middle, without moving the page. */
function centre(scroller: HTMLElement): void {
  const mark = scroller.querySelector('mark');
  if (!mark) return;
  const [box, place] = [scroller.getBoundingClientRect(), mark.getBoundingClientRect()];
  scroller.scrollTop += place.top - box.top - (box.height - place.height) / 2;
}

interface BlockProps extends Omit<TextProps, 'blocks'> {
  block: Span;
  index: number;
  offset: number;
  measure(element: Element | null): void;
}

function Block({ text, block, window, evidence, index, offset, measure }: BlockProps) {
  const parts = pieces(text, block, window, evidence);
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
      {parts.map((part, i) => {
        const outside = window !== null && !part.window;
        if (part.evidence) {
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no identity but their place.
            <mark key={i} className={styles.evidence} data-testid="evidence">
              {part.text}
            </mark>
          );
        }
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: as above.
          <span key={i} className={outside ? styles.outside : undefined}>
            {part.text}
          </span>
        );
      })}
    </div>
  );
}
