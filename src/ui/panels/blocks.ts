/** @file A text cut into blocks for the virtual list: its lines, long ones cut again at sentence ends or spaces. */
import type { Span } from '../../tasks/types';
import type { HeatSpan } from './attention-heat';

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

/** What is marked in the text: sorted ranges without overlap in each list. */
export interface Marks {
  window: Span | null;
  evidence: readonly Span[];
  /** What the selected answer copied. */
  cited: readonly Span[];
  /** What the search found. */
  hits: readonly Span[];
  /** What the selected answer attended to. */
  heat: readonly HeatSpan[];
}

export interface Piece {
  text: string;
  /** Where it begins in the whole text. */
  start: number;
  window: boolean;
  evidence: boolean;
  cited: boolean;
  hit: boolean;
  heat: HeatSpan | null;
}

/** A block cut at the borders of all marks. */
export function pieces(text: string, block: Span, marks: Marks): Piece[] {
  const window = marks.window ? within([marks.window], block) : [];
  const evidence = within(marks.evidence, block);
  const cited = within(marks.cited, block);
  const hits = within(marks.hits, block);
  const heat = within(marks.heat, block);
  const borders = [...window, ...evidence, ...cited, ...hits, ...heat]
    .flatMap(({ start, end }) => [start, end])
    .filter((position) => position > block.start && position < block.end);
  const cuts = [...new Set([block.start, ...borders, block.end])].sort((a, b) => a - b);
  const at = <S extends Span>(spans: readonly S[], place: number) =>
    spans.find(({ start, end }) => place >= start && place < end) ?? null;
  const holds = (spans: readonly Span[], place: number) => at(spans, place) !== null;
  return cuts.slice(0, -1).map((start, i) => ({
    text: text.slice(start, cuts[i + 1]),
    start,
    window: holds(window, start),
    evidence: holds(evidence, start),
    cited: holds(cited, start),
    hit: holds(hits, start),
    heat: at(heat, start),
  }));
}

/** The ranges of a sorted list that touch a block. */
function within<S extends Span>(spans: readonly S[], block: Span): readonly S[] {
  if (spans.length === 0) return spans;
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (spans[middle].end <= block.start) low = middle + 1;
    else high = middle;
  }
  let last = low;
  while (last < spans.length && spans[last].start < block.end) last++;
  return spans.slice(low, last);
}

/** Every place of a word or phrase, whatever its case; at most `most`. An empty query is found nowhere. */
export function findAll(lowered: string, query: string, most = 5000): Span[] {
  const wanted = query.toLowerCase();
  const found: Span[] = [];
  if (wanted === '') return found;
  let at = lowered.indexOf(wanted);
  while (at >= 0 && found.length < most) {
    found.push({ start: at, end: at + wanted.length });
    at = lowered.indexOf(wanted, at + wanted.length);
  }
  return found;
}

/** Lower case of the same length, so that places stay; a few letters change their length and then keep their case. */
export function lowerInPlace(text: string): string {
  const lowered = text.toLowerCase();
  if (lowered.length === text.length) return lowered;
  return text.replace(/./gsu, (letter) => {
    const low = letter.toLowerCase();
    return low.length === letter.length ? low : letter;
  });
}
