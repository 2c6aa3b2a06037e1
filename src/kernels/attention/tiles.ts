/**
 * @file Work tables of training attention. A query tile is a run of rows of one segment with its two key
 * ranges, A (the parent's rows) and B (the own segment's rows so far); a key tile is a run of rows with the
 * contiguous range of rows that see it: a prefix key is seen by the rest of its group, a suffix key by the
 * rest of its segment. Tables depend on the segments alone, so results do not depend on how the work is
 * sliced.
 */
import type { Buffers, Slice } from '../../gpu';
import type { AttentionShape } from '../shared/attention-shape';
import type { Segment } from '../shared/segment';

/** Items of a thread: (row, query head) pairs in the query-owned kernels, keys in the key-owned one. */
export const itemsPerThread = 4;
/** Items a workgroup of 16 threads serves. */
const tileItems = 16 * itemsPerThread;

export const queryTileWords = 6;
export const keyTileWords = 4;

export interface AttentionTiles {
  /** (qBegin, qEnd, a0, a1, b0, b1) a tile; b1 = qEnd. */
  query: Uint32Array;
  /** (kBegin, kEnd, qBegin, qEnd) a tile: rows [qBegin, qEnd) see the keys, causally; qBegin = kBegin. */
  key: Uint32Array;
  /** Row-key pairs the kernels visit in each tile, for cutting work into equal slices. */
  queryPairs: Float64Array;
  keyPairs: Float64Array;
}

/** The tables of one batch on the GPU. */
export interface AttentionWork {
  tiles: AttentionTiles;
  queryTable: Slice;
  keyTable: Slice;
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
 * @throws Error when a suffix is not between its prefix and the next prefix: key tiles need one contiguous
 * row range.
 */
export function buildAttentionTiles(segments: readonly Segment[], shape: AttentionShape): AttentionTiles {
  const rows = queryTileRows(shape);
  const query: number[] = [];
  const key: number[] = [];
  const queryPairs: number[] = [];
  const keyPairs: number[] = [];
  segments.forEach((segment, index) => {
    const { start, end, parentStart, parentEnd } = segment;
    for (let begin = start; begin < end; begin += rows) {
      const tileEnd = Math.min(begin + rows, end);
      query.push(begin, tileEnd, parentStart, parentEnd, start, tileEnd);
      queryPairs.push((tileEnd - begin) * (parentEnd - parentStart + tileEnd - start));
    }
    const seenUntil = lastRowThatSees(segments, index);
    for (let begin = start; begin < end; begin += tileItems) {
      const tileEnd = Math.min(begin + tileItems, end);
      key.push(begin, tileEnd, begin, seenUntil);
      keyPairs.push((tileEnd - begin) * (seenUntil - begin));
    }
  });
  return {
    query: Uint32Array.from(query),
    key: Uint32Array.from(key),
    queryPairs: Float64Array.from(queryPairs),
    keyPairs: Float64Array.from(keyPairs),
  };
}

/** End of the rows that see segment `index`: its own end, or the end of its last suffix. */
function lastRowThatSees(segments: readonly Segment[], index: number): number {
  const { start, end, parentStart, parentEnd } = segments[index];
  if (parentEnd > parentStart) return end;
  let until = end;
  for (let next = index + 1; next < segments.length; next++) {
    const child = segments[next];
    if (child.parentEnd === child.parentStart) break;
    if (child.parentStart !== start || child.parentEnd !== end || child.start !== until) {
      throw new Error(`segment ${next} does not follow the prefix [${start}, ${end}) it continues`);
    }
    until = child.end;
  }
  return until;
}

/** Most tiles a batch of `rows` rows in `segments` segments can have, for preallocating the tables. */
export function maxTiles(
  rows: number,
  segments: number,
  shape: AttentionShape,
): { query: number; key: number } {
  return {
    query: Math.floor(rows / queryTileRows(shape)) + segments,
    key: Math.floor(rows / tileItems) + segments,
  };
}

/** Uploads the tables of a batch into new buffers; the caller frees them. */
export function uploadAttentionTiles(buffers: Buffers, tiles: AttentionTiles): AttentionWork {
  return {
    tiles,
    queryTable: buffers.from('attention.queryTiles', tiles.query),
    keyTable: buffers.from('attention.keyTiles', tiles.key),
  };
}

/**
 * Cuts tiles [0, pairs.length) into runs of at most `budget` cost each (at least one tile), `costPerPair` a
 * pair. Equal cost, not equal tiles: causal work is triangular.
 */
export function cutTiles(
  pairs: Float64Array,
  costPerPair: number,
  budget: number,
): { begin: number; count: number; cost: number }[] {
  const runs: { begin: number; count: number; cost: number }[] = [];
  let begin = 0;
  let cost = 0;
  for (let tile = 0; tile < pairs.length; tile++) {
    const next = pairs[tile] * costPerPair;
    if (tile > begin && (cost + next > budget || tile - begin === 65535)) {
      runs.push({ begin, count: tile - begin, cost });
      begin = tile;
      cost = 0;
    }
    cost += next;
  }
  if (pairs.length > begin) runs.push({ begin, count: pairs.length - begin, cost });
  return runs;
}
