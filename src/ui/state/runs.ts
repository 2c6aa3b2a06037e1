/** @file The stored runs as the page knows them, and the worker that reads and changes them. */
import type { Remote } from 'comlink';
import { create } from 'zustand';
import type { GivenFile, RunsApi, StoredRuns } from '../../../workers/runs-protocol';
import { type RunConfig, type SettingKey, sameValue } from '../../run/config';
import type { RunDescription } from '../../run/run-description';
import { runsFolder } from '../../run/store';
import type { LongDocument } from '../../tasks/types';
import { runStrings } from '../strings-runs';
import { type Problem, problemOf } from './problems';
import { getView } from './view';

interface RunsState {
  /** The list is on screen. */
  isShown: boolean;
  stored: StoredRuns | null;
  /** What is being done, in words. */
  busy: string | null;
  /** What was done last, in words. */
  done: string | null;
  problem: Problem | null;
  /** A stored run that waits beside the one the link asks for. */
  offer: RunDescription | null;
  /** The run whose fork form is open. */
  forking: string | null;
  /** What that form proposes to change. */
  forkChange: Partial<RunConfig>;
  /** The browser has promised not to delete anything; null = not asked yet. */
  persisted: boolean | null;
}

export const useRuns = create<RunsState>()(() => ({
  isShown: false,
  stored: null,
  busy: null,
  done: null,
  problem: null,
  offer: null,
  forking: null,
  forkChange: {},
  persisted: null,
}));

/** The runs worker, loaded and started when it is first asked. */
export async function runsWorker(): Promise<Remote<RunsApi>> {
  return (await import('./runs-worker')).runsWorker();
}

/** The newest run that can go on, or null; a page that cannot keep runs has none. A first visit asks no worker. */
export async function newestRun(): Promise<RunDescription | null> {
  try {
    const root = await navigator.storage.getDirectory();
    await root.getDirectoryHandle(runsFolder);
    return await (await runsWorker()).newest();
  } catch {
    return null;
  }
}

/**
 * What the opened page does with a stored run: `resume` shows it, paused, as it was left; `offer` opens what the link asks
 * for and keeps the stored one a click away.
 * @param asked settings of the link; null where it names none.
 */
export function bootChoice(
  stored: RunDescription | null,
  asked: RunConfig | null,
): 'resume' | 'offer' | 'new' {
  if (!stored?.config) return 'new';
  if (asked === null) return 'resume';
  const { config } = stored;
  const keys = Object.keys(config) as SettingKey[];
  return keys.every((key) => sameValue(config[key], asked[key])) ? 'resume' : 'offer';
}

/**
 * Opens the list of runs.
 * @param forking the run whose fork form is open in it.
 * @param change what that form proposes: one setting.
 */
export function showRuns(forking: string | null = null, change: Partial<RunConfig> = {}): void {
  if (getView().hidden.includes('runs')) return;
  useRuns.setState({ isShown: true, forking, forkChange: change, done: null, problem: null });
  void refreshRuns();
}

export function hideRuns(): void {
  useRuns.setState({ isShown: false, forking: null });
}

export async function refreshRuns(): Promise<void> {
  try {
    const stored = await (await runsWorker()).list();
    const persisted = (await navigator.storage?.persisted?.()) ?? null;
    useRuns.setState({ stored, persisted });
  } catch (error) {
    useRuns.setState({ problem: problemOf(error) });
  }
}

/** Does `work`, tells what went wrong, and reads the list anew. Gives null where it failed. */
export async function runsDo<T>(busy: string | null, work: () => Promise<T>): Promise<T | null> {
  useRuns.setState({ busy, done: null, problem: null });
  try {
    return await work();
  } catch (error) {
    useRuns.setState({ problem: problemOf(error) });
    return null;
  } finally {
    useRuns.setState({ busy: null });
    await refreshRuns();
  }
}

export async function renameRun(id: string, name: string): Promise<void> {
  await runsDo(null, async () => (await runsWorker()).rename(id, name));
}

export async function removeRun(id: string, name: string): Promise<void> {
  const removed = await runsDo(null, async () => {
    await (await runsWorker()).remove(id);
    return true;
  });
  if (removed) useRuns.setState({ done: runStrings.removed(name) });
}

/** Whether a file is for the list of runs: a zip, or weights, not a text or a data set. */
export function isForRuns({ name }: { name: string }): boolean {
  return /\.(zip|safetensors)$/i.test(name);
}

/**
 * Takes in a run or a policy, as files or as one zip; the list says what became of it.
 * @param files with their paths below a folder that was chosen or dropped.
 */
export async function importGiven(
  files: readonly GivenFile[],
  start: { config: RunConfig; document: LongDocument },
): Promise<void> {
  const name = files[0]?.path.split('/')[0] ?? '';
  const result = await runsDo(runStrings.importing(name), async () =>
    (await runsWorker()).takeIn([...files], start),
  );
  if (!result) return;
  const { name: said, files: count, leftOut, kind } = result;
  useRuns.setState({
    done: kind === 'policy' ? runStrings.policyIn(said) : runStrings.imported(said, count, leftOut),
  });
}

/** Asks the browser not to delete runs when the disk is low. */
export async function keepRuns(): Promise<void> {
  const persisted = (await navigator.storage?.persist?.()) ?? false;
  useRuns.setState({ persisted, done: persisted ? runStrings.kept : runStrings.keepRefused });
}
