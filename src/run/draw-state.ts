/** @file What a checkpoint keeps of drawing prompts, checked on reading: where the run stands in its stages, and the pool. */
import { CodedError } from '../errors';
import type { CurriculumState } from '../rl/curriculum';
import type { PoolQuestion, Visit } from '../rl/retrospective';
import type { WarmupState } from '../rl/supervised';

/** `stages` is the curriculum the run had, as one line: a resumed run must not change what is past. */
export type CurriculumFile = CurriculumState & { stages: string };

/** @throws CodedError `checkpoint.state`. */
export function readCurriculum(raw: unknown): CurriculumFile {
  const { stages, stage, steps, rewards, best, stale, done } = object(raw);
  if (typeof stages !== 'string' || typeof done !== 'boolean') throw broken('curriculum');
  return {
    stages,
    stage: count(stage),
    steps: count(steps),
    rewards: list(rewards).map(finite),
    best: best === null ? null : finite(best),
    stale: count(stale),
    done,
  };
}

/** @throws CodedError `checkpoint.state`. */
export function readWarmup(raw: unknown): WarmupState {
  const { steps, examples } = object(raw);
  return { steps: count(steps), examples: count(examples) };
}

/** @throws CodedError `checkpoint.state`. */
export function readPool(raw: unknown): PoolQuestion[] {
  return list(raw).map((entry) => {
    const { index, bracket, id, text, stage, visits, history, base } = object(entry);
    const { over, max } = object(bracket);
    if (typeof id !== 'string' || typeof text !== 'string' || list(history).length === 0)
      throw broken('pool');
    return {
      index: count(index),
      bracket: { over: count(over), max: count(max) },
      id,
      text,
      stage: count(stage),
      visits: count(visits),
      history: list(history).map(readVisit),
      base: base === null ? null : readVisit(base),
    };
  });
}

function readVisit(raw: unknown): Visit {
  const { step, reward, accuracy } = object(raw);
  return { step: count(step), reward: finite(reward), accuracy: finite(accuracy) };
}

function object(raw: unknown): Record<string, unknown> {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) throw broken('an object');
  return raw as Record<string, unknown>;
}

function list(raw: unknown): unknown[] {
  if (!Array.isArray(raw)) throw broken('a list');
  return raw;
}

function finite(raw: unknown): number {
  if (typeof raw !== 'number' || !Number.isFinite(raw)) throw broken('a number');
  return raw;
}

function count(raw: unknown): number {
  if (!Number.isSafeInteger(raw) || Number(raw) < 0) throw broken('a whole number');
  return Number(raw);
}

function broken(what: string): CodedError {
  return new CodedError(
    'checkpoint.state',
    `trainer_state.json: ${what} of the stages or the pool is missing or broken.`,
    'Resume from another checkpoint.',
  );
}
