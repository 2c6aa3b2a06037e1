/** @file A packed batch with the work tables that its kernels read, on the GPU. */
import type { Slice } from '../gpu';
import { type AttentionWork, buildAttentionTiles, maxTiles } from '../kernels/attention';
import { keyTileWords, queryTileWords } from '../kernels/attention/tiles';
import { buildSegmentTables, type SegmentBuffers, segmentWords } from '../kernels/causal-conv/segments';
import { buildTokenIndex, tokenIndexLength } from '../kernels/embedding/embedding';
import { attentionShape } from './activations';
import type { PackedBatch } from './batch';
import type { Scratch } from './scratch';
import type { PolicyConfig } from './types';

/** A packed batch on the GPU. */
export interface DeviceBatch {
  rows: number;
  tokens: Slice;
  positions: Slice;
  segments: SegmentBuffers;
  attention: AttentionWork;
  /** The packed token index, and how many distinct tokens it holds. */
  tokenIndex: Slice;
  distinctTokens: number;
}

/** Bytes of the tables of a batch. */
export function tableSizes(config: PolicyConfig, rows: number, segments: number) {
  const tiles = maxTiles(rows, segments, attentionShape(config));
  return {
    tokens: rows * 4,
    positions: rows * 4,
    tokenSegment: rows * 4,
    segments: segments * segmentWords * 4,
    queryTiles: tiles.query * queryTileWords * 4,
    keyTiles: tiles.key * keyTileWords * 4,
    tokenIndex: tokenIndexLength(Math.min(rows, config.vocab_size), rows) * 4,
  };
}

/** Builds the tables of a batch and writes them into scratch buffers, which the next batch takes over. */
export function uploadBatch(batch: PackedBatch, config: PolicyConfig, scratch: Scratch): DeviceBatch {
  const rows = batch.tokens.length;
  const slices = scratch.take('tables', tableSizes(config, rows, batch.segments.length));
  const tiles = buildAttentionTiles(batch.segments, attentionShape(config));
  const tables = buildSegmentTables(batch.segments);
  const index = buildTokenIndex(batch.tokens);
  scratch.write(slices.tokens, batch.tokens);
  scratch.write(slices.positions, batch.positions);
  scratch.write(slices.tokenSegment, tables.tokenSegment);
  scratch.write(slices.segments, tables.segments);
  scratch.write(slices.queryTiles, tiles.query);
  scratch.write(slices.keyTiles, tiles.key);
  scratch.write(slices.tokenIndex, index.packed);
  return {
    rows,
    tokens: slices.tokens,
    positions: slices.positions,
    segments: { tokenSegment: slices.tokenSegment, segments: slices.segments },
    attention: { tiles, queryTable: slices.queryTiles, keyTable: slices.keyTiles },
    tokenIndex: slices.tokenIndex,
    distinctTokens: index.distinct.length,
  };
}
