/** @file Engine events → what the page knows. Pure: the same events give the same screen. */
import type { AnsweringView, RestoredView, StepView, TrainerEvent } from '../../../workers/protocol';
import type { JudgeReport } from '../../reward/guarded-judge';
import { type RunConfig, type SettingKey, type SettingValue, sameValue } from '../../run/config';
import type { LongDocument } from '../../tasks/types';
import { strings } from '../strings';
import { judgeStrings } from '../strings-judge';
import { isUpdated, mergeGroups, newestUpdated, worthShowing } from './groups';
import { appendRow } from './history';
import { type ChangeMark, shownGroup, type UiState } from './model';
import { addProblem, makeProblem, type Problem } from './problems';

/** The shown group changes by itself at most this often, so that it can be read. */
const followIntervalMs = 1500;
/** What was learned from can be read so long before answers that are being written take its place. */
const readingMs = 4000;
const judgeProblem = 'judge.unavailable';
const maxMarks = 200;
const maxEvaluations = 500;
const rememberedUpdates = 50;

/** What changes with an event; nothing for events of runs that are no longer shown. */
export function applyEvent(state: UiState, event: TrainerEvent, nowMs: number): Partial<UiState> {
  if (event.runId !== state.runId) return {};
  switch (event.type) {
    case 'opening': {
      const { message, ready, total } = event;
      return { state: 'opening', opening: { message, ready, total } };
    }
    case 'ready': {
      const { adapter, parameters, memory, config, kernels = null, kernelsFrom = null } = event;
      return { adapter, parameters, memory, config, kernels, kernelsFrom, opening: null };
    }
    case 'kernels':
      return { kernels: event.kernels, kernelsFrom: event.kernelsFrom };
    case 'state':
      return applyState(state, event);
    case 'phase': {
      const begunMs = state.phase?.step === event.step ? state.phase.begunMs : nowMs;
      return { phase: { ...event, begunMs, spentMs: nowMs - begunMs } };
    }
    case 'answering':
      return isWatched(state, event.answering, nowMs) ? { answering: event.answering } : {};
    case 'groups': {
      const groups = mergeGroups(state.groups, event.groups, state.shownUid);
      const shown = shownGroup(state);
      const grown = event.groups.find(({ uid }) => uid === state.answering?.uid);
      if (grown)
        return { groups, answering: null, shownUid: grown.uid, shownAtMs: nowMs, token: 0, cursor: null };
      // A group whose update is known stays until the next step is complete: its tokens carry the numbers.
      const stays = !state.follow || (shown !== null && (isUpdated(shown) || shown.kept));
      if (stays) return { groups };
      const next = worthShowing(event.groups);
      return { groups, shownUid: next?.uid ?? state.shownUid, shownAtMs: nowMs };
    }
    case 'step':
      return applyStep(state, event.record, nowMs);
    case 'evaluation': {
      const { step, questions, sampledReward, greedyAccuracy, metrics } = event;
      const before = state.evaluations.filter((other) => other.step < step);
      const evaluation = { step, questions, sampledReward, greedyAccuracy, metrics };
      return { evaluations: [...before, evaluation].slice(-maxEvaluations) };
    }
    case 'suites':
      return { suites: event.done < event.cells ? { done: event.done, cells: event.cells } : null };
    case 'config':
      return applyConfig(state, event, nowMs);
    case 'judge':
      return applyJudge(state, event.report);
    case 'judge_loading': {
      const { path, bytes, total } = event;
      return { judge: { name: state.judge.name, state: 'loading', progress: { path, bytes, total } } };
    }
    case 'restored':
      return applyRestored(event);
    case 'recording':
      return { recording: event.recording };
    case 'position':
      return applyPosition(state, event);
    case 'kept':
      return { kept: event.where };
    case 'document': {
      const taken = state.offered?.id === event.id ? takeDocument(state.offered) : {};
      const isShown = (taken.document ?? state.document)?.id === event.id;
      return isShown ? { ...taken, given: event.given, nextQuestion: nextOf(event) } : {};
    }
    case 'error': {
      const problem: Problem = {
        ...makeProblem(event.code, event.message, event.advice),
        // A change can be refused; settings that no run opens with end it.
        ...(state.state === 'opening' && event.code.startsWith('config.') && { severity: 'fatal' }),
        ...(event.ways && { ways: event.ways }),
      };
      const problems = addProblem(state.problems, problem);
      // A refused change leaves no trace on the controls, a refused document none on the page.
      if (event.code.startsWith('config.')) return { problems, draft: {} };
      return { problems, offered: event.code.startsWith('document.') ? null : state.offered };
    }
    default:
      return event satisfies never;
  }
}

function nextOf({ next }: Extract<TrainerEvent, { type: 'document' }>): UiState['nextQuestion'] {
  return next ? { asked: next, isCertain: true } : null;
}

/** Whether answers that are being written are what a person looks at now: nothing, or what has been read, gives way to them. */
function isWatched(state: UiState, answering: AnsweringView, nowMs: number): boolean {
  const { follow, whatIf, cursor, shownAtMs } = state;
  if (!follow || whatIf || cursor !== null) return false;
  if (answering.whole || answering.uid === state.answering?.uid) return true;
  return shownGroup(state) === null || nowMs - shownAtMs >= readingMs;
}

/** The past of a run that goes on. */
function applyRestored(event: Extract<TrainerEvent, { type: 'restored' }>): Partial<UiState> {
  const { name, document } = event;
  return { name, document, given: null, offered: null, ...pastOf(event, 'you') };
}

/** A recorded run at one of its steps: what came later leaves the page. */
function applyPosition(state: UiState, event: Extract<TrainerEvent, { type: 'position' }>): Partial<UiState> {
  const groups = state.groups.filter(({ step }) => step <= event.step);
  const isShown = groups.some(({ uid }) => uid === state.shownUid);
  return {
    ...pastOf(event, 'recorded'),
    config: event.config,
    draft: openDraft(state.draft, event.config),
    stage: null,
    pool: [],
    groups,
    ...(!isShown && { shownUid: null, token: 0, cursor: null, whatIf: null }),
  };
}

/** Curves, marks and evaluations up to a step; thinned as if they had happened here. */
function pastOf(
  { step, rows, changes, evaluations }: Omit<RestoredView, 'name' | 'document'>,
  who: ChangeMark['who'],
) {
  let history: UiState['history'] = [];
  for (const row of rows) history = appendRow(history, row);
  const marks = changes.map(({ time, ...change }) => ({ ...change, time: timeOfDay(time * 1000), who }));
  return {
    step,
    history,
    marks: marks.slice(-maxMarks),
    evaluations: evaluations.slice(-maxEvaluations),
  } satisfies Partial<UiState>;
}

/** The page shows another document; groups of the old one stay, without their marks. */
export function takeDocument(document: LongDocument): Partial<UiState> {
  return {
    document,
    given: null,
    offered: null,
    follow: true,
    spoken: strings.spoken.document(document.title),
  };
}

function applyState(state: UiState, event: Extract<TrainerEvent, { type: 'state' }>): Partial<UiState> {
  const settled = event.state === 'running' ? { wait: null, held: null } : { pausing: false };
  const spoken =
    event.state === 'paused' && state.state === 'running' ? strings.spoken.paused(event.step) : state.spoken;
  // At rest the newest step is shown: there is time to read it.
  const newest = event.state === 'paused' && state.follow ? newestUpdated(state.groups) : null;
  return {
    ...(newest && { shownUid: newest.uid }),
    state: event.state,
    step: event.step,
    reason: event.reason,
    // A step that is held in the middle still stands before its next part.
    phase: event.state === 'running' || event.reason === 'part' ? state.phase : null,
    // Answers of a step that was given up never come to an end.
    answering: event.state === 'running' || event.reason === 'part' ? state.answering : null,
    opening: event.state === 'opening' ? state.opening : null,
    spoken,
    ...settled,
  };
}

/** A judge that fails is told once, and the notice leaves when it answers again. */
function applyJudge(state: UiState, report: JudgeReport): Partial<UiState> {
  const { name } = state.judge;
  const others = state.problems.filter(({ code }) => code !== judgeProblem);
  if (report.failure === null) {
    const runtime = state.judge.state === 'ready' ? state.judge.runtime : null;
    return { judgeReport: report, judge: { name, state: 'ready', runtime }, problems: others };
  }
  const { message, advice } = judgeStrings.unavailable;
  const reason = report.failure.replace(/^judge_unavailable: /, '');
  const problem = makeProblem(judgeProblem, message(reason), advice);
  return {
    judgeReport: report,
    judge: { name, state: 'failed', reason },
    problems: state.judgeReport?.failure ? state.problems : addProblem(others, problem),
  };
}

function applyStep(state: UiState, record: StepView, nowMs: number): Partial<UiState> {
  const history = appendRow(state.history, { step: record.step, metrics: record.metrics });
  const groups = mergeGroups(state.groups, record.groups, state.shownUid);
  // The step is done: whatever of it was being written is among its groups.
  const answering = null;
  const recent = Object.entries(state.updates).slice(-rememberedUpdates);
  const updates = { ...Object.fromEntries(recent), [record.step]: record.updates };
  const change: Partial<UiState> = {
    history,
    groups,
    answering,
    updates,
    step: record.step,
    stage: record.stage ?? null,
    pool: record.pool ?? [],
  };
  const shown = shownGroup(state);
  const readable = !shown || !isUpdated(shown) || nowMs - state.shownAtMs >= followIntervalMs;
  const next = worthShowing(record.groups);
  if (!state.follow || !readable || !next) return change;
  return { ...change, shownUid: next.uid, shownAtMs: nowMs, token: 0, cursor: null };
}

function applyConfig(
  state: UiState,
  event: Extract<TrainerEvent, { type: 'config' }>,
  nowMs: number,
): Partial<UiState> {
  const time = timeOfDay(nowMs);
  const marks = event.changes.map((change) => ({ ...change, step: event.step, time, who: 'you' as const }));
  return {
    config: event.config,
    memory: event.memory,
    draft: openDraft(state.draft, event.config),
    marks: [...state.marks, ...marks].slice(-maxMarks),
  };
}

/** What of the draft the engine has not taken: the person may have moved on meanwhile. */
function openDraft(draft: Partial<RunConfig>, config: RunConfig): Partial<RunConfig> {
  return Object.fromEntries(
    Object.entries(draft).filter(
      ([key, value]) => !sameValue(value as SettingValue, config[key as SettingKey]),
    ),
  );
}

function timeOfDay(ms: number): string {
  return new Date(ms).toTimeString().slice(0, 5);
}
