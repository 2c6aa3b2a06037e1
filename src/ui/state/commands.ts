/** @file What a person can ask for: each command talks to the engine and notes the answer in the store. */
import { changeLive, type RunConfig } from '../../run/config';
import { strings } from '../strings';
import { readFile } from './documents';
import { effectiveConfig, emptyRun } from './model';
import { addProblem, problemOf } from './problems';
import { takeDocument } from './reducer';
import { getUi, setUi } from './store';
import type { Engine } from './trainer';
import { withUndo } from './undo';
import { zipParts } from './zip';

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

/** New run, same settings and seed. The page asks before it calls this when steps would be lost. */
export function reset(): void {
  if (!engine || getUi().state === 'opening') return;
  const runId = newRunId();
  setUi({ ...emptyRun, runId, problems: [] });
  engine.api.reset(runId).catch(reportRejection);
}

export function newRunId(): string {
  return `run-${Date.now().toString(36)}`;
}

/** Takes new values at once on the page and, a moment later, in training. */
export function change(settings: Partial<RunConfig>): void {
  const state = getUi();
  try {
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
  const { draft, state, config } = getUi();
  if (Object.keys(draft).length === 0) return;
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

/** Reads a file and offers it as the document; the old one stays when it cannot be used. */
export async function openFile(file: File): Promise<void> {
  setUi({
    importing: file.name,
    problems: getUi().problems.filter(({ code }) => !code.startsWith('document.')),
  });
  try {
    const document = await readFile(file);
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
    report(error);
  } finally {
    setUi({ importing: null });
  }
}

/** Hands the run folder to the browser's download. */
export async function download(): Promise<void> {
  if (!engine) return;
  const { runId } = getUi();
  try {
    const files = await engine.api.files();
    const entries = files.map(({ path, bytes }) => ({ path: `${runId}/${path}`, bytes }));
    const url = URL.createObjectURL(new Blob(zipParts(entries), { type: 'application/zip' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = `${runId}.zip`;
    link.click();
    // The download has its own hold on the data by then.
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
    setUi({ spoken: strings.spoken.saved });
  } catch (error) {
    report(error);
  }
}
