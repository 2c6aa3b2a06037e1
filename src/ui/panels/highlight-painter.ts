/**
 * @file Paints tokens through the CSS Custom Highlight API: recolouring changes ranges, never the page's elements.
 * The looks by name are in styles/bins.css; several painters share them.
 */
import type { TokenPaint } from './token-colour';
import { runsOf, type TokenLayout, tokensPerNode } from './token-layout';

/** Whether the browser has the API, and its looks are seen: where the system forces its colours, only lines are left. */
export function canHighlight(): boolean {
  if (matchMedia('(forced-colors: active)').matches) return false;
  return typeof Highlight === 'function' && 'highlights' in CSS;
}

export class HighlightPainter {
  private readonly owned = new Map<Element, [Highlight, AbstractRange][]>();

  /** Replaces what this painter has painted on a node: an element with one text node, numbered by `data-node`. */
  paint(element: HTMLElement, layout: TokenLayout, paints: readonly TokenPaint[]): void {
    this.clear(element);
    const text = element.firstChild;
    const first = Number(element.dataset.node) * tokensPerNode;
    const own = paints.slice(first, first + tokensPerNode);
    if (!text) return;
    const names = [
      own.map(({ bin }) => bin),
      own.map(({ clipped }) => (clipped ? `clip-${clipped === 'high' ? 'high' : 'low'}` : '')),
      own.map(({ masked }) => (masked ? 'masked' : '')),
    ];
    const painted = names.flatMap(runsOf).map(({ name, from, to }): [Highlight, AbstractRange] => {
      const range = new StaticRange({
        startContainer: text,
        startOffset: layout.starts[first + from],
        endContainer: text,
        endOffset: layout.ends[first + to - 1],
      });
      const look = lookOf(name);
      look.add(range);
      return [look, range];
    });
    this.owned.set(element, painted);
  }

  clear(element: Element): void {
    for (const [look, range] of this.owned.get(element) ?? []) look.delete(range);
    this.owned.delete(element);
  }

  clearAll(): void {
    for (const element of [...this.owned.keys()]) this.clear(element);
  }
}

function lookOf(name: string): Highlight {
  const known = CSS.highlights.get(name);
  if (known) return known;
  const made = new Highlight();
  CSS.highlights.set(name, made);
  return made;
}
