/**
 * @file Cutting tiles into dispatches of bounded cost. A long tile is cut inside its loop too: neighbours run side by
 * side through the same few blocks, then through the next, so that no workgroup runs long and the GPU stays full.
 */
import type { TileLoads } from './tiles';

/** Blocks [blockBegin, blockEnd) of each of the tiles [begin, begin + count). */
export interface TileRun {
  begin: number;
  count: number;
  blockBegin: number;
  blockEnd: number;
  cost: number;
}

/** Blocks of one tile in one dispatch: about a millisecond of one thread on a GPU. */
const maxDepth = 8;
const maxWorkgroups = 65535;

/**
 * All blocks of all tiles, those of each tile in order, at most `budget()` cost at a time where one block of one tile
 * allows it. Equal cost, not equal tiles: causal work is triangular. The budget is asked anew for each run.
 */
export function* cutTiles(
  loads: TileLoads,
  costPerPair: number,
  budget: () => number,
): Generator<TileRun, void, undefined> {
  const { pairs, blocks } = loads;
  const blockCost = (tile: number) => (pairs[tile] * costPerPair) / blocks[tile];
  const costOf = (begin: number, end: number, from: number, to: number) => {
    let cost = 0;
    for (let tile = begin; tile < end; tile++)
      cost += blockCost(tile) * Math.max(0, Math.min(to, blocks[tile]) - from);
    return cost;
  };
  /** Tiles [begin, end) from block `from` on; in halves where the budget has fallen meanwhile. */
  function* run(begin: number, end: number, from: number): Generator<TileRun, void, undefined> {
    const most = blocks.subarray(begin, end).reduce((a, b) => Math.max(a, b), 0);
    const depth = Math.max(1, Math.min(maxDepth, Math.floor(budget() / blockCost(begin))));
    for (let at = from; at < most; at += depth) {
      const cost = costOf(begin, end, at, at + depth);
      if (end - begin > 1 && cost > 2 * budget()) {
        const middle = (begin + end) >> 1;
        yield* run(begin, middle, at);
        yield* run(middle, end, at);
        return;
      }
      yield { begin, count: end - begin, blockBegin: at, blockEnd: at + depth, cost };
    }
  }
  for (let begin = 0; begin < pairs.length; ) {
    const limit = budget();
    const depth = Math.max(1, Math.min(maxDepth, Math.floor(limit / blockCost(begin))));
    let end = begin + 1;
    let cost = costOf(begin, end, 0, depth);
    while (end < pairs.length && end - begin < maxWorkgroups) {
      cost += costOf(end, end + 1, 0, depth);
      if (cost > limit) break;
      end++;
    }
    yield* run(begin, end, 0);
    begin = end;
  }
}
