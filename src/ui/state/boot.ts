/** @file Opening the page and opening runs: link → settings → document → adapter → engine → first step. */
import type { OpenOptions, ReplaySource, TrainerEvent } from '../../../workers/protocol';
import { differenceFromPreset, type RunConfig, settingOf, settings } from '../../run/config';
import { configFromQuery } from '../../run/config-text';
import type { RunDescription } from '../../run/run-description';
import { runName } from '../../run/run-names';
import type { LongDocument } from '../../tasks/types';
import { problemStrings } from '../strings-problems';
import { probeAdapter } from './adapter';
import { autostartBudget, readSurroundings, savesData, waitReason } from './autostart';
import { connect, newRunId, pause, report, reportRejection, setPace, start, wantsStart } from './commands';
import { hearForCompare } from './compare';
import { attachJudge } from './judge';
import { rememberMemory } from './largest-memory';
import { keepLink, readLink } from './link-sync';
import { keepLog } from './log';
import { effectiveConfig, emptyRun, type OpeningView } from './model';
import { addProblem, isUntrainable, makeProblem, problemOf } from './problems';
import { applyEvent } from './reducer';
import { paces, seenSettings } from './replay';
import { bootChoice, newestRun, useRuns } from './runs';
import { medianStepSeconds, rememberStepTime } from './step-time';
import { getUi, setUi } from './store';
import { type Engine, type EngineEvents, startTrainer } from './trainer';
import { keepAwake } from './wake-lock';

let engine: Engine | null = null;
/** When and where an autostarted run began; null = a person started it. */
let autostarted: { ms: number; step: number } | null = null;
let surveyed = false;

/**
 * Called once.
 * @param opening resolves once the page has a document.
 */
export async function boot(opening: Promise<void>): Promise<void> {
  const link = await readLink();
  const query = new URLSearchParams(link.query);
  setUi({
    config: link.config,
    problems: link.notices.map((notice) => makeProblem(notice.code, notice.message, notice.advice)),
  });
  document.addEventListener('visibilitychange', onVisibility);
  reducedMotion.addEventListener('change', () => engine && tellWatching(engine));
  keepLink();
  keepLog();
  keepAwake();
  const asksSettings = settings.some(({ key }) => query.has(key));
  if (link.document) setUi({ document: link.document });
  const stored = newestRun();
  // A link with settings of its own asks another question.
  if (asksSettings) setUi({ nextQuestion: null });
  if (query.get('replay') === '1') {
    await opening.catch(report);
    await openReplay({ kind: 'shipped' }, seenSettings(link.config, query));
    return;
  }
  try {
    const adapter = await probeAdapter();
    setUi({ adapter });
    if (adapter.software && !query.has('preset')) {
      query.set('preset', 'micro');
      setUi({ config: configFromQuery(query.toString()).config });
    }
    await opening;
    openFirst(await stored, asksSettings, link.document);
  } catch (error) {
    report(error);
    await opening.catch(report);
    if (!isUntrainable(problemOf(error))) return;
    setUi({ untrainable: true });
    if (!savesData()) await openReplay({ kind: 'shipped' });
  }
}

/** A stored run as it was left, or the run of the link. */
function openFirst(stored: RunDescription | null, asksSettings: boolean, text: LongDocument | null): void {
  const { config } = getUi();
  const isOther = text !== null && stored !== null && stored.documentId !== text.id;
  const choice = isOther && stored.config ? 'offer' : bootChoice(stored, asksSettings ? config : null);
  if (choice === 'offer') useRuns.setState({ offer: stored });
  if (choice === 'resume' && stored?.config)
    openRun(stored.config, { runId: stored.id, resume: true, settings: {} });
  else openRun(config);
}

/** How a run begins, where not anew with the settings and document on screen. */
type OpenHow = Partial<Pick<OpenOptions, 'runId' | 'settings' | 'resume' | 'fork'>>;

/** Opens a run in a fresh worker; what ran before ends. */
export function openRun(config: RunConfig, how: OpenHow = {}): void {
  const { document } = getUi();
  if (!document) return;
  engine?.end();
  const runId = how.runId ?? newRunId();
  const problems = getUi().problems.filter(({ severity }) => severity === 'refused');
  // What the page came with stands until the first engine knows better.
  if (engine) setUi({ nextQuestion: null });
  setUi({
    ...emptyRun,
    runId,
    name: runName(runId),
    config,
    draft: {},
    state: 'opening',
    opening: null,
    problems,
  });
  const mine = startTrainer(events);
  engine = mine;
  connect(mine, () => openRun(effectiveConfig(getUi())));
  attachJudge(mine, config);
  tellWatching(mine);
  const asked = { ...differenceFromPreset(config), preset: config.preset, seed: config.seed };
  mine.open({ settings: asked, document, ...how, runId }).catch(reportRejection);
}

const loading: OpeningView = { message: 'recording', ready: 0, total: 1 };

/**
 * Opens a recorded run in the trainer's place; what ran before ends.
 * @param draft settings seen on its tokens instead of those it was trained with.
 */
export async function openReplay(source: ReplaySource, draft: Partial<RunConfig> = {}): Promise<void> {
  engine?.end();
  engine = null;
  autostarted = null;
  const runId = newRunId();
  const problems = getUi().problems.filter((problem) => isUntrainable(problem));
  setUi({ ...emptyRun, runId, name: '', draft, state: 'opening', opening: loading, wait: null, problems });
  const { startReplay } = await import('./replay-engine');
  // Another run may have been opened meanwhile.
  if (getUi().runId !== runId) return;
  const mine = startReplay(events);
  engine = mine;
  connect(mine, () => void openReplay(source, draft));
  // Recorded verdicts stand; a judge that a run before this one asked is let go.
  attachJudge(mine, { ...getUi().config, judge: 'off' });
  setPace(paces[getUi().pace]);
  mine.open({ runId, source, document: getUi().document }).catch(reportRejection);
}

/** Opens a recorded run because a person asked for it: it plays at once. */
export function watch(source: ReplaySource): void {
  void openReplay(source);
  start();
}

/**
 * Opens the present run again, with changes or without: from its last checkpoint where it is stored and can take them, else
 * anew.
 */
export function reopenRun(changes: Partial<RunConfig> = {}): void {
  const ui = getUi();
  const { runId, kept, step, draft } = ui;
  const config = { ...effectiveConfig(ui), ...changes };
  const isLive = Object.keys(changes).every((key) => settingOf(key).effect !== 'F');
  if (kept === 'disk' && step > 0 && isLive)
    openRun(config, { runId, resume: true, settings: { ...draft, ...changes } });
  else openRun(config);
}

const events: EngineEvents = {
  onEvent: hear,
  onCrash(detail) {
    const { message, advice } = problemStrings.crash;
    const problem = makeProblem('worker.ended', message(detail), advice);
    setUi({ state: 'failed', problems: addProblem(getUi().problems, problem) });
  },
};

function hear(event: TrainerEvent): void {
  const before = getUi().state;
  setUi(applyEvent(getUi(), event, Date.now()));
  hearForCompare(event);
  if (event.type === 'step') noteStepTime();
  if (event.type === 'ready') rememberMemory(event.adapter, event.memory);
  const { state, step } = getUi();
  if (event.type === 'state' && state === 'ready' && before !== 'ready') void onReady();
  if (event.type === 'step' && autostarted) {
    const spent =
      step - autostarted.step >= autostartBudget.steps || Date.now() - autostarted.ms >= autostartBudget.ms;
    if (spent) {
      autostarted = null;
      pause('budget');
    }
  }
}

/** Only where a step is worth waiting for: a GPU makes many a second. */
function noteStepTime(): void {
  const { adapter, config, history, recording } = getUi();
  const seconds = medianStepSeconds(history);
  if (adapter?.software && !recording && seconds !== null) rememberStepTime(adapter, config, seconds);
}

async function onReady(): Promise<void> {
  if (wantsStart()) {
    start();
    return;
  }
  // Only the first run of a visit starts by itself.
  if (surveyed) return;
  surveyed = true;
  const isReplay = getUi().recording !== null;
  const surroundings = await readSurroundings(!isReplay && (getUi().adapter?.software ?? false));
  const stored = getUi().step > 0 || useRuns.getState().offer !== null;
  const wait = waitReason({ ...surroundings, stored });
  if (wait) setUi({ wait });
  else if (getUi().state === 'ready') {
    // `?autostart=1` is a person's word: no budget.
    if (!isReplay && new URLSearchParams(location.search).get('autostart') !== '1')
      autostarted = { ms: Date.now(), step: getUi().step };
    start();
  }
}

const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)');

/** Tells an engine whether anybody sees the page, and wants to see answers grow. */
function tellWatching({ api }: Engine): void {
  api.setHidden(document.hidden).catch(reportRejection);
  api.setStreaming(!document.hidden && !reducedMotion.matches).catch(reportRejection);
}

function onVisibility(): void {
  if (engine) tellWatching(engine);
  const { state, held, trainHidden, recording } = getUi();
  if (document.hidden && state === 'running' && !trainHidden && !recording) pause('hidden');
  if (!document.hidden && held === 'hidden' && state === 'paused') start();
}
