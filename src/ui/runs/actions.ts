/** @file What a stored run is opened for: going on with it, forking it, downloading it. */
import { parseSetting, type RunConfig, settingOf, settings } from '../../run/config';
import type { RunDescription } from '../../run/run-description';
import { saveFile } from '../save-file';
import { openRun, watch } from '../state/boot';
import { newRunId, pauseAndWait } from '../state/commands';
import { effectiveConfig } from '../state/model';
import { hideRuns, runsDo, runsWorker, useRuns } from '../state/runs';
import { getUi } from '../state/store';

/** Goes on with a stored run; the present one stays in the list. */
export async function resumeRun(run: RunDescription): Promise<void> {
  if (!run.config) return;
  await pauseAndWait();
  useRuns.setState({ offer: null });
  hideRuns();
  openRun(run.config, { runId: run.id, resume: true, settings: {} });
}

/** Plays a stored run as it was trained; the present one stays in the list. */
export async function replayRun(run: RunDescription): Promise<void> {
  await pauseAndWait();
  hideRuns();
  watch({ kind: 'stored', runId: run.id });
}

/** A new run with the settings on screen; the present one stays in the list. */
export async function startFresh(): Promise<void> {
  await pauseAndWait();
  useRuns.setState({ offer: null });
  openRun(effectiveConfig(getUi()), {});
}

export interface ForkRequest {
  run: RunDescription;
  step: number;
  /** What differs; none = a copy. */
  changes: Record<string, unknown>;
}

/** A new run from a checkpoint of `run`. */
export async function forkRun({ run, step, changes }: ForkRequest): Promise<void> {
  if (!run.config) return;
  await pauseAndWait();
  hideRuns();
  openRun({ ...run.config, ...changes } as RunConfig, {
    runId: newRunId(),
    settings: changes,
    fork: { runId: run.id, step },
  });
}

/** What a fork or a twin can change: not the policy its weights belong to, nor the preset, which is a set of values. */
export const changeable = settings.filter(({ key }) => key !== 'preset' && key !== 'policy');

/** Reads what a person typed for a setting. @throws CodedError `config.*`. */
export function readChange(key: string, text: string): Record<string, unknown> {
  const known = settingOf(key).key;
  return { [known]: parseSetting(known, text.trim()) };
}

/** Hands a stored run to the browser's download. */
export async function downloadRun(run: RunDescription): Promise<void> {
  const zip = await runsDo(null, async () => (await runsWorker()).zip(run.id));
  if (zip) saveFile(`${run.name.replace(/[^\w.-]+/g, '-')}.zip`, 'application/zip', [zip]);
}
