/** @file A text cut into blocks for the virtual list: its lines, long ones cut again at sentence ends or spaces. */
import type { Span } from '../../tasks/types';

/** Longer blocks are cut: a block is laid out as a whole. */
const maxBlock = 700;

/** Blocks in order; together they are the text without its line breaks. Blank lines join the block before. */
export function cutBlocks(text: string): Span[] {
  const blocks: Span[] = [];
  let start = 0;
  while (start < text.length) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    if (end > start) cutLong(text, start, end, blocks);
    start = end + 1;
  }
  return blocks;
}

function cutLong(text: string, from: number, end: number, into: Span[]): void {
  let start = from;
  while (end - start > maxBlock) {
    const part = text.slice(start, start + maxBlock);
    const sentence = Math.max(part.lastIndexOf('. '), part.lastIndexOf('? '), part.lastIndexOf('! '));
    const space = part.lastIndexOf(' ');
    const cut = sentence > maxBlock / 3 ? sentence + 2 : space > maxBlock / 3 ? space + 1 : maxBlock;
    into.push({ start, end: start + cut });
    start += cut;
  }
  if (end > start) into.push({ start, end });
}

/** Index of the block that holds a character, or of the last block before it. */
export function blockAt(blocks: readonly Span[], position: number): number {
  let low = 0;
  let high = blocks.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (blocks[middle].start <= position) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, low);
}

export interface Piece {
  text: string;
  window: boolean;
  evidence: boolean;
}

/** A block cut at the borders of window and evidence. */
export function pieces(text: string, block: Span, window: Span | null, evidence: readonly Span[]): Piece[] {
  const spans = window ? [window, ...evidence] : evidence;
  const borders = spans
    .flatMap(({ start, end }) => [start, end])
    .filter((position) => position > block.start && position < block.end);
  const cuts = [...new Set([block.start, ...borders, block.end])].sort((a, b) => a - b);
  return cuts.slice(0, -1).map((start, i) => ({
    text: text.slice(start, cuts[i + 1]),
    window: window !== null && inside(start, window),
    evidence: evidence.some((span) => inside(start, span)),
  }));
}

function inside(position: number, { start, end }: Span): boolean {
  return position >= start && position < end;
}
