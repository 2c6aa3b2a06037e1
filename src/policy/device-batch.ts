/** @file A packed batch with the work tables that its kernels read, on the GPU. */
import type { Slice } from '../gpu';
import { type AttentionWork, buildAttentionTiles } from '../kernels/attention';
import { buildSegmentTables, type SegmentBuffers } from '../kernels/causal-conv/segments';
import { buildTokenIndex, type TokenIndex } from '../kernels/embedding/embedding';
import type { AttentionShape } from '../kernels/shared/attention-shape';
import type { PackedBatch } from './batch';
import type { ParameterLayout } from './layout';
import type { Scratch } from './scratch';

/** A packed batch on the GPU. */
export interface DeviceBatch {
  rows: number;
  tokens: Slice;
  positions: Slice;
  segments: SegmentBuffers;
  /** Tables of the layers with this window. */
  attention: (window: number | null) => AttentionWork;
  tokenIndex: TokenIndex;
}

/** Builds the tables of a batch and writes them into scratch buffers, which the next batch takes over. */
export function uploadBatch(
  batch: PackedBatch,
  layout: ParameterLayout,
  shape: AttentionShape,
  scratch: Scratch,
): DeviceBatch {
  const tables = buildSegmentTables(batch.segments);
  const attention = new Map<number | null, AttentionWork>();
  for (const { window } of layout.layers) {
    if (attention.has(window)) continue;
    const tiles = buildAttentionTiles(batch.segments, shape, window);
    const name = window === null ? '' : `.${window}`;
    attention.set(window, {
      tiles,
      queryTable: scratch.upload(`queryTiles${name}`, tiles.query),
      keyTable: scratch.upload(`keyTiles${name}`, tiles.key),
    });
  }
  return {
    rows: batch.tokens.length,
    tokens: scratch.upload('tokens', batch.tokens),
    positions: scratch.upload('positions', batch.positions),
    segments: {
      tokenSegment: scratch.upload('tokenSegment', tables.tokenSegment),
      segments: scratch.upload('segments', tables.segments),
    },
    attention: (window) => {
      const work = attention.get(window);
      if (!work) throw new Error(`no layer has a window of ${window}`);
      return work;
    },
    tokenIndex: buildTokenIndex(batch.tokens),
  };
}
