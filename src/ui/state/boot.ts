/** @file Opening the page and opening runs: link → settings → document → adapter → engine → first step. */
import type { OpenOptions, TrainerEvent } from '../../../workers/protocol';
import { differenceFromPreset, type RunConfig, settings } from '../../run/config';
import { configFromQuery } from '../../run/config-text';
import type { RunDescription } from '../../run/run-description';
import { runName } from '../../run/run-names';
import { strings } from '../strings';
import { probeAdapter } from './adapter';
import { autostartBudget, readSurroundings, waitReason } from './autostart';
import { connect, newRunId, pause, report, reportRejection, start, wantsStart } from './commands';
import { hearForCompare } from './compare';
import { fetchOpeningDocument } from './documents';
import { attachJudge } from './judge';
import { keepLink, readLink } from './link-sync';
import { keepLog } from './log';
import { effectiveConfig, emptyRun } from './model';
import { addProblem, makeProblem } from './problems';
import { applyEvent } from './reducer';
import { bootChoice, newestRun, useRuns } from './runs';
import { getUi, setUi } from './store';
import { type Engine, startEngine } from './trainer';

let engine: Engine | null = null;
/** When and where an autostarted run began; null = a person started it. */
let autostarted: { ms: number; step: number } | null = null;
let surveyed = false;

/** Called once. */
export async function boot(): Promise<void> {
  const link = await readLink();
  const query = new URLSearchParams(link.query);
  setUi({
    config: link.config,
    problems: link.notices.map((notice) => makeProblem(notice.code, notice.message, notice.advice)),
  });
  document.addEventListener('visibilitychange', onVisibility);
  keepLink();
  keepLog();
  const asksSettings = settings.some(({ key }) => query.has(key));
  const stored = newestRun();
  const opening = fetchOpeningDocument().then((text) => {
    if (!getUi().document) setUi({ document: text });
  });
  try {
    const adapter = await probeAdapter();
    setUi({ adapter });
    if (adapter.software && !query.has('preset')) {
      query.set('preset', 'micro');
      setUi({ config: configFromQuery(query.toString()).config });
    }
    await opening;
    openFirst(await stored, asksSettings);
  } catch (error) {
    report(error);
    opening.catch(report);
  }
}

/** A stored run as it was left, or the run of the link. */
function openFirst(stored: RunDescription | null, asksSettings: boolean): void {
  const { config } = getUi();
  const choice = bootChoice(stored, asksSettings ? config : null);
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
  const mine = startEngine(hear, (detail) => {
    const { message, advice } = strings.problems.crash;
    const problem = makeProblem('worker.ended', message(detail), advice);
    setUi({ state: 'failed', problems: addProblem(getUi().problems, problem) });
  });
  engine = mine;
  connect(mine, () => openRun(effectiveConfig(getUi())));
  attachJudge(mine, config);
  mine.api.setHidden(window.document.hidden).catch(reportRejection);
  const asked = { ...differenceFromPreset(config), preset: config.preset, seed: config.seed };
  mine.open({ settings: asked, document, ...how, runId }).catch(reportRejection);
}

/** Opens the present run again, with changes or without: from its last checkpoint where it is stored, else anew. */
export function reopenRun(changes: Partial<RunConfig> = {}): void {
  const ui = getUi();
  const { runId, kept, step, draft } = ui;
  const config = { ...effectiveConfig(ui), ...changes };
  if (kept === 'disk' && step > 0)
    openRun(config, { runId, resume: true, settings: { ...draft, ...changes } });
  else openRun(config);
}

function hear(event: TrainerEvent): void {
  const before = getUi().state;
  setUi(applyEvent(getUi(), event, Date.now()));
  hearForCompare(event);
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

async function onReady(): Promise<void> {
  if (wantsStart()) {
    start();
    return;
  }
  // Only the first run of a visit starts by itself.
  if (surveyed) return;
  surveyed = true;
  const surroundings = await readSurroundings(getUi().adapter?.software ?? false);
  const stored = getUi().step > 0 || useRuns.getState().offer !== null;
  const wait = waitReason({ ...surroundings, stored });
  if (wait) setUi({ wait });
  else if (getUi().state === 'ready') {
    // `?autostart=1` is a person's word: no budget.
    if (new URLSearchParams(location.search).get('autostart') !== '1')
      autostarted = { ms: Date.now(), step: getUi().step };
    start();
  }
}

function onVisibility(): void {
  engine?.api.setHidden(document.hidden).catch(reportRejection);
  const { state, held, trainHidden } = getUi();
  if (document.hidden && state === 'running' && !trainHidden) pause('hidden');
  if (!document.hidden && held === 'hidden' && state === 'paused') start();
}
