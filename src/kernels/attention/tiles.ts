/**
 * @file Work tables of training attention. A query tile is a run of rows of one segment with its two key ranges, A
 * (the parent's rows) and B (the own segment's rows so far). A key tile is a run of keys with the ranges of rows that
 * see it: without a window one range, the rest of its group for a prefix key and the rest of its segment for a suffix
 * key; with a window a short range a segment. Tables hold only what is within the window, so that work is skipped, not
 * masked. They depend on segments and window alone, so results do not depend on how the work is sliced.
 */
import type { Buffers, Slice } from '../../gpu';
import type { AttentionShape } from '../shared/attention-shape';
import type { Segment } from '../shared/segment';

/** Items of a thread: (row, query head) pairs in the query-owned kernels, keys in the key-owned one. */
export const itemsPerThread = 4;
/** Items of a tile. */
export const tileItems = 16 * itemsPerThread;
/** Keys, or rows, after which a kernel can be interrupted: `keyBlock` and `rowBlock` of the shaders. */
const keyBlock = 512;
const rowBlock = 256;
/** The window parameter of layers without one: above any distance between two rows, below a negative one. */
export const unlimited = 2 ** 31;

/** Words of an entry of each table. */
export const queryTileWords = 7;
export const keyTileWords = 4;
export const rangeWords = 3;

/** A kind of tile: how much each of them is. */
export interface TileLoads {
  /** Row-key pairs the kernels visit in each tile. */
  pairs: Float64Array;
  /** Blocks of each tile's loop, at least 1. */
  blocks: Uint32Array;
}

export interface AttentionTiles {
  /** (qBegin, qEnd, a0, a1, b0, b1, border) a tile; b1 = qEnd. */
  query: Uint32Array;
  /** (kBegin, kEnd, ranges, count) a tile, then the ranges (qBegin, qEnd, border); see attention-backward-kv.wgsl. */
  key: Uint32Array;
  queryLoads: TileLoads;
  keyLoads: TileLoads;
  /** The kernels' `window`. */
  window: number;
}

/** The tables of one batch on the GPU. */
export interface AttentionWork {
  tiles: AttentionTiles;
  queryTable: Slice;
  keyTable: Slice;
}

interface RowRange {
  begin: number;
  end: number;
  border: number;
}

/** Query rows of one tile: its items are the pairs of a row and a query head of one kv head. */
export function queryTileRows(shape: AttentionShape): number {
  const headsPerKv = shape.heads / shape.kvHeads;
  if (!Number.isInteger(headsPerKv) || headsPerKv > tileItems) {
    throw new Error(`${shape.heads} query heads cannot share ${shape.kvHeads} key heads`);
  }
  return Math.floor(tileItems / headsPerKv);
}

/**
 * Tables of a batch. Empty segments have no tiles.
 * @param window keys a row sees at most, itself included; null = all. A window as long as the longest sequence gives
 * the tables of null, hence the same bits.
 * @throws Error when a suffix is not between its prefix and the next prefix, or the window is no positive integer.
 */
export function buildAttentionTiles(
  segments: readonly Segment[],
  shape: AttentionShape,
  window: number | null = null,
): AttentionTiles {
  if (window !== null && !(Number.isInteger(window) && window > 0)) throw new Error(`a window of ${window}`);
  const longest = segments.reduce((most, segment) => Math.max(most, sequenceLength(segment)), 0);
  const width = window === null || window >= longest ? unlimited : window;
  return { ...queryTiles(segments, shape, width), ...keyTiles(segments, width), window: width };
}

function sequenceLength({ start, end, parentStart, parentEnd }: Segment): number {
  return parentEnd - parentStart + end - start;
}

function queryTiles(segments: readonly Segment[], shape: AttentionShape, window: number) {
  const rows = queryTileRows(shape);
  const query: number[] = [];
  const pairs: number[] = [];
  const blocks: number[] = [];
  for (const { start, end, parentStart, parentEnd } of segments) {
    const border = parentEnd > parentStart ? start - parentEnd : 0;
    for (let begin = start; begin < end; begin += rows) {
      const tileEnd = Math.min(begin + rows, end);
      // The window of the tile's first row reaches back the farthest.
      const a0 = Math.min(parentEnd, Math.max(parentStart, begin - border - window + 1));
      const b0 = Math.max(start, begin - window + 1);
      query.push(begin, tileEnd, a0, parentEnd, b0, tileEnd, border);
      pairs.push((tileEnd - begin) * (parentEnd - a0 + tileEnd - b0));
      blocks.push(Math.ceil((parentEnd - a0) / keyBlock) + Math.ceil((tileEnd - b0) / keyBlock));
    }
  }
  return { query: Uint32Array.from(query), queryLoads: loads(pairs, blocks) };
}

function keyTiles(segments: readonly Segment[], window: number) {
  const tiles: { begin: number; end: number; ranges: RowRange[] }[] = [];
  segments.forEach((segment, index) => {
    const children = suffixesOf(segments, index);
    for (let begin = segment.start; begin < segment.end; begin += tileItems) {
      const end = Math.min(begin + tileItems, segment.end);
      const until = children.at(-1)?.end ?? segment.end;
      const ranges =
        window === unlimited
          ? [{ begin, end: until, border: 0 }]
          : rangesWithin(segment, children, begin, end - 1 + window);
      tiles.push({ begin, end, ranges });
    }
  });
  const table: number[] = [];
  let rangesAt = tiles.length * keyTileWords;
  for (const { begin, end, ranges } of tiles) {
    table.push(begin, end, rangesAt, ranges.length);
    rangesAt += ranges.length * rangeWords;
  }
  for (const { ranges } of tiles) for (const { begin, end, border } of ranges) table.push(begin, end, border);
  const sum = (ranges: RowRange[], of: (rows: number) => number) =>
    ranges.reduce((total, { begin, end }) => total + of(end - begin), 0);
  return {
    key: Uint32Array.from(table),
    keyLoads: loads(
      tiles.map(({ begin, end, ranges }) => (end - begin) * sum(ranges, (rows) => rows)),
      tiles.map(({ ranges }) => sum(ranges, (rows) => Math.ceil(rows / rowBlock))),
    ),
  };
}

/** Rows at places [begin, until) behind the keys: of the own segment, and of each suffix that goes on from it. */
function rangesWithin(segment: Segment, children: Segment[], begin: number, until: number): RowRange[] {
  const own = { begin, end: Math.min(segment.end, until), border: 0 };
  const beyond = children.map(({ start, end }) => {
    const border = start - segment.end;
    return { begin: start, end: Math.min(end, until + border), border };
  });
  return [own, ...beyond.filter((range) => range.end > range.begin)];
}

function loads(pairs: number[], blocks: number[]): TileLoads {
  return { pairs: Float64Array.from(pairs), blocks: Uint32Array.from(blocks) };
}

/** The suffixes of the prefix `index`, which follow it; none for a suffix. */
function suffixesOf(segments: readonly Segment[], index: number): Segment[] {
  const { start, end, parentStart, parentEnd } = segments[index];
  const children: Segment[] = [];
  if (parentEnd > parentStart) return children;
  let until = end;
  for (let next = index + 1; next < segments.length; next++) {
    const child = segments[next];
    if (child.parentEnd === child.parentStart) break;
    if (child.parentStart !== start || child.parentEnd !== end || child.start !== until) {
      throw new Error(`segment ${next} does not follow the prefix [${start}, ${end}) it continues`);
    }
    until = child.end;
    children.push(child);
  }
  return children;
}

/** Most entries the tables of a batch of `rows` rows in `segments` segments can have, for preallocating them. */
export function maxTiles(
  rows: number,
  segments: number,
  shape: AttentionShape,
  window: number | null = null,
): { query: number; key: number; ranges: number } {
  const key = Math.floor(rows / tileItems) + segments;
  // Within a window every suffix is a range of the last tiles of its prefix.
  const beyond = window === null ? 0 : segments * (Math.ceil(window / tileItems) + 1);
  return { query: Math.floor(rows / queryTileRows(shape)) + segments, key, ranges: key + beyond };
}

/** Uploads the tables of a batch into new buffers; the caller frees them. */
export function uploadAttentionTiles(buffers: Buffers, tiles: AttentionTiles): AttentionWork {
  return {
    tiles,
    queryTable: buffers.from('attention.queryTiles', tiles.query),
    keyTable: buffers.from('attention.keyTiles', tiles.key),
  };
}
