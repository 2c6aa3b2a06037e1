/** @file Editing stages that are still to come: where an edge may stand, and the stages with it elsewhere. Pure. */
import type { Stage } from '../../rl/curriculum';
import type { TimelineStage } from './timeline-model';

/** Steps a stage may be given. */
export interface EdgeRange {
  min: number;
  max: number;
  /** The stage behind gives or takes what the edge moves over; where there is none, the run grows or shrinks. */
  shared: boolean;
}

const mostSteps = 1e6;

/**
 * How far the end of a stage may be moved; null where it cannot: it has passed, or no number of steps ends the stage.
 * The present stage keeps the steps that are done and one more.
 */
export function edgeRange(track: readonly TimelineStage[], index: number): EdgeRange | null {
  const stage = track[index];
  const isPast = track.some(({ done }, other) => other > index && done > 0);
  if (isPast || stage.planned === null || stage.done >= stage.planned) return null;
  const behind = track[index + 1]?.planned ?? null;
  return {
    min: stage.done > 0 ? stage.done + 1 : 1,
    max: behind === null ? mostSteps : stage.planned + behind - 1,
    shared: behind !== null,
  };
}

/** The end of a stage moved to `steps` after its beginning; the end of the stage behind stays where it is. */
export function moveEdge(stages: readonly Stage[], index: number, steps: number): Stage[] {
  const before = stages[index].stop.steps ?? 0;
  const behind = stages[index + 1]?.stop.steps ?? null;
  const moved = withSteps(stages, index, steps);
  return behind === null ? moved : withSteps(moved, index + 1, behind + before - steps);
}

/** A stage of another number of steps; those behind it move along. */
export function withSteps(stages: readonly Stage[], index: number, steps: number): Stage[] {
  return stages.map((stage, i) => (i === index ? { ...stage, stop: { ...stage.stop, steps } } : stage));
}

/** A stage with another longest prompt, which is where the lengths of the next begin. */
export function withTokens(stages: readonly Stage[], index: number, maxTokens: number): Stage[] {
  return stages.map((stage, i) => (i === index ? { ...stage, maxTokens } : stage));
}

/** Stages not begun, whose lengths may still change. */
export function isAhead(track: readonly TimelineStage[], index: number): boolean {
  return index > 0 && track.every(({ done }, other) => other < index || done === 0);
}
