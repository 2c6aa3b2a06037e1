/**
 * @file Tables of the flat token layout [P0 | c00 | c01 | … | P1 | …]: every prefix once, then its suffixes. A
 * *segment* is a prefix or a suffix; the parent of a suffix is the prefix before it.
 */
import type { Slice } from '../../gpu';
import type { Segment } from '../shared/segment';

/** The tables on the GPU, as kernels bind them. */
export interface SegmentBuffers {
  /** u32 [tokens]: the segment of each token. */
  tokenSegment: Slice;
  /** u32 [segments, 8]: start, end, parentStart, parentEnd, firstChild, childEnd, 0, 0. */
  segments: Slice;
}

export const segmentWords = 8;

/**
 * Builds the tables from segments in flat order.
 * @throws Error when the segments do not tile the tokens, or a suffix does not follow its prefix's group.
 */
export function buildSegmentTables(spans: readonly Segment[]): {
  tokenSegment: Uint32Array;
  segments: Uint32Array;
} {
  const tokens = spans.length === 0 ? 0 : spans[spans.length - 1].end;
  const tokenSegment = new Uint32Array(tokens);
  const segments = new Uint32Array(spans.length * segmentWords);
  let prefix = -1;
  let next = 0;
  for (let s = 0; s < spans.length; s++) {
    const { start, end, parentStart, parentEnd } = spans[s];
    if (start !== next || end < start)
      throw new Error(`segment ${s} [${start}, ${end}) does not continue at token ${next}`);
    next = end;
    tokenSegment.fill(s, start, end);
    const words = segments.subarray(s * segmentWords, (s + 1) * segmentWords);
    if (parentStart === parentEnd) {
      prefix = s;
      // Children follow their prefix directly; the range grows as they come.
      words.set([start, end, start, start, s + 1, s + 1]);
    } else {
      const parent = spans[prefix];
      if (!parent || parent.start !== parentStart || parent.end !== parentEnd) {
        throw new Error(`segment ${s} is not behind its parent [${parentStart}, ${parentEnd})`);
      }
      words.set([start, end, parentStart, parentEnd, 0, 0]);
      segments[prefix * segmentWords + 5] = s + 1;
    }
  }
  return { tokenSegment, segments };
}

/**
 * Tables of suffixes alone, for the forward pass over them: their prefixes stand somewhere in the rows before, computed
 * already. Rows in no suffix have no segment.
 */
export function buildSuffixTables(
  suffixes: readonly Segment[],
  rows: number,
): ReturnType<typeof buildSegmentTables> {
  const tokenSegment = new Uint32Array(rows);
  const segments = new Uint32Array(suffixes.length * segmentWords);
  suffixes.forEach(({ start, end, parentStart, parentEnd }, s) => {
    if (!(parentStart < parentEnd && parentEnd <= start && start <= end && end <= rows))
      throw new Error(`suffix ${s} [${start}, ${end}) of [${parentStart}, ${parentEnd}) in ${rows} rows`);
    tokenSegment.fill(s, start, end);
    segments.set([start, end, parentStart, parentEnd], s * segmentWords);
  });
  return { tokenSegment, segments };
}
