/**
 * @file A segment: a run of rows of the flat token buffer [P0 | c00 | c01 | … | P1 | c10 | …], either a prefix (no
 * parent) or a suffix (its parent is the prefix it continues). All numbers are flat rows.
 */

export interface Segment {
  start: number;
  end: number;
  /** Rows of the prefix that every row of this segment sees; parentStart = parentEnd for a prefix. */
  parentStart: number;
  parentEnd: number;
}
