/** @file A packed batch with the work tables that its kernels read, on the GPU. */
import type { Slice } from '../gpu';
import { type AttentionWork, buildAttentionTiles, maxTiles } from '../kernels/attention';
import { keyTileWords, queryTileWords, rangeWords } from '../kernels/attention/tiles';
import {
  buildSegmentTables,
  buildSuffixTables,
  type SegmentBuffers,
  segmentWords,
} from '../kernels/causal-conv/segments';
import { buildTokenIndex, tokenIndexLength } from '../kernels/embedding/embedding';
import { attentionShape } from './activations';
import type { PackedBatch } from './batch';
import type { Scratch, Sizes } from './scratch';
import type { PolicyConfig } from './types';
import { layerWindows } from './windows';

/** A packed batch on the GPU. */
export interface DeviceBatch {
  /** Rows [begin, rows) are computed; those before stand already. */
  begin: number;
  rows: number;
  tokens: Slice;
  positions: Slice;
  segments: SegmentBuffers;
  /** Tables of the layers with this window. */
  attention: (window: number | null) => AttentionWork;
  /** The packed token index, and how many distinct tokens it holds; only a batch from row 0 on has one. */
  tokenIndex: Slice;
  distinctTokens: number;
}

/** Bytes of the tables of a batch; attention has a pair of tables for each window of the layers. */
export function tableSizes(config: PolicyConfig, rows: number, segments: number): Sizes {
  const windows = [...layerWindows(config)].flatMap((window): [string, number][] => {
    const tiles = maxTiles(rows, segments, attentionShape(config), window);
    return [
      [`queryTiles.${window}`, tiles.query * queryTileWords * 4],
      [`keyTiles.${window}`, (tiles.key * keyTileWords + tiles.ranges * rangeWords) * 4],
    ];
  });
  return {
    tokens: rows * 4,
    positions: rows * 4,
    tokenSegment: rows * 4,
    segments: segments * segmentWords * 4,
    tokenIndex: tokenIndexLength(Math.min(rows, config.vocab_size), rows) * 4,
    ...Object.fromEntries(windows),
  };
}

/** Builds the tables of a batch and writes them into scratch buffers, which the next batch takes over. */
export function uploadBatch(batch: PackedBatch, config: PolicyConfig, scratch: Scratch): DeviceBatch {
  const rows = batch.tokens.length;
  const slices = scratch.take('tables', tableSizes(config, rows, batch.segments.length));
  const { begin } = batch;
  const tables = begin === 0 ? buildSegmentTables(batch.segments) : buildSuffixTables(batch.segments, rows);
  const index = buildTokenIndex(begin === 0 ? batch.tokens : new Uint32Array());
  scratch.write(slices.tokens, batch.tokens);
  scratch.write(slices.positions, batch.positions);
  scratch.write(slices.tokenSegment, tables.tokenSegment);
  scratch.write(slices.segments, tables.segments);
  scratch.write(slices.tokenIndex, index.packed);
  const attention = new Map<number | null, AttentionWork>();
  for (const window of layerWindows(config)) {
    const tiles = buildAttentionTiles(batch.segments, attentionShape(config), window);
    const queryTable = slices[`queryTiles.${window}`];
    const keyTable = slices[`keyTiles.${window}`];
    scratch.write(queryTable, tiles.query);
    scratch.write(keyTable, tiles.key);
    attention.set(window, { tiles, queryTable, keyTable });
  }
  return {
    begin,
    rows,
    tokens: slices.tokens,
    positions: slices.positions,
    segments: { tokenSegment: slices.tokenSegment, segments: slices.segments },
    attention: (window) => {
      const work = attention.get(window);
      if (!work) throw new Error(`no layer has a window of ${window}`);
      return work;
    },
    tokenIndex: slices.tokenIndex,
    distinctTokens: index.distinct.length,
  };
}
