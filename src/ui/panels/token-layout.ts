/** @file Where each token stands in the text nodes that show an answer: nodes of about 128 tokens, places as offsets. */
import { visible } from '../format';

export const tokensPerNode = 128;

/** A place to break the line before a token; it takes no room. */
const breakHere = '\u200b';

export interface TokenLayout {
  /** Texts of the nodes, in order. */
  nodes: readonly string[];
  /** Offset of each token in its node, and of its end. */
  starts: Uint32Array;
  ends: Uint32Array;
}

export function layOutTokens(texts: readonly string[]): TokenLayout {
  const starts = new Uint32Array(texts.length);
  const ends = new Uint32Array(texts.length);
  const nodes: string[] = [];
  for (let first = 0; first < texts.length; first += tokensPerNode) {
    let text = '';
    const last = Math.min(texts.length, first + tokensPerNode);
    for (let t = first; t < last; t++) {
      text += breakHere;
      starts[t] = text.length;
      text += visible(texts[t]);
      ends[t] = text.length;
      // A line of the answer is a line on screen.
      if (texts[t].endsWith('\n')) text += '\n';
    }
    nodes.push(text);
  }
  return { nodes, starts, ends };
}

/** The token at an offset of a node, or the last one before it; null where the node has none. */
export function tokenAtOffset(layout: TokenLayout, node: number, offset: number): number | null {
  const first = node * tokensPerNode;
  const last = Math.min(layout.starts.length, first + tokensPerNode) - 1;
  if (last < first || node < 0) return null;
  let low = first;
  let high = last;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (layout.starts[middle] <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

export interface PaintRun {
  name: string;
  /** First token of the run, and the one after its last. */
  from: number;
  to: number;
}

/** Neighbours of one look as one run; '' is no look. */
export function runsOf(names: readonly string[]): PaintRun[] {
  const runs: PaintRun[] = [];
  let from = 0;
  for (let t = 1; t <= names.length; t++) {
    if (t < names.length && names[t] === names[from]) continue;
    if (names[from]) runs.push({ name: names[from], from, to: t });
    from = t;
  }
  return runs;
}
