/**
 * @file Dynamic sampling: a group whose answers all score the same teaches nothing and leaves; more prompts are drawn
 * until the batch is full (DAPO; reference, section 7.1 "group filter" and "filter limits").
 */

import { CodedError, RunPause } from '../errors';
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
  return groupVaries(filterValues(scores, metric), rule) ? null : uniformReason(scores);
}

/** Why a group leaves that does not vary. */
export function uniformReason(scores: readonly Score[]): Exclude<DropReason, 'surplus'> {
  const correct = scores.filter((score) => score.correct).length;
  if (correct === 0) return 'all wrong';
  return correct === scores.length ? 'all right' : 'uniform reward';
}

/** What happens at the bound of generation rounds: train on what is kept, pause the run, or keep drawing. */
export type BoundChoice = 'train' | 'pause' | 'continue';

/** Progress of filling one training batch. */
export interface RefillState {
  keptPrompts: number;
  /** Prompts the batch needs. */
  batchPrompts: number;
  /** Rounds of generation so far. */
  generatedBatches: number;
  /** Rounds since one kept a prompt. */
  barrenBatches: number;
  /** Rounds allowed; ≤ 0 = unlimited, as in the verl recipe. */
  maxGeneratedBatches: number;
  onBound: BoundChoice;
}

export type RefillDecision = 'train' | 'draw more' | 'pause';

/**
 * What to do after a round: train once the batch is full, and at the bound what was chosen; verl ends the run there.
 * Drawing on pauses once as many rounds in a row as the bound allows have kept nothing: prompts that never vary would
 * be drawn for ever.
 */
export function decideRefill(state: RefillState): RefillDecision {
  const { keptPrompts, batchPrompts, generatedBatches, barrenBatches, maxGeneratedBatches, onBound } = state;
  if (keptPrompts >= batchPrompts) return 'train';
  const atBound = (rounds: number) => maxGeneratedBatches > 0 && rounds >= maxGeneratedBatches;
  if (onBound === 'continue') return atBound(barrenBatches) ? 'pause' : 'draw more';
  return atBound(generatedBatches) ? onBound : 'draw more';
}

/** Dropped groups by reason. */
export function countDropped(
  groups: readonly { dropReason: DropReason | null }[],
): Record<DropReason, number> {
  const counts: Record<DropReason, number> = {
    'all right': 0,
    'all wrong': 0,
    'uniform reward': 0,
    surplus: 0,
    probe: 0,
  };
  for (const { dropReason } of groups) if (dropReason !== null) counts[dropReason]++;
  return counts;
}

/** The pause that `decideRefill` asks for, with what was drawn and dropped and what can be done. */
export function boundPause(
  groups: readonly { kept: boolean; dropReason: DropReason | null }[],
  rounds: number,
  wanted: number,
): RunPause {
  const kept = groups.filter((group) => group.kept).length;
  const dropped = countDropped(groups);
  return new RunPause(
    'sampling.bound',
    `After ${rounds} generation rounds ${kept} of ${wanted} groups vary; ${dropped['all right']} were all right, ${dropped['all wrong']} all wrong, ${dropped['uniform reward']} equal in reward. The run is as it was before this step.`,
    dropped['all right'] > dropped['all wrong']
      ? 'Make the questions harder, raise filter_groups.max_num_gen_batches, or set filter_groups.on_bound to train.'
      : 'Make the questions easier, raise filter_groups.max_num_gen_batches, or set filter_groups.on_bound to train.',
  );
}

/** The notice of a step none of whose groups vary: nothing was learned. */
export function noneVary(
  groups: readonly { answers: readonly { score: Pick<Score, 'correct'> }[] }[],
): CodedError {
  const right = groups.filter(({ answers }) => answers.every(({ score }) => score.correct)).length;
  const wrong = groups.filter(({ answers }) => answers.every(({ score }) => !score.correct)).length;
  return new CodedError(
    'sampling.none_vary',
    `None of ${groups.length} groups varies (${right} all right, ${wrong} all wrong): this step taught nothing.`,
    right > wrong
      ? 'Make the questions harder or longer; filter_groups.on_bound pause stops at such a step.'
      : 'Make the questions easier or shorter, or warm up longer; filter_groups.on_bound pause stops at such a step.',
  );
}
