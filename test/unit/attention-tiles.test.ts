import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AttentionTiles,
  buildAttentionTiles,
  layoutGroups,
  maxTiles,
} from '../../src/kernels/attention';
import { cutTiles, type TileRun } from '../../src/kernels/attention/cut';
import { forHeadDim } from '../../src/kernels/attention/template';
import { keyTileWords, queryTileWords, rangeWords } from '../../src/kernels/attention/tiles';
import type { Segment } from '../../src/kernels/shared/segment';

const shape = { heads: 4, kvHeads: 2, headDim: 32 };
const groups = [
  { prefix: 70, suffixes: [5, 0, 33] },
  { prefix: 0, suffixes: [1, 2] },
  { prefix: 64, suffixes: [] },
];

/** Keys each row of the query tables sees, as the kernels read them. */
function seenByQueryTiles({ query, window }: AttentionTiles): Map<number, number[]> {
  const seen = new Map<number, number[]>();
  for (let at = 0; at < query.length; at += 7) {
    const [qBegin, qEnd, a0, a1, b0, b1, border] = query.subarray(at, at + 7);
    for (let row = qBegin; row < qEnd; row++) {
      const keys: number[] = [];
      for (let key = a0; key < a1; key++) if (row - border - key < window) keys.push(key);
      for (let key = b0; key < Math.min(b1, row + 1); key++) if (row - key < window) keys.push(key);
      expect(seen.has(row), `row ${row} in one tile`).toBe(false);
      seen.set(row, keys);
    }
  }
  return seen;
}

/** Rows that see each key, by the key tables. */
function seeingByKeyTiles({ key, keyLoads, window }: AttentionTiles): Map<number, number[]> {
  const seeing = new Map<number, number[]>();
  for (let tile = 0; tile < keyLoads.pairs.length; tile++) {
    const [kBegin, kEnd, ranges, count] = key.subarray(tile * 4, tile * 4 + 4);
    for (let j = kBegin; j < kEnd; j++) {
      const rows: number[] = [];
      for (let n = 0; n < count; n++) {
        const [begin, end, border] = key.subarray(ranges + 3 * n, ranges + 3 * n + 3);
        for (let i = begin; i < end; i++) if (i - border >= j && i - border - j < window) rows.push(i);
      }
      expect(seeing.has(j), `key ${j} in one tile`).toBe(false);
      seeing.set(j, rows);
    }
  }
  return seeing;
}

describe('attention tiles', () => {
  it.each([null, 1, 4, 40, 90, 102, 103])(
    'query tiles cover each row once with the keys its segment sees, window %s',
    (window) => {
      const segments = layoutGroups(groups);
      const seen = seenByQueryTiles(buildAttentionTiles(segments, shape, window));
      for (const { start, end, parentStart, parentEnd } of segments) {
        for (let row = start; row < end; row++) {
          const keys: number[] = [];
          for (let key = parentStart; key < parentEnd; key++) keys.push(key);
          for (let key = start; key <= row; key++) keys.push(key);
          expect(seen.get(row)).toEqual(window === null ? keys : keys.slice(-window));
        }
      }
      expect(seen.size).toBe(70 + 38 + 3 + 64);
    },
  );

  it.each([null, 1, 4, 40, 90, 102, 103])('key tiles say the same as query tiles, window %s', (window) => {
    const tiles = buildAttentionTiles(layoutGroups(groups), shape, window);
    const seeing = new Map<number, number[]>();
    for (const [row, keys] of seenByQueryTiles(tiles))
      for (const j of keys) seeing.set(j, [...(seeing.get(j) ?? []), row]);
    expect(seeingByKeyTiles(tiles)).toEqual(new Map([...seeing].sort(([a], [b]) => a - b)));
  });

  it('the work of a windowed layer grows with the length, not with its square', () => {
    const pairs = (prefix: number, window: number | null) => {
      const tiles = buildAttentionTiles(layoutGroups([{ prefix, suffixes: [64, 64] }]), shape, window);
      return [tiles.queryLoads, tiles.keyLoads].map((loads) => loads.pairs.reduce((a, b) => a + b));
    };
    pairs(16384, 256).forEach((most, i) => {
      expect(most / pairs(4096, 256)[i]).toBeLessThan(4.1);
      expect(most).toBeLessThan(pairs(16384, null)[i] / 20);
    });
  });

  it('refuses a window that is no positive whole number', () => {
    expect(() => buildAttentionTiles([], shape, 0)).toThrow('window of 0');
    expect(() => buildAttentionTiles([], shape, 1.5)).toThrow('window of 1.5');
  });

  it.each([null, 1, 40, 90])('stays within maxTiles, window %s', (window) => {
    const segments = layoutGroups([...groups, { prefix: 300, suffixes: [90, 90, 90] }]);
    const tiles = buildAttentionTiles(segments, shape, window);
    const most = maxTiles(745, segments.length, shape, window);
    expect(tiles.query.length).toBeLessThanOrEqual(most.query * queryTileWords);
    expect(tiles.key.length).toBeLessThanOrEqual(most.key * keyTileWords + most.ranges * rangeWords);
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
    const loads = { pairs: Float64Array.of(5, 1, 1, 1, 9, 2), blocks: new Uint32Array(6).fill(1) };
    const runs = [...cutTiles(loads, 2, () => 8)];
    expect(runs.map(({ begin, count, cost }) => [begin, count, cost])).toEqual([
      [0, 1, 10],
      [1, 3, 6],
      [4, 1, 18],
      [5, 1, 4],
    ]);
    expect([...cutTiles({ pairs: new Float64Array(0), blocks: new Uint32Array(0) }, 1, () => 1)]).toEqual([]);
  });

  it('visits the blocks of every tile once and in order, whatever the budget does meanwhile', () => {
    const tile = fc.record({
      blocks: fc.integer({ min: 1, max: 40 }),
      block: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(
        fc.array(tile, { minLength: 1, maxLength: 30 }),
        fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 20 }),
        (tiles, budgets) => {
          let asked = 0;
          const loads = {
            pairs: Float64Array.from(tiles, ({ blocks, block }) => blocks * block),
            blocks: Uint32Array.from(tiles, ({ blocks }) => blocks),
          };
          const next = new Uint32Array(tiles.length);
          const runs: TileRun[] = [];
          for (const run of cutTiles(loads, 1, () => budgets[asked++ % budgets.length])) {
            runs.push(run);
            for (let t = run.begin; t < run.begin + run.count; t++) {
              const end = Math.min(run.blockEnd, loads.blocks[t]);
              if (end <= run.blockBegin) continue;
              expect(run.blockBegin).toBe(next[t]);
              next[t] = end;
            }
            expect(run.blockEnd - run.blockBegin).toBeLessThanOrEqual(8);
          }
          expect(next).toEqual(loads.blocks);
          const total = runs.reduce((sum, { cost }) => sum + cost, 0);
          expect(total).toBeCloseTo(loads.pairs.reduce((a, b) => a + b));
        },
      ),
    );
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
