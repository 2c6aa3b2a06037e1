import { describe, expect, it } from 'vitest';
import { buildAttentionTiles, layoutGroups, maxTiles } from '../../src/kernels/attention';
import { forHeadDim } from '../../src/kernels/attention/template';
import { cutTiles } from '../../src/kernels/attention/tiles';
import type { Segment } from '../../src/kernels/shared/segment';

const shape = { heads: 4, kvHeads: 2, headDim: 32 };
const groups = [
  { prefix: 70, suffixes: [5, 0, 33] },
  { prefix: 0, suffixes: [1, 2] },
  { prefix: 64, suffixes: [] },
];

/** Rows a row sees, read back from a table of tiles. */
function seenByQueryTiles(query: Uint32Array): Map<number, number[]> {
  const seen = new Map<number, number[]>();
  for (let at = 0; at < query.length; at += 6) {
    const [qBegin, qEnd, a0, a1, b0, b1] = query.subarray(at, at + 6);
    for (let row = qBegin; row < qEnd; row++) {
      const keys: number[] = [];
      for (let key = a0; key < a1; key++) keys.push(key);
      for (let key = b0; key < Math.min(b1, row + 1); key++) keys.push(key);
      expect(seen.has(row), `row ${row} in one tile`).toBe(false);
      seen.set(row, keys);
    }
  }
  return seen;
}

describe('attention tiles', () => {
  it('query tiles cover each row once with the keys its segment sees', () => {
    const segments = layoutGroups(groups);
    const seen = seenByQueryTiles(buildAttentionTiles(segments, shape).query);
    for (const { start, end, parentStart, parentEnd } of segments) {
      for (let row = start; row < end; row++) {
        const keys: number[] = [];
        for (let key = parentStart; key < parentEnd; key++) keys.push(key);
        for (let key = start; key <= row; key++) keys.push(key);
        expect(seen.get(row)).toEqual(keys);
      }
    }
    expect(seen.size).toBe(70 + 38 + 3 + 64);
  });

  it('key tiles say the same as query tiles', () => {
    const { query, key } = buildAttentionTiles(layoutGroups(groups), shape);
    const seeing = new Map<number, number[]>();
    for (const [row, keys] of seenByQueryTiles(query))
      for (const j of keys) seeing.set(j, [...(seeing.get(j) ?? []), row]);
    for (let at = 0; at < key.length; at += 4) {
      const [kBegin, kEnd, , qEnd] = key.subarray(at, at + 4);
      for (let j = kBegin; j < kEnd; j++) {
        expect(seeing.get(j)).toEqual(Array.from({ length: qEnd - j }, (_, i) => j + i));
        seeing.delete(j);
      }
    }
    expect(seeing.size).toBe(0);
  });

  it('stays within maxTiles', () => {
    const segments = layoutGroups(groups);
    const tiles = buildAttentionTiles(segments, shape);
    const most = maxTiles(175, segments.length, shape);
    expect(tiles.query.length / 6).toBeLessThanOrEqual(most.query);
    expect(tiles.key.length / 4).toBeLessThanOrEqual(most.key);
  });

  it('refuses a suffix away from its prefix, and heads that do not divide', () => {
    const apart: Segment[] = [
      { start: 0, end: 4, parentStart: 0, parentEnd: 0 },
      { start: 6, end: 8, parentStart: 0, parentEnd: 4 },
    ];
    expect(() => buildAttentionTiles(apart, shape)).toThrow('segment 1');
    expect(() => buildAttentionTiles([], { heads: 3, kvHeads: 2, headDim: 4 })).toThrow('3 query heads');
  });

  it('cuts tiles into runs of bounded cost that cover all of them', () => {
    expect(cutTiles(Float64Array.of(5, 1, 1, 1, 9, 2), 2, 8)).toEqual([
      { begin: 0, count: 1, cost: 10 },
      { begin: 1, count: 3, cost: 6 },
      { begin: 4, count: 1, cost: 18 },
      { begin: 5, count: 1, cost: 4 },
    ]);
    expect(cutTiles(new Float64Array(0), 1, 1)).toEqual([]);
  });
});

describe('kernel template', () => {
  const source =
    'const HEAD_DIM_VEC4 = 8u;\nfor (var c = 0u; c < HEAD_DIM_VEC4; c++) { for (var r = 0u; r < FOUR; r++) { a[r][c] = cr; } }';

  it('sets the head dimension and writes loops out', () => {
    const code = forHeadDim(source, 8);
    expect(code).toContain('const HEAD_DIM_VEC4 = 2u;');
    expect(code).not.toContain('for');
    expect(code.match(/a\[\du\]\[\du\] = cr;/g)).toHaveLength(8);
    expect(code).toContain('a[3u][1u]');
  });

  it('refuses head dimensions that are no multiple of 4 and sources without the constant', () => {
    expect(() => forHeadDim(source, 6)).toThrow('6');
    expect(() => forHeadDim('', 8)).toThrow('HEAD_DIM_VEC4');
  });
});
