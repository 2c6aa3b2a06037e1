/** @file How sure a cell of the heat table is of its score. Pure. */
import type { Scores } from '../../evaluation/scores';
import { type Interval, proportionInterval95 } from '../../rl/statistics';

export interface CellIntervals {
  /**
   * 95 % of the mean score over questions, by Student's t; by Wilson where all questions scored the same 0 or 1, whose
   * spread is 0 and says nothing. Null for one question of another score.
   */
  score: Interval | null;
  /** 95 % of the share of right greedy answers, by Wilson; null where their scores are no verdicts of 0 or 1. */
  greedy: Interval | null;
}

/** The unit is the question: several samples of one are no independent trials. */
export function cellIntervals({ score, interval, greedy, items }: Scores): CellIntervals {
  const isAlike = score === 0 || score === 1;
  return {
    score: isAlike ? proportionInterval95(score * items, items) : interval,
    greedy: wilson(greedy, items),
  };
}

function wilson(mean: number, items: number): Interval | null {
  const right = Math.round(mean * items);
  return Math.abs(right - mean * items) < 1e-9 ? proportionInterval95(right, items) : null;
}
