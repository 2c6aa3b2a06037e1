/**
 * @file Training into a run folder: steps, evaluations, checkpoints, and a summary at the end, however it ends. Killed at any
 * moment, the folder is whole up to its last checkpoint.
 */
import { asCodedError, type CodedError, RunPause } from '../errors';
import type { StageMark } from '../rl/curriculum';
import type { StepRecord } from '../rl/types';
import type { RunFolder } from './folder';
import type { Metrics } from './metrics';
import type { Session } from './session';
import type { Evaluation } from './session-evaluation';
import type { StepView } from './step-view';

/** The part of a session that a run needs. */
export type TrainableSession = Pick<Session, 'config' | 'stepsDone' | 'step' | 'evaluate' | 'checkpoint'>;

export interface TrainLoopEvents {
  onStep?(step: number, metrics: Metrics): void;
  /** What the person should know of a step; the run goes on. */
  onNotice?(step: number, notice: CodedError): void;
  /** A stage of the curriculum has ended with this step. */
  onStage?(step: number, stage: StageMark): void;
  onEvaluation?(step: number, evaluation: Evaluation): void;
  /** The step as a page would show it, for the folder to keep; without it the run cannot be replayed token by token. */
  view?(record: StepRecord): StepView;
  /** Asked before each step: true ends the run as stopped. */
  stopped?(): boolean;
}

/**
 * Trains until `steps` steps are done, those before a resume included. A run that evaluates at all is evaluated before its
 * first step, too: the baseline.
 * @throws CodedError of the session, after a summary with its code is written.
 */
export async function trainTo(
  steps: number,
  session: TrainableSession,
  folder: RunFolder,
  events: TrainLoopEvents = {},
): Promise<'finished' | 'stopped'> {
  const { config } = session;
  const started = performance.now();
  let last: Metrics = {};
  let saved = session.stepsDone;
  const due = (every: number, step: number) => every > 0 && step % every === 0;
  const evaluate = async (step: number) => {
    const evaluation = await session.evaluate();
    await folder.recordMetrics(step, evaluation.metrics);
    events.onEvaluation?.(step, evaluation);
  };
  const summarise = (ended: string) =>
    folder.writeSummary({
      steps: session.stepsDone,
      ended,
      metrics: last,
      seconds: (performance.now() - started) / 1000,
    });
  try {
    if (session.stepsDone === 0 && config['eval.every'] > 0) await evaluate(0);
    let stagesOver = false;
    while (session.stepsDone < steps && !stagesOver && !events.stopped?.()) {
      const record = await session.step();
      last = await folder.recordStep(record, events.view?.(record));
      events.onStep?.(record.step, record.metrics);
      for (const notice of record.notices ?? []) events.onNotice?.(record.step, notice);
      if (record.stage?.ended) {
        stagesOver = record.stage.isLast;
        events.onStage?.(record.step, record.stage);
      }
      if (due(config['eval.every'], record.step)) await evaluate(record.step);
      if (due(config['checkpoint.every'], record.step)) {
        await folder.saveCheckpoint(await session.checkpoint());
        saved = record.step;
      }
    }
    if (saved !== session.stepsDone) await folder.saveCheckpoint(await session.checkpoint());
    const ended = session.stepsDone < steps && !stagesOver ? 'stopped' : 'finished';
    await summarise(ended);
    return ended;
  } catch (error) {
    if (error instanceof RunPause && saved !== session.stepsDone)
      await folder.saveCheckpoint(await session.checkpoint());
    // What went wrong first is what the person must read.
    await summarise(asCodedError(error).code).catch(() => {});
    throw error;
  }
}
