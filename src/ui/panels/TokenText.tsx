/**
 * @file An answer's tokens as text, painted by highlights, or by one span a token where the browser has none. Pointer and
 * keys see tokens; the page's elements see text nodes of 128.
 */
import {
  Fragment,
  memo,
  type PointerEvent,
  type RefObject,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { canHighlight, HighlightPainter } from './highlight-painter';
import type { TokenPaint } from './token-colour';
import { layOutTokens, type TokenLayout, tokenAtOffset, tokensPerNode } from './token-layout';
import styles from './tokens.module.css';

/** Nodes painted before the browser has said what is in view: more than a screen of text. */
const firstPainted = 4;

interface TokenTextProps {
  texts: readonly string[];
  paints: readonly TokenPaint[];
  /** The token that stays, the one the arrow keys stand on, the one under the pointer. */
  pinned: number;
  cursor: number | null;
  hovered: number | null;
  /** The box that scrolls. */
  scroller: RefObject<HTMLElement | null>;
  onHover(token: number | null): void;
  onPick(token: number): void;
}

export function TokenText({
  texts,
  paints,
  pinned,
  cursor,
  hovered,
  scroller,
  onHover,
  onPick,
}: TokenTextProps) {
  const host = useRef<HTMLDivElement>(null);
  // Refs of what stands around are set after the effects of what stands inside: these wait for the element itself.
  const [element, setElement] = useState<HTMLDivElement | null>(null);
  const take = useCallback((made: HTMLDivElement | null) => {
    host.current = made;
    setElement(made);
  }, []);
  const layout = useMemo(() => layOutTokens(texts), [texts]);
  const places = useMemo(() => new TokenPlaces(host, layout), [layout]);
  const isHighlighted = canHighlight();

  useEffect(() => {
    const frame = requestAnimationFrame(() => {
      const [box] = places.boxesOf(cursor ?? pinned);
      if (!box || !scroller.current) return;
      // The prompt stands above the text inside the box that scrolls.
      scrollTo(scroller.current, { ...box, top: box.top + (host.current?.offsetTop ?? 0) });
    });
    return () => cancelAnimationFrame(frame);
  }, [cursor, pinned, places, scroller]);

  const tokenUnder = (event: PointerEvent) => places.tokenAt(event.clientX, event.clientY);
  return (
    <div
      ref={take}
      className={styles.text}
      aria-hidden="true"
      data-testid="token-text"
      data-tokens={texts.length}
      data-painter={isHighlighted ? 'highlights' : 'spans'}
      onPointerMove={(event) => onHover(tokenUnder(event))}
      onPointerLeave={() => onHover(null)}
      onPointerUp={(event) => {
        const token = tokenUnder(event);
        if (token !== null && event.button === 0) onPick(token);
      }}
    >
      {isHighlighted ? (
        <Highlighted host={element} layout={layout} paints={paints} />
      ) : (
        <Spanned host={element} layout={layout} paints={paints} />
      )}
      <Frames places={places} token={pinned} look={styles.pinned} />
      <Frames places={places} token={cursor} look={styles.cursor} />
      <Frames places={places} token={hovered} look={styles.hovered} />
    </div>
  );
}

interface PaintedProps {
  /** The element that holds the text, inside the box that scrolls. */
  host: HTMLDivElement | null;
  layout: TokenLayout;
  paints: readonly TokenPaint[];
}

function Highlighted(props: PaintedProps) {
  const { layout } = props;
  const painter = useMemo(() => new HighlightPainter(), []);
  usePaintInView(props, {
    paint: (node, paints) => painter.paint(node, layout, paints),
    leave: (node) => painter.clear(node),
  });
  useEffect(() => () => painter.clearAll(), [painter]);
  return <TextNodes nodes={layout.nodes} />;
}

function Spanned(props: PaintedProps) {
  usePaintInView(props, { paint: paintSpans, leave: () => {} });
  return <TokenSpans layout={props.layout} />;
}

interface Painting {
  paint(node: HTMLElement, paints: readonly TokenPaint[]): void;
  leave(node: HTMLElement): void;
}

/** Paints the nodes in view, at once when colours change, the others when they come into it: thousands of ranges cost. */
function usePaintInView({ host, layout, paints }: PaintedProps, painting: Painting): void {
  const seen = useRef(new Set<HTMLElement>());
  const latest = useRef({ paints, painting });
  useLayoutEffect(() => {
    latest.current = { paints, painting };
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: how to paint follows from layout and paints.
  useLayoutEffect(() => {
    for (const node of seen.current) painting.paint(node, paints);
  }, [paints]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another layout has other nodes.
  useLayoutEffect(() => {
    const inView = seen.current;
    const change = (node: HTMLElement, isIn: boolean) => {
      const now = latest.current;
      if (isIn) {
        inView.add(node);
        now.painting.paint(node, now.paints);
      } else if (inView.delete(node)) now.painting.leave(node);
    };
    const watching = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) change(target as HTMLElement, isIntersecting);
      },
      { root: host?.parentElement, rootMargin: '200px' },
    );
    const nodes = host?.querySelectorAll<HTMLElement>('[data-node]') ?? [];
    nodes.forEach((node, i) => {
      // The first ones are in view: painted before the first frame, not after it.
      if (i < firstPainted) change(node, true);
      watching.observe(node);
    });
    return () => {
      watching.disconnect();
      for (const node of inView) latest.current.painting.leave(node);
      inView.clear();
    };
  }, [host, layout]);
}

/** Attributes are set past React, which would compare every element. */
function paintSpans(node: HTMLElement, paints: readonly TokenPaint[]): void {
  for (const span of node.querySelectorAll<HTMLElement>('[data-token]')) {
    const { bin = '', clipped = '', masked = false } = paints[Number(span.dataset.token)] ?? {};
    if (span.dataset.bin !== bin) span.dataset.bin = bin;
    if ((span.dataset.clipped ?? '') !== clipped) span.dataset.clipped = clipped;
    if ('masked' in span.dataset !== masked) span.toggleAttribute('data-masked', masked);
  }
}

const TextNodes = memo(function TextNodes({ nodes }: { nodes: readonly string[] }) {
  return nodes.map((text, node) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a node is its place.
    <span key={node} data-node={node}>
      {text}
    </span>
  ));
});

const TokenSpans = memo(function TokenSpans({ layout }: { layout: TokenLayout }) {
  return layout.nodes.map((text, node) => {
    const first = node * tokensPerNode;
    const last = Math.min(layout.starts.length, first + tokensPerNode);
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: a node is its place.
      <span key={node} data-node={node}>
        {Array.from({ length: last - first }, (_, i) => {
          const t = first + i;
          const after = text.slice(layout.ends[t], layout.starts[t + 1] ?? text.length);
          return (
            <Fragment key={t}>
              {'\u200b'}
              <span data-token={t}>{text.slice(layout.starts[t], layout.ends[t])}</span>
              {after.startsWith('\n') && '\n'}
            </Fragment>
          );
        })}
      </span>
    );
  });
});

/** A box in the coordinates of the text's own element. */
interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Where tokens are on screen, whichever way they are painted. */
class TokenPlaces {
  private readonly host: RefObject<HTMLDivElement | null>;
  private readonly layout: TokenLayout;

  constructor(host: RefObject<HTMLDivElement | null>, layout: TokenLayout) {
    this.host = host;
    this.layout = layout;
  }

  boxesOf(token: number): Box[] {
    const origin = this.host.current?.getBoundingClientRect();
    if (!origin) return [];
    return [...(this.rangeOf(token)?.getClientRects() ?? [])].map((rect) => ({
      left: rect.left - origin.left,
      top: rect.top - origin.top,
      width: rect.width,
      height: rect.height,
    }));
  }

  /** The token at a place of the window, or null between them. */
  tokenAt(x: number, y: number): number | null {
    const span = document.elementFromPoint(x, y)?.closest<HTMLElement>('[data-token]');
    if (span && this.host.current?.contains(span)) return Number(span.dataset.token);
    const caret = caretAt(x, y);
    const node = caret?.node.parentElement?.closest<HTMLElement>('[data-node]');
    if (!caret || !node || !this.host.current?.contains(node)) return null;
    const near = tokenAtOffset(this.layout, Number(node.dataset.node), caret.offset);
    if (near === null) return null;
    // A caret stands between letters: right of the middle of a token's last letter it belongs to the next one.
    return [near, near - 1].find((token) => this.covers(token, x, y)) ?? null;
  }

  private covers(token: number, x: number, y: number): boolean {
    const rects = [...(this.rangeOf(token)?.getClientRects() ?? [])];
    return rects.some(({ left, right, top, bottom }) => x >= left && x <= right && y >= top && y <= bottom);
  }

  private rangeOf(token: number): Range | null {
    if (token < 0 || token >= this.layout.starts.length) return null;
    const host = this.host.current;
    const range = new Range();
    const span = host?.querySelector(`[data-token="${token}"]`);
    if (span) {
      range.selectNodeContents(span);
      return range;
    }
    const text = host?.querySelector(`[data-node="${Math.floor(token / tokensPerNode)}"]`)?.firstChild;
    if (!text || (text.textContent?.length ?? 0) < this.layout.ends[token]) return null;
    range.setStart(text, this.layout.starts[token]);
    range.setEnd(text, this.layout.ends[token]);
    return range;
  }
}

function caretAt(x: number, y: number): { node: Node; offset: number } | null {
  if (typeof document.caretPositionFromPoint === 'function') {
    const place = document.caretPositionFromPoint(x, y);
    return place && { node: place.offsetNode, offset: place.offset };
  }
  const range = document.caretRangeFromPoint?.(x, y);
  return range ? { node: range.startContainer, offset: range.startOffset } : null;
}

/** Frames around a token, as many as it has lines; they follow the text when its width changes. */
function Frames({ places, token, look }: { places: TokenPlaces; token: number | null; look: string }) {
  const [boxes, setBoxes] = useState<Box[]>([]);
  const anchor = useRef<HTMLSpanElement>(null);
  const measure = useCallback(() => setBoxes(token === null ? [] : places.boxesOf(token)), [places, token]);
  // Just before the frame, when the page is laid out anyway.
  useLayoutEffect(() => {
    const frame = requestAnimationFrame(measure);
    return () => cancelAnimationFrame(frame);
  }, [measure]);
  useEffect(() => {
    const parent = anchor.current?.parentElement;
    if (!parent || token === null) return;
    const resizing = new ResizeObserver(measure);
    resizing.observe(parent);
    return () => resizing.disconnect();
  }, [measure, token]);
  return (
    <span ref={anchor}>
      {boxes.map((box) => (
        <span
          key={`${box.left} ${box.top}`}
          className={look}
          style={{ left: box.left, top: box.top, width: box.width, height: box.height }}
        />
      ))}
    </span>
  );
}

/** Scrolls just as far as the box needs, and never the page. */
function scrollTo(scroller: HTMLElement, box: Box): void {
  const margin = 8;
  if (box.top < scroller.scrollTop) scroller.scrollTop = box.top - margin;
  const bottom = box.top + box.height + 2 * margin;
  if (bottom > scroller.scrollTop + scroller.clientHeight)
    scroller.scrollTop = bottom - scroller.clientHeight;
}
