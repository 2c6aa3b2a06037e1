/** @file The window on the step that ended a run: whether it is open, and what is known of the step. */
import { create } from 'zustand';
import type { FailedStep } from '../../run/failed-step';
import { failedStep } from './commands';

interface FailedStepWindow {
  isShown: boolean;
  /** `undefined` while it is read; null where nothing is known. */
  failed: FailedStep | null | undefined;
}

export const useFailedStep = create<FailedStepWindow>()(() => ({ isShown: false, failed: undefined }));

export function hideFailedStep(): void {
  useFailedStep.setState({ isShown: false });
}

/** Opens the window on the last step of this run that failed. */
export async function inspectFailedStep(): Promise<void> {
  useFailedStep.setState({ isShown: true, failed: undefined });
  useFailedStep.setState({ failed: await failedStep() });
}
