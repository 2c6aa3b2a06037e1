/**
 * @file The step that a value without a number ended: what it was learning from when it stopped. A step that fails leaves no
 * line in metrics.jsonl and no answers; what it had is kept beside them, in `failed/{step}.json`.
 */
import type { CodedError } from '../errors';
import type { ScoredGroup } from '../rl/types';
import type { MetricsRow } from './folder';
import { rolloutRows, type ShownRow, shownRows } from './rollout-rows';
import type { RunConfig } from './settings';
import { type FileStore, readJson } from './store';

/** Finished steps before it whose values are kept with it. */
const keptRows = 10;
/** Of a long prompt, its end holds the question. */
const shownPrompt = 2000;

export type StepPart = 'rollout' | 'score' | 'update';

export interface FailedGroup {
  uid: string;
  prompt: string;
  /** It was in the mini-batch of the update that failed. */
  inFailedUpdate: boolean;
}

/** How sure the policy was of an answer. */
export interface FailedAnswer extends ShownRow {
  /** 1-based optimiser update that had used it; 0 = none. */
  update: number;
  /** Lowest log-probability of its tokens when it was sampled, nats; null for an empty answer. */
  lowestLogprob: number | null;
  /** Largest |log ratio| of its tokens at its update; null while unused. */
  largestLogRatio: number | null;
}

export interface FailedStep {
  step: number;
  /** Seconds since 1970. */
  time: number;
  code: string;
  message: string;
  /** Where in the step it happened. */
  part: StepPart;
  /** Optimiser updates of the step that were whole; the weights have gone back behind them. */
  updates: number;
  settings: RunConfig;
  /** The last finished steps before it, oldest first. */
  before: MetricsRow[];
  groups: FailedGroup[];
  answers: FailedAnswer[];
}

/** What a step has so far, filled while it runs. */
export class StepInFlight {
  private step = 0;
  private part: StepPart = 'rollout';
  private updates = 0;
  private groups: ScoredGroup[] = [];

  /** A part of a step begins. @param round in the part `update`: whole updates so far. */
  begin(step: number, part: StepPart, round: number): void {
    if (step !== this.step) this.clear(step);
    this.part = part;
    if (part === 'update') this.updates = round;
  }

  scored(groups: readonly ScoredGroup[]): void {
    this.groups.push(...groups);
  }

  /** The step is whole, or another one begins. */
  clear(step = 0): void {
    this.step = step;
    this.part = 'rollout';
    this.updates = 0;
    this.groups = [];
  }

  /**
   * What is known of the step that `error` ended; null where none is under way.
   * @param before rows of finished steps.
   */
  failed(
    { code, message }: Pick<CodedError, 'code' | 'message'>,
    settings: RunConfig,
    before: readonly MetricsRow[],
    now = Date.now() / 1000,
  ): FailedStep | null {
    const { step, part, updates, groups } = this;
    if (step === 0) return null;
    const failing = part === 'update' ? failingBatch(groups, updates, settings.mini_batch_size) : [];
    const answers = groups.flatMap((group) => group.answers);
    return {
      step,
      time: now,
      code,
      message,
      part,
      updates,
      settings,
      before: before.filter((row) => row.step < step).slice(-keptRows),
      groups: groups.map((group) => ({
        uid: group.uid,
        prompt: group.item.text,
        inFailedUpdate: failing.includes(group),
      })),
      answers: shownRows(rolloutRows(step, groups)).map((row, i) => ({
        ...row,
        update: answers[i].update?.index ?? 0,
        ...extremes(answers[i]),
      })),
    };
  }
}

/** The mini-batch that comes after so many updates, in the order of the training loop. */
function failingBatch(groups: readonly ScoredGroup[], updates: number, size: number): ScoredGroup[] {
  const kept = groups.filter((group) => group.kept);
  const batches = Math.ceil(kept.length / size);
  if (batches === 0) return [];
  const at = (updates % batches) * size;
  return kept.slice(at, at + size);
}

function extremes({ rollout, oldLogprobs, update }: ScoredGroup['answers'][number]) {
  const finite = (values: number[]) => values.filter(Number.isFinite);
  const sampled = finite([...rollout.logprobs]);
  const ratios = update ? finite([...update.logprobs].map((now, i) => Math.abs(now - oldLogprobs[i]))) : [];
  return {
    lowestLogprob: sampled.length > 0 ? Math.min(...sampled) : null,
    largestLogRatio: ratios.length > 0 ? Math.max(...ratios) : null,
  };
}

/** One sentence: where it happened, and where the run stands now. @param checkpoint step of the last whole one; null = none. */
export function failureWords({ step, part, updates, message }: FailedStep, checkpoint: number | null) {
  const where = part === 'update' ? `, in update ${updates + 1}` : '';
  return {
    message: `${message.replace(/\.$/, '')} at step ${step}${where}.`,
    advice:
      checkpoint === null
        ? 'No checkpoint is stored, so going on begins the run anew.'
        : `Nothing of that step is kept in the weights: the run goes on from step ${checkpoint}.`,
  };
}

function failedPath(step: number): string {
  return `failed/${step}.json`;
}

export async function writeFailedStep(store: FileStore, failed: FailedStep): Promise<void> {
  await store.write(failedPath(failed.step), `${JSON.stringify(failed)}\n`);
}

/** The newest step of the run that failed, its prompts cut to their ends; null where none did or it cannot be read. */
export async function readFailedStep(store: FileStore): Promise<FailedStep | null> {
  const steps = (await store.list('failed')).flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? []);
  if (steps.length === 0) return null;
  const read = await readJson(store, failedPath(Math.max(...steps.map(Number))), 'run.failed_step').catch(
    () => null,
  );
  return read && asFailedStep(read);
}

/** Null where it lacks what is shown of it: the file may come from anywhere. */
function asFailedStep(read: Record<string, unknown>): FailedStep | null {
  const { step, time, message, part, updates, settings, before, groups, answers } = read;
  const isWhole =
    [step, time, updates].every((value) => typeof value === 'number') &&
    typeof message === 'string' &&
    (['rollout', 'score', 'update'] as unknown[]).includes(part) &&
    typeof settings === 'object' &&
    settings !== null &&
    isList(before, (row) => typeof row.step === 'number') &&
    isList(groups, (group) => typeof group.uid === 'string' && typeof group.prompt === 'string') &&
    isList(answers, (answer) => typeof answer.uid === 'string' && typeof answer.output === 'string');
  if (!isWhole) return null;
  const failed = read as unknown as FailedStep;
  return { ...failed, groups: failed.groups.map((group) => ({ ...group, prompt: endOf(group.prompt) })) };
}

function isList(value: unknown, isOne: (one: Record<string, unknown>) => boolean): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'object' && one !== null && isOne(one));
}

function endOf(prompt: string): string {
  return prompt.length > shownPrompt ? `…${prompt.slice(-shownPrompt)}` : prompt;
}
