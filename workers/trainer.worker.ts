/** @file The trainer worker: owns the GPU, runs the session, tells the page. */
import * as Comlink from 'comlink';
import { asCodedError, RunPause } from '../src/errors';
import { type Gpu, openGpu } from '../src/gpu';
import type { GuardedJudge } from '../src/reward/guarded-judge';
import { notLoadedJudge } from '../src/reward/judge';
import type { StepRecord } from '../src/rl/types';
import type { AblationHere } from '../src/run/ablation-here';
import { answerAttention } from '../src/run/answer-attention';
import { answerNextToken } from '../src/run/answer-next-token';
import type { Answering } from '../src/run/asked-answer';
import { changeLive } from '../src/run/config';
import { type FailedStep, readFailedStep, StepInFlight } from '../src/run/failed-step';
import type { RunFolder } from '../src/run/folder';
import { MemoryRefusal } from '../src/run/memory-ways';
import { isLoss, type Recovery } from '../src/run/recovery';
import { shownRows } from '../src/run/rollout-rows';
import type { Session } from '../src/run/session';
import { stepView } from '../src/run/step-view';
import { allFiles } from '../src/run/store';
import { AnswerStream } from './answer-stream';
import { keepFailed } from './keep-failed';
import { memoryEstimate } from './memory-estimate';
import { openSession } from './open-session';
import type { EventBody, OpenOptions, RunState, TrainerApi, TrainerEvent, TwinOptions } from './protocol';
import { PutOffRace, raceForRun } from './put-off-race';
import { restoredView } from './restored';
import { openRunDisk, type RunDisk } from './run-disk';
import { noDisk, RunKeeper } from './run-keeper';
import { startOf } from './run-start';
import { askSuites } from './suites';
import { retire, trainerJudge } from './trainer-judge';
import { Turns } from './turns';
import { Twin, twinReads } from './twin';

let gpu: Gpu | null = null;
let session: Session | null = null;
let keeper = new RunKeeper('', null, () => {});
/** Null until the first run opens, and where the browser keeps no files. */
let disk: RunDisk | null = null;
let runId = '';
let opened: OpenOptions | null = null;
let listener: (event: TrainerEvent) => void = () => {};
/** Who has the GPU. */
const turns = new Turns(runSteps, () => session !== null && !failed);
const putOffRace = new PutOffRace(turns, (stops) =>
  raceForRun(session && !failed && !twin ? { session, keeper } : null, { stops, orTold, emit }),
);
/** Asked in every run of this worker. */
let judge: GuardedJudge | null = null;
/** The ablation that was asked for last, as far as it is; its code comes with the first. */
let grid: AblationHere | null = null;
let gridStopped = false;
/** Whose first weights have been measured. */
let baselineOf: Session | null = null;
/** A second run in lock-step with the first. */
let twin: Twin | null = null;
let failed = false;
/** What the step under way has so far, and the step that ended the run, if a step did. */
const flight = new StepInFlight();
let failedStep: FailedStep | null = null;
const stream = new AnswerStream();
/** Nobody sees the page. */
let hidden = false;

function emit(event: EventBody): void {
  listener({ runId, ...event } as TrainerEvent);
}

function emitState(state: RunState, reason: string | null = null): void {
  emit({ type: 'state', state, step: session?.stepsDone ?? 0, reason });
  if (state === 'ready' || state === 'paused') putOffRace.resting();
}

function emitError(error: unknown): void {
  const { code, message, advice } = asCodedError(error);
  emit({ type: 'error', code, message, advice, ...(error instanceof MemoryRefusal && { ways: error.ways }) });
}

/** Ends the run visibly: the page keeps what it has, the folder its last finished step. */
function fail(error: unknown): void {
  failed = true;
  turns.allowed = 0;
  emitError(session ? session.explained(error) : error);
  emitState('failed', asCodedError(error).code);
}

/** Ends the run for what happened in a step. */
async function failStep(error: unknown, { config }: Session): Promise<void> {
  const kept = await keepFailed(asCodedError(error), flight, config, keeper.folder, emitError);
  failedStep = kept?.failed ?? null;
  fail(kept?.error ?? error);
}

/** Opens the GPU; a failure ends the run, but a loss in the middle of a step is the session's to survive. */
async function openWatchedGpu(): Promise<Gpu> {
  const opened = await openGpu(navigator.gpu);
  opened.failed.catch((error) => {
    if (gpu !== opened) return;
    gpu = null;
    if (!(turns.isBusy && isLoss(error))) fail(error);
  });
  return opened;
}

/** Tells the queue, which a new session or a lost GPU brings anew, whether anybody sees the page. */
function sizeSlices(): void {
  if (session) session.policy.queue.budget.hidden = hidden;
}

/** After a loss the run goes on from its last checkpoint in the run folder. */
const recovery: Recovery = {
  async openGpu() {
    gpu = await openWatchedGpu();
    return gpu;
  },
  lastCheckpoint: () => keeper.folder.newestCheckpoint(),
  onRebuilt(step) {
    sizeSlices();
    // The twin's buffers went with the device; its run stays stored.
    void dropTwin();
    emit({
      type: 'error',
      code: 'run.rebuilt',
      message: `The GPU was reset; the run goes on from step ${step} with shorter slices.`,
      advice: 'Nothing to do. If it happens often, lower the GPU duty.',
    });
    emitState('running');
  },
};

async function open(options: OpenOptions): Promise<void> {
  runId = options.runId;
  opened = options;
  failed = false;
  failedStep = null;
  flight.clear();
  emitState('opening');
  emit({ type: 'opening', message: 'adapter', ready: 0, total: 1 });
  await dropTwin();
  await session?.dispose();
  session = null;
  keeper.close();
  disk ??= await openRunDisk();
  keeper = new RunKeeper(runId, disk, emitError);
  if (options.resume) await keeper.reopen();
  gpu ??= await openWatchedGpu();
  const made = await openSession(options, {
    gpu,
    keeper,
    disk,
    recovery,
    emit,
    notice: emitError,
    flight,
    stream,
    stops: () => turns.gate.holdsNext,
    onPart: (part) => turns.gate.enter(part, holdStep),
    onBaseline: measureBaseline,
  });
  session = made.session;
  putOffRace.isDue = made.kernelsFrom === 'usual';
  const { past } = made;
  session.setJudge(judge);
  sizeSlices();
  // A fork is there at once: someone asked for it. Other runs get their folder with the first step.
  if (past) await beginFolder(session, past);
  emit({
    type: 'ready',
    adapter: gpu.adapter,
    parameters: session.policy.layout.parameters,
    memory: session.memory.items,
    config: session.config,
    kernels: session.kernels,
    kernelsFrom: made.kernelsFrom,
  });
  if (keeper.isBegun) {
    const { folder, where } = keeper;
    emit({
      type: 'restored',
      ...(await restoredView(runId, folder, session.stepsDone, session.config, session.document)),
    });
    emit({ type: 'kept', where });
  }
  emitDocument(session);
  emitState('ready');
}

/** Which document is asked, and how many questions of a data set fit the settings. */
function emitDocument(current: Session): void {
  const { document, given, stepsDone } = current;
  const next = stepsDone === 0 ? current.nextQuestion() : null;
  emit({ type: 'document', id: document.id, given, next });
}

/** A person looks at what a step has so far; gives back how it goes on. */
function holdStep(): () => void {
  emitState('paused', 'part');
  return () => emitState('running');
}

async function beginFolder(current: Session, past?: { folder: RunFolder; step: number }): Promise<void> {
  if (keeper.isBegun) return;
  await keeper.begin(current, past);
  emit({ type: 'kept', where: keeper.where });
}

/** Runs steps while any are allowed. Between slices the worker hears messages, since every wait is asynchronous. */
async function runSteps(): Promise<void> {
  const current = session;
  if (!current || failed) return;
  emitState('running');
  try {
    await beginFolder(current);
    await keeper.saveRest(current);
    while (turns.allowed > 0 && session === current) {
      turns.allowed--;
      if (twin) await twin.step(current, (record) => finishStep(record, current));
      else await finishStep(await current.step(), current);
      await turns.serve();
    }
    await keeper.rest(current);
    if (!failed) emitState('paused');
  } catch (error) {
    const { code } = asCodedError(error);
    // What could not be saved is still in memory, and tried again before the next step.
    if (!(error instanceof RunPause || code.startsWith('store.'))) return failStep(error, current);
    turns.allowed = 0;
    emitError(error);
    emitState('paused', code);
  }
}

async function finishStep(record: StepRecord, current: Session): Promise<void> {
  flight.clear();
  record.notices?.forEach(emitError);
  const view = stepView(record, current.tokenizer, current.pool);
  try {
    await keeper.save(record, current, view);
  } finally {
    emit({ type: 'step', record: view });
  }
  // The run has done what it was set to do; started again, it goes on in its last stage.
  if (record.stage?.ended && record.stage.isLast) turns.allowed = 0;
  const asked = current.config['eval.every'];
  if (asked > 0 && record.step % asked === 0) await evaluate(record.step, current);
}

/**
 * A run that evaluates at all is evaluated before it learns anything: after its first answers, which a person waits for. Once:
 * a step that is given up is begun again with the same weights.
 */
async function measureBaseline(current: Session): Promise<void> {
  if (baselineOf === current) return;
  if (current.config['eval.every'] > 0) await evaluate(0, current);
  baselineOf = current;
}

async function evaluate(step: number, current: Session): Promise<void> {
  const questions = current.config['eval.questions'];
  emit({ type: 'phase', step, phase: 'evaluate', round: 0, kept: 0, wanted: questions });
  const { metrics, sampledReward, greedyAccuracy } = await current.evaluate();
  await keeper.folder.recordMetrics(step, metrics);
  emit({ type: 'evaluation', step, questions, sampledReward, greedyAccuracy, metrics });
}

/**
 * Pauses, and has the GPU for `work` alone: it holds the place of the loop. Null where there is no run, or it could not be
 * done, with the reason as event.
 */
async function alone<T>(work: (current: Session) => Promise<T>): Promise<T | null> {
  await pause();
  const current = session;
  if (!current || failed) return null;
  emitState('running');
  const asked = orTold(() => work(current));
  turns.hold(asked.then(() => {}));
  const result = await asked;
  if (!failed) emitState('paused');
  return result;
}

/** What `work` gives; null where it fails, which the page is told. */
async function orTold<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (isLoss(error)) fail(error);
    else emitError(error);
    return null;
  }
}

async function beginTwin(options: TwinOptions): Promise<boolean> {
  await pause();
  const current = session;
  if (!current || failed) return false;
  await dropTwin();
  try {
    await beginFolder(current);
    const tell = (event: EventBody) => listener({ runId: options.runId, ...event } as TrainerEvent);
    twin = await Twin.begin(options, { current, keeper, disk, tell, notice: emitError });
    return true;
  } catch (error) {
    emitError(error);
    return false;
  }
}

async function dropTwin(): Promise<void> {
  const dropped = twin;
  twin = null;
  await dropped?.close();
}

/** What the present policy says of an answer, between two steps; null where it cannot, with the reason as event. */
function ask<T>(question: (answering: Answering) => Promise<T>): Promise<T | null> {
  return turns.ask(async () => {
    const current = session;
    return current && !failed ? orTold(() => current.ask(question)) : null;
  });
}

async function pause(): Promise<void> {
  gridStopped = true;
  await turns.pause();
}

/** Runs `work`; its failure goes to the page as an event, once. */
async function telling(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    fail(error);
  }
}

const api: TrainerApi = {
  async open(options, onEvent) {
    listener = onEvent;
    await pause();
    await telling(() => open(options));
  },
  start: async () => turns.allow(Number.POSITIVE_INFINITY),
  pause,
  stepOnce: () => turns.step(),
  stepPart: () => turns.stepPart(),
  twin: beginTwin,
  seedPairs: (request, onProgress) =>
    alone(async (current) => {
      const { origin } = keeper;
      if (!origin || !disk) throw noDisk();
      gridStopped = false;
      const { pairOpener, trainSeedPairs } = await import('./seed-pairs-here');
      const open = pairOpener(current, twin ? [current, twin.session] : [current]);
      const stopped = () => gridStopped;
      return trainSeedPairs(request, { disk, origin, onProgress, stopped, notice: emitError, ...open });
    }),
  async untwin() {
    await pause();
    await dropTwin();
  },
  async reset(nextRunId) {
    await pause();
    const options = opened;
    if (!options) return;
    const document = session?.document ?? options.document;
    // Settings changed by hand are settings of the run: the new one starts with them.
    const settings = session ? { ...session.config } : options.settings;
    await telling(() => open({ runId: nextRunId, settings, document }));
  },
  async change(settings) {
    const current = session;
    if (!current) return;
    try {
      const before = current.config;
      const after = changeLive(before, settings);
      current.change(after);
      const changes = await keeper.folder.recordChanges(current.stepsDone + 1, before, after);
      emit({
        type: 'config',
        config: after,
        step: current.stepsDone + 1,
        changes,
        memory: current.memory.items,
      });
      emitDocument(current);
    } catch (error) {
      emitError(error);
    }
  },
  estimate: async (config) => session && memoryEstimate(session, config),
  async replaceDocument(document) {
    const current = session;
    if (!current) return;
    try {
      if (twin) throw twinReads();
      current.replaceDocument(document);
    } catch (error) {
      // The old document stays, and so does the run.
      emitError(error);
      return;
    }
    if (opened) opened = { ...opened, document };
    if (keeper.isBegun) await keeper.folder.recordDocument(current.stepsDone + 1, document).catch(emitError);
    emitDocument(current);
  },
  async setStreaming(wanted) {
    stream.isWanted = wanted;
  },
  async setHidden(isHidden) {
    hidden = isHidden;
    sizeSlices();
  },
  async setJudge(order, connect, discard) {
    const before = judge;
    judge =
      order &&
      trainerJudge(order, {
        connect,
        discard,
        device: () => gpu?.device ?? null,
        onProgress: (progress) => emit({ type: 'judge_loading', ...progress }),
        onBatch: (report) => emit({ type: 'judge', report }),
      });
    session?.setJudge(judge);
    twin?.session.setJudge(judge);
    retire(before);
  },
  askJudge: (requests) => (judge ?? notLoadedJudge()).judge(requests),
  rollouts: async (step) => shownRows(await keeper.folder.readRollouts(step)),
  failedStep: async () => failedStep ?? readFailedStep(keeper.folder.store),
  evaluateSuites: (request) => alone((current) => askSuites(current, request, keeper.folder.store, emit)),
  ablate: (request, onProgress) =>
    alone(async (current) => {
      const { origin } = keeper;
      if (!origin) throw new Error('an open run says where it is from');
      gridStopped = false;
      grid ??= new (await import('../src/run/ablation-here')).AblationHere();
      return grid.train(current, request, { startOf, origin, onProgress, stopped: () => gridStopped });
    }),
  attention: (query) => ask((answering) => answerAttention(answering, query)),
  async nextToken(query) {
    const view = await ask((answering) => answerNextToken(answering, query));
    return view && Comlink.transfer(view, [view.ids.buffer, view.logits.buffer]);
  },
  files: () => allFiles(keeper.folder.store),
  async close() {
    await pause();
    await dropTwin();
    await session?.dispose();
    session = null;
    keeper.close();
    gpu?.close();
    gpu = null;
  },
};

Comlink.expose(api);
