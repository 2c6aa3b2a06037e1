/** @file A packed batch with the work tables that its kernels read, on the GPU. */
import type { Slice } from '../gpu';
import { type AttentionWork, buildAttentionTiles } from '../kernels/attention';
import { buildSegmentTables, type SegmentBuffers } from '../kernels/causal-conv/segments';
import { buildTokenIndex, type TokenIndex } from '../kernels/embedding/embedding';
import type { AttentionShape } from '../kernels/shared/attention-shape';
import type { PackedBatch } from './batch';
import type { Scratch } from './scratch';

/** A packed batch on the GPU. */
export interface DeviceBatch {
  rows: number;
  tokens: Slice;
  positions: Slice;
  segments: SegmentBuffers;
  attention: AttentionWork;
  tokenIndex: TokenIndex;
}

/** Builds the tables of a batch and writes them into scratch buffers, which the next batch takes over. */
export function uploadBatch(batch: PackedBatch, shape: AttentionShape, scratch: Scratch): DeviceBatch {
  const tiles = buildAttentionTiles(batch.segments, shape);
  const tables = buildSegmentTables(batch.segments);
  return {
    rows: batch.tokens.length,
    tokens: scratch.upload('tokens', batch.tokens),
    positions: scratch.upload('positions', batch.positions),
    segments: {
      tokenSegment: scratch.upload('tokenSegment', tables.tokenSegment),
      segments: scratch.upload('segments', tables.segments),
    },
    attention: {
      tiles,
      queryTable: scratch.upload('queryTiles', tiles.query),
      keyTable: scratch.upload('keyTiles', tiles.key),
    },
    tokenIndex: buildTokenIndex(batch.tokens),
  };
}
