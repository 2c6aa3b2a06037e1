/**
 * @file Segments: how prompts and answers lie in the flat token buffer [P0 | c00 | c01 | ... | P1 | c10 |
 * ...]. A segment is a prefix (no parent) or a suffix (its parent is the prefix it continues); all numbers
 * are flat rows.
 */
import type { Segment } from '../shared/segment';

export interface GroupLengths {
  prefix: number;
  suffixes: readonly number[];
}

/** Segments of groups laid out one after the other from row 0: each prefix, then its suffixes. */
export function layoutGroups(groups: readonly GroupLengths[]): Segment[] {
  const segments: Segment[] = [];
  let row = 0;
  for (const { prefix, suffixes } of groups) {
    const parentStart = row;
    const parentEnd = row + prefix;
    segments.push({ start: parentStart, end: parentEnd, parentStart, parentEnd: parentStart });
    row = parentEnd;
    for (const length of suffixes) {
      segments.push({ start: row, end: row + length, parentStart, parentEnd });
      row += length;
    }
  }
  return segments;
}
