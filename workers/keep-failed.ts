/** @file Keeps what a step was learning from when a value without a number ended it, and says where the run stands then. */
import { asCodedError, CodedError } from '../src/errors';
import { type FailedStep, failureWords, type StepInFlight, writeFailedStep } from '../src/run/failed-step';
import type { RunFolder } from '../src/run/folder';
import type { RunConfig } from '../src/run/settings';

export interface KeptFailure {
  /** With the step, and where the run goes on from. */
  error: CodedError;
  failed: FailedStep;
}

/**
 * @param notice hears where the disk would not take it: it is known until the tab closes.
 * @returns null where `error` is of another kind, or no step was under way.
 */
export async function keepFailed(
  error: CodedError,
  flight: StepInFlight,
  config: RunConfig,
  folder: RunFolder,
  notice: (error: CodedError) => void,
): Promise<KeptFailure | null> {
  if (error.code !== 'train.nonfinite') return null;
  const failed = flight.failed(error, config, await folder.readMetrics().catch(() => []));
  if (!failed) return null;
  await writeFailedStep(folder.store, failed).catch((thrown) => notice(asCodedError(thrown)));
  const { message, advice } = failureWords(failed, await folder.lastStableStep().catch(() => null));
  return { failed, error: new CodedError(error.code, message, advice, { cause: error }) };
}
