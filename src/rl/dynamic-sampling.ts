/**
 * @file Dynamic sampling: a group whose answers all score the same teaches nothing and leaves; more prompts are drawn
 * until the batch is full (DAPO; reference, section 7.1 "group filter" and "filter limits").
 */

import type { Score } from '../reward/types';
import { standardDeviation } from './statistics';
import type { DropReason } from './types';

/** `acc`: right or wrong. `score`: the reward with the overlong term, verl's `seq_final_reward`. */
export type FilterMetric = 'acc' | 'score';

/**
 * `verl` and `qwenlong` keep a group whose population deviation is > 0 in float64, so that rounding noise keeps one;
 * `verl` also keeps a group of one. `exact` keeps a group with two different values.
 */
export type FilterRule = 'verl' | 'qwenlong' | 'exact';

/** The values the filter looks at, one an answer. */
export function filterValues(scores: readonly Score[], metric: FilterMetric): number[] {
  switch (metric) {
    case 'acc':
      return scores.map((score) => Number(score.correct));
    case 'score':
      return scores.map((score) => score.total);
  }
  return metric satisfies never;
}

/** Whether a group varies, by the rule. */
export function groupVaries(values: readonly number[], rule: FilterRule): boolean {
  switch (rule) {
    case 'verl':
      return values.length === 1 || standardDeviation(values, 0) > 0;
    case 'qwenlong':
      return standardDeviation(values, 0) > 0;
    case 'exact':
      return values.some((value) => value !== values[0]);
  }
  return rule satisfies never;
}

/**
 * Why a group leaves, or null if it stays: `all right` or `all wrong` if every answer is correct or none is,
 * `uniform reward` if equal rewards hide different outcomes. The default rule `exact` agrees with `groupAdvantages`,
 * which gives equal rewards exactly 0.
 */
export function dropReason(
  scores: readonly Score[],
  metric: FilterMetric,
  rule: FilterRule = 'exact',
): Exclude<DropReason, 'surplus'> | null {
  if (groupVaries(filterValues(scores, metric), rule)) return null;
  const correct = scores.filter((score) => score.correct).length;
  if (correct === 0) return 'all wrong';
  return correct === scores.length ? 'all right' : 'uniform reward';
}

/** Progress of filling one training batch. */
export interface RefillState {
  keptPrompts: number;
  /** Prompts the batch needs. */
  batchPrompts: number;
  /** Rounds of generation so far. */
  generatedBatches: number;
  /** Rounds allowed; ≤ 0 = unlimited, as in the verl recipe. */
  maxGeneratedBatches: number;
}

export type RefillDecision = 'train' | 'draw more' | 'give up';

/**
 * What to do after a round: train once the batch is full, give up when the rounds are used. verl ends the run there;
 * a caller may train on the groups it has.
 */
export function decideRefill(state: RefillState): RefillDecision {
  if (state.keptPrompts >= state.batchPrompts) return 'train';
  const isLimited = state.maxGeneratedBatches > 0;
  return isLimited && state.generatedBatches >= state.maxGeneratedBatches ? 'give up' : 'draw more';
}
