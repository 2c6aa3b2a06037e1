/** @file What a person can ask for: each command talks to the engine and notes the answer in the store. */
import { proxy } from 'comlink';
import type {
  MemoryEstimate,
  SeedPairsRequest,
  SeedProgress,
  SuitesRequest,
} from '../../../workers/protocol';
import type { GivenFile } from '../../../workers/runs-protocol';
import { CodedError } from '../../errors';
import type { Evaluated } from '../../evaluation/suites';
import type { AblateProgress, AblateRequest } from '../../run/ablation-here';
import type { AnswerAttention, AttentionQuery } from '../../run/answer-attention';
import type { NextTokenLogits, NextTokenQuery } from '../../run/answer-next-token';
import { changeLive, type RunConfig, type SettingKey, settingOf } from '../../run/config';
import type { FailedStep } from '../../run/failed-step';
import type { ShownRow } from '../../run/rollout-rows';
import { runName } from '../../run/run-names';
import { zipParts } from '../../run/zip';
import type { ColumnMapping } from '../../tasks/dataset/columns';
import { saveFile } from '../save-file';
import { strings } from '../strings';
import { replayStrings } from '../strings-replay';
import { askColumns, previewOf } from './columns';
import { readFile } from './documents';
import { effectiveConfig, emptyRun } from './model';
import { addProblem, problemOf } from './problems';
import { takeDocument } from './reducer';
import { isSeen, replayStem, seeker } from './replay';
import { importGiven, isForRuns, runsWorker, showRuns } from './runs';
import { getUi, setUi } from './store';
import type { Engine } from './trainer';
import { withUndo } from './undo';

const changeDelayMs = 100;
/** Long enough for an event that left the worker before the rejection. */
const eventDelayMs = 300;

let engine: Engine | null = null;
/** Opens the run again in a fresh worker. */
let reopen: () => void = () => {};
/** Start was asked for before the engine was ready. */
let startWhenReady = false;
let changeTimer = 0;

export function connect(next: Engine, openAgain: () => void): void {
  engine = next;
  reopen = openAgain;
}

export function wantsStart(): boolean {
  const wanted = startWhenReady;
  startWhenReady = false;
  return wanted;
}

/** Notes what was thrown. */
export function report(thrown: unknown): void {
  setUi({ problems: addProblem(getUi().problems, problemOf(thrown)) });
}

/**
 * Notes why an engine call was refused. The reason comes as an error event; a rejection says something new only when
 * it carries a code, or when no event told of it.
 */
export function reportRejection(thrown: unknown): void {
  const problem = problemOf(thrown);
  if (problem.code !== 'internal') report(thrown);
  else setTimeout(() => getUi().problems.length === 0 && report(thrown), eventDelayMs);
}

export function start(): void {
  const { state } = getUi();
  if (state === 'opening' || state === 'none') startWhenReady = true;
  setUi({ wait: null, held: null });
  // The first step is made with what the controls say now.
  sendDraft();
  if (engine && (state === 'ready' || state === 'paused')) engine.api.start().catch(reportRejection);
}

export function pause(held: 'hidden' | 'budget' | null = null): void {
  if (!engine || getUi().state !== 'running') return;
  setUi({ pausing: true });
  engine.api
    .pause()
    .then(() => setUi({ held }))
    .catch(reportRejection);
}

/** Resolves once nothing trains: the step in flight is done and saved. */
export async function pauseAndWait(): Promise<void> {
  if (!engine || getUi().state !== 'running') return;
  setUi({ pausing: true });
  await engine.api.pause().catch(reportRejection);
}

export function toggle(): void {
  if (getUi().state === 'running') pause();
  else start();
}

export function stepOnce(): void {
  const { state } = getUi();
  if (!engine || (state !== 'ready' && state !== 'paused')) return;
  setUi({ wait: null, held: null });
  sendDraft();
  engine.api.stepOnce().catch(reportRejection);
}

/** One part of a step; a recorded run has no parts and takes the whole step. */
export function stepPart(): void {
  const { state } = getUi();
  if (!engine || (state !== 'ready' && state !== 'paused')) return;
  setUi({ wait: null, held: null });
  sendDraft();
  engine.api.stepPart().catch(reportRejection);
}

/** What a run with other settings would take on the GPU; null where nobody can say. */
export async function estimate(config: RunConfig): Promise<MemoryEstimate | null> {
  return (await engine?.api.estimate(config).catch(() => null)) ?? null;
}

/** Begins a twin of the present run; false where it was refused, with the reason among the problems. */
export async function twinCommand(runId: string, settings: Record<string, unknown>): Promise<boolean> {
  if (!engine) return false;
  return engine.api.twin({ runId, name: runName(runId), settings });
}

/** Trains further seeds of a pair; how many are whole, or null where it could not be done, with the reason noted. */
export async function trainSeeds(
  request: SeedPairsRequest,
  onProgress: (progress: SeedProgress) => void,
): Promise<number | null> {
  return (await engine?.api.seedPairs(request, proxy(onProgress)).catch(report)) ?? null;
}

export async function endTwin(): Promise<void> {
  await engine?.api.untwin().catch(reportRejection);
}

/** Goes to a step of a recorded run. */
export const seek = seeker(() => engine?.replay ?? null);

/** @param ms from one step of a recorded run to the next. */
export function setPace(ms: number): void {
  engine?.replay?.setPace(ms).catch(reportRejection);
}

/** New run, same settings and seed. The page asks before it calls this when steps would be lost. */
export function reset(): void {
  if (!engine || getUi().state === 'opening') return;
  const runId = newRunId();
  setUi({ ...emptyRun, runId, name: runName(runId), problems: [] });
  engine.api.reset(runId).catch(reportRejection);
}

export function newRunId(): string {
  return `run-${Date.now().toString(36)}`;
}

/** Takes new values at once on the page and, a moment later, in training. */
export function change(settings: Partial<RunConfig>): void {
  const state = getUi();
  try {
    if (state.recording) onlySeen(settings);
    changeLive(effectiveConfig(state), settings);
  } catch (error) {
    report(error);
    return;
  }
  setUi({
    draft: { ...state.draft, ...settings },
    undo: withUndo(state.undo, settings, effectiveConfig(state), Date.now()),
    problems: state.problems.filter(({ code }) => !code.startsWith('config.')),
  });
  clearTimeout(changeTimer);
  changeTimer = window.setTimeout(sendDraft, changeDelayMs);
}

/** @throws CodedError `config.recorded` where training would have to follow. */
function onlySeen(settings: Partial<RunConfig>): void {
  const key = (Object.keys(settings) as SettingKey[]).find((name) => !isSeen(name));
  if (key === undefined) return;
  const { message, advice } = replayStrings.recorded;
  throw new CodedError('config.recorded', message(settingOf(key).label), advice);
}

/** Takes the last live change back: as a change of its own, with its own mark. */
export function undo(): void {
  const state = getUi();
  const entry = state.undo.at(-1);
  if (!entry) return;
  change(entry.before);
  setUi({ undo: state.undo.slice(0, -1), spoken: strings.spoken.undone(Object.keys(entry.before)) });
}

function sendDraft(): void {
  clearTimeout(changeTimer);
  const { draft, state, config, recording } = getUi();
  // On a recorded run they are ways of seeing its tokens, and stay with the page.
  if (Object.keys(draft).length === 0 || recording) return;
  if (!engine || state === 'none' || state === 'failed') {
    // Nobody to ask: the values are valid and wait for the next run.
    setUi({ config: { ...config, ...draft }, draft: {} });
    return;
  }
  engine.api.change(draft).catch((error: unknown) => {
    setUi({ draft: {} });
    reportRejection(error);
  });
}

/** Takes what was dropped or picked: runs and policies go to the list of runs, anything else becomes the document. */
export async function openFiles(files: readonly GivenFile[]): Promise<void> {
  if (files.length === 1 && !isForRuns(files[0].file)) return openFile(files[0].file);
  const { document } = getUi();
  if (files.length === 0 || !document) return;
  showRuns();
  await importGiven(files, { config: effectiveConfig(getUi()), document });
}

/**
 * Reads a file and offers it as the document; the old one stays when it cannot be used. Where no column of a data set is
 * known, the person is asked for a mapping and this comes again with it.
 */
export async function openFile(file: File, mapping: ColumnMapping | null = null): Promise<void> {
  if (isForRuns(file)) return openFiles([{ path: file.name, file }]);
  setUi({
    importing: file.name,
    problems: getUi().problems.filter(({ code }) => !code.startsWith('document.')),
  });
  try {
    const document = await readFile(file, mapping);
    const { state, step } = getUi();
    if (engine && (state === 'ready' || state === 'running' || state === 'paused')) {
      setUi({ offered: document });
      await engine.api.replaceDocument(document);
    } else {
      setUi(takeDocument(document));
      // A run that could not open yet may open with this text.
      if (engine && (state === 'opening' || step === 0)) reopen();
    }
  } catch (error) {
    const shape = previewOf(error);
    if (shape) askColumns({ file, ...shape });
    else report(error);
  } finally {
    setUi({ importing: null });
  }
}

/** The run folder as files; none before a run is open. */
export async function runFiles(): Promise<{ path: string; bytes: Uint8Array }[]> {
  return engine ? engine.api.files() : [];
}

/** The answers of a finished step from the run folder. */
export async function stepRollouts(step: number): Promise<ShownRow[]> {
  return engine ? engine.api.rollouts(step) : [];
}

/** What the last step of this run that failed was learning from; null where none is known. */
export async function failedStep(): Promise<FailedStep | null> {
  return (await engine?.api.failedStep().catch(() => null)) ?? null;
}

/** Asks every cell of a heat table; null where it could not be done, with the reason noted. */
export async function askSuites(request: SuitesRequest): Promise<Evaluated | null> {
  if (!engine) return null;
  try {
    return await engine.api.evaluateSuites(request);
  } catch (error) {
    report(error);
    return null;
  } finally {
    setUi({ suites: null });
  }
}

/** Trains an ablation grid in this tab; gives its folder, or null where it could not be done, with the reason noted. */
export async function ablateHere(
  request: AblateRequest,
  onProgress: (progress: AblateProgress) => void,
): Promise<{ path: string; bytes: Uint8Array }[] | null> {
  if (!engine) return null;
  try {
    return await engine.api.ablate(request, proxy(onProgress));
  } catch (error) {
    report(error);
    return null;
  }
}

/** Where an answer's tokens looked; null where it cannot be said, with the reason noted. */
export async function attentionOf(query: AttentionQuery): Promise<AnswerAttention | null> {
  if (!engine) return null;
  try {
    return await engine.api.attention(query);
  } catch (error) {
    report(error);
    return null;
  }
}

/** What a token of an answer was chosen from; null where it cannot be said, with the reason noted. */
export async function nextTokenOf(query: NextTokenQuery): Promise<NextTokenLogits | null> {
  if (!engine) return null;
  try {
    return await engine.api.nextToken(query);
  } catch (error) {
    report(error);
    return null;
  }
}

/** Hands the run folder to the browser's download: from disk, or from memory where the run is not on disk. */
export async function download(): Promise<void> {
  if (!engine) return;
  const { runId, kept, recording } = getUi();
  const stem = recording ? replayStem(recording) : runId;
  try {
    const stored = recording?.storedId ?? runId;
    const zip = kept === 'disk' ? await (await runsWorker()).zip(stored) : await zipOfMemory(engine, stem);
    saveFile(`${stem}.zip`, 'application/zip', [zip]);
    setUi({ spoken: strings.spoken.saved });
  } catch (error) {
    report(error);
  }
}

async function zipOfMemory({ api }: Engine, runId: string): Promise<Blob> {
  const files = await api.files();
  const entries = files.map(({ path, bytes }) => ({ path: `${runId}/${path}`, bytes }));
  return new Blob(zipParts(entries), { type: 'application/zip' });
}
