/** @file The curriculum as a track: stages wide by their steps, and what the run has done of each. Pure. */
import type { EvaluationView } from '../../../workers/protocol';
import { bracketOf, type LengthBracket, type Stage, type StageKind, warmupStages } from '../../rl/curriculum';
import type { MetricRow } from '../state/history';
import { metricOf } from '../state/metric-row';

export interface TimelineStage {
  kind: StageKind;
  /** In the list of stages. */
  index: number;
  name: string;
  lengths: LengthBracket;
  /** Retrospective share of its own; null takes the pool's. */
  share: number | null;
  /** Steps it is set to take; null where another rule ends it. */
  planned: number | null;
  done: number;
  /** First step of it, known or expected; null behind an open end. */
  from: number | null;
  /** Steps that its width stands for. */
  width: number;
  /** Steps with an evaluation, from the stage's first = 0. */
  evaluations: number[];
}

/** An open-ended stage is drawn as long as what it has done, and at least so many steps. */
const openSteps = 20;

export function timeline(
  stages: readonly Stage[],
  rows: readonly MetricRow[],
  evaluations: readonly EvaluationView[],
): TimelineStage[] {
  const done = new Map<number, { from: number; steps: number }>();
  const warmups = warmupStages(stages);
  let last = { index: 0, steps: 0 };
  for (const row of rows) {
    const { step } = row;
    const number = metricOf(row, 'curriculum/stage');
    const steps = metricOf(row, 'curriculum/stage_steps');
    if (number === undefined || steps === undefined) continue;
    // All warm-up stages have the number 0: the next one begins to count anew.
    const index = number > 0 ? number - 1 + warmups : last.index + Number(steps <= last.steps);
    last = { index, steps };
    // Rows may be thinned out; the number of the step within its stage tells the first one.
    done.set(index, { from: step - steps + 1, steps });
  }
  let expected: number | null = 1;
  return stages.map((stage, index): TimelineStage => {
    const known = done.get(index);
    const planned = stage.stop.steps;
    const from: number | null = known?.from ?? expected;
    const steps = known?.steps ?? 0;
    const isOver = [...done.keys()].some((other) => other > index);
    const width = Math.max(1, isOver ? steps : (planned ?? Math.max(openSteps, steps)));
    expected = from === null || (planned === null && !isOver) ? null : from + width;
    return {
      kind: stage.kind,
      index,
      name: stage.name,
      lengths: bracketOf(stages, index),
      share: stage.share,
      planned,
      done: steps,
      from,
      width,
      evaluations: evaluations
        .map(({ step }) => step)
        .filter((step) => from !== null && step >= from && step < from + width)
        .map((step) => step - (from ?? 0)),
    };
  });
}

export interface Mix {
  step: number;
  /** Shares of the groups drawn in the step. */
  fresh: number;
  pool: number;
  dropped: number;
  /** Share of all groups drawn that were retrospective, kept or not. */
  retrospective: number;
}

/**
 * What the batches were made of. Of the groups drawn, `pool/share` were retrospective; how those were kept or dropped is
 * not recorded apart, so kept groups are split in that share.
 */
export function mixes(rows: readonly MetricRow[]): Mix[] {
  return rows.flatMap((row) => {
    const { step } = row;
    const kept = metricOf(row, 'group/kept');
    const dropped = ['all_right', 'all_wrong', 'uniform_reward', 'surplus'].reduce(
      (sum, reason) => sum + (metricOf(row, `group/dropped_${reason}`) ?? 0),
      0,
    );
    if (kept === undefined || kept + dropped === 0) return [];
    const share = kept / (kept + dropped);
    const retrospective = metricOf(row, 'pool/share') ?? 0;
    const pool = share * retrospective;
    return [{ step, fresh: share - pool, pool, dropped: 1 - share, retrospective }];
  });
}
