/**
 * @file Paints tokens through the CSS Custom Highlight API: recolouring changes ranges, never the page's elements.
 * The looks by name are in styles/bins.css; several painters share them.
 */
import type { TokenPaint } from './token-colour';
import { runsOf, type TokenLayout, tokensPerNode } from './token-layout';

/** Whether the browser has the API. */
export function canHighlight(): boolean {
  return typeof Highlight === 'function' && 'highlights' in CSS;
}

export class HighlightPainter {
  private readonly owned: [Highlight, AbstractRange][] = [];

  /** Replaces what this painter has painted. `nodes` are the text nodes of the layout, in order. */
  paint(nodes: readonly Node[], layout: TokenLayout, paints: readonly TokenPaint[]): void {
    this.clear();
    const names = [
      paints.map(({ bin }) => bin),
      paints.map(({ clipped }) => (clipped ? `clip-${clipped === 'high' ? 'high' : 'low'}` : '')),
      paints.map(({ masked }) => (masked ? 'masked' : '')),
    ];
    for (const { name, from, to } of names.flatMap(runsOf)) {
      const start = nodes[Math.floor(from / tokensPerNode)];
      const end = nodes[Math.floor((to - 1) / tokensPerNode)];
      if (!start || !end) continue;
      const range = new StaticRange({
        startContainer: start,
        startOffset: layout.starts[from],
        endContainer: end,
        endOffset: layout.ends[to - 1],
      });
      const look = lookOf(name);
      look.add(range);
      this.owned.push([look, range]);
    }
  }

  clear(): void {
    for (const [look, range] of this.owned) look.delete(range);
    this.owned.length = 0;
  }
}

function lookOf(name: string): Highlight {
  const known = CSS.highlights.get(name);
  if (known) return known;
  const made = new Highlight();
  CSS.highlights.set(name, made);
  return made;
}
