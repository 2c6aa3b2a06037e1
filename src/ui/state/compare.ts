/** @file Two runs side by side: which, what is known of them, and the twin that trains beside the present run. */
import { create } from 'zustand';
import type { SeedProgress, TrainerEvent } from '../../../workers/protocol';
import type { ComparedClip, ComparedQuestion, ComparedRuns } from '../../../workers/runs-protocol';
import { newRunId, trainSeeds, twinCommand } from './commands';
import { type Problem, problemOf } from './problems';
import { refreshRuns, runsWorker, useRuns } from './runs';
import { getUi } from './store';
import { getView } from './view';

interface CompareState {
  isShown: boolean;
  a: string | null;
  b: string | null;
  /** Further runs that are overlaid, at most two. */
  also: readonly string[];
  runs: ComparedRuns | null;
  /** Step whose answers are shown; null = the last that both have. */
  step: number | null;
  /** The step that `questions` are of. */
  questionsOf: number | null;
  questions: ComparedQuestion[];
  /** Tokens of the same step in both; null for a run that keeps none. */
  clips: readonly (ComparedClip | null)[] | null;
  /** Place in `questions`. */
  question: number;
  /** The run in lock-step with the present one. */
  twin: string | null;
  /** Further seeds of the pair, while they train. */
  seeding: SeedProgress | null;
  problem: Problem | null;
}

export const useCompare = create<CompareState>()(() => ({
  isShown: false,
  a: null,
  b: null,
  also: [],
  runs: null,
  step: null,
  questionsOf: null,
  questions: [],
  clips: null,
  question: 0,
  twin: null,
  seeding: null,
  problem: null,
}));

/** While both train, their folders are read again at most this often. */
const refreshMs = 1000;
let refreshedAt = 0;

/** Opens the view: the present run and its twin, or the two runs that changed last. */
export async function showCompare(b: string | null = null): Promise<void> {
  if (getView().hidden.includes('compare')) return;
  useCompare.setState({ isShown: true, problem: null });
  await refreshRuns();
  const ids = (useRuns.getState().stored?.runs ?? []).filter(({ steps }) => steps > 0).map(({ id }) => id);
  const { runId } = getUi();
  const { twin } = useCompare.getState();
  const a = ids.includes(runId) && runId !== b ? runId : (ids.find((id) => id !== b) ?? null);
  const other = b ?? twin ?? ids.find((id) => id !== a) ?? null;
  await chooseRuns(a, other);
}

/** Shows the runs that a link names: A, B and up to two more. No ids: as it opens by itself. Null closes the view. */
export function takeCompare(ids: readonly string[] | null): void {
  const { isShown, a, b, also } = useCompare.getState();
  if (ids === null) {
    if (isShown) hideCompare();
    return;
  }
  if (isShown && sameList([a, b, ...also], ids)) return;
  if (ids.length < 2) {
    void showCompare(ids[0] ?? null);
    return;
  }
  if (getView().hidden.includes('compare')) return;
  useCompare.setState({ isShown: true, problem: null, also: ids.slice(2, 2 + maxAlso) });
  void refreshRuns();
  void chooseRuns(ids[0], ids[1]);
}

/** The runs in the view, as a link names them; null while it is closed. */
export function comparedIds(): string[] | null {
  const { isShown, a, b, also } = useCompare.getState();
  return isShown ? [a, b, ...also].filter((id) => id !== null) : null;
}

function sameList(a: readonly (string | null)[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id, i) => id === b[i]);
}

export function hideCompare(): void {
  useCompare.setState({ isShown: false });
}

export async function chooseRuns(a: string | null, b: string | null): Promise<void> {
  useCompare.setState({
    a,
    b,
    also: useCompare.getState().also.filter((id) => id !== a && id !== b),
    runs: null,
    step: null,
    questions: [],
    questionsOf: null,
    clips: null,
    question: 0,
  });
  await refreshCompare();
}

/** How many runs can be overlaid beside A and B. */
export const maxAlso = 2;

/** Overlays a further run, or takes it away. */
export async function chooseAlso(id: string, isShown: boolean): Promise<void> {
  const rest = useCompare.getState().also.filter((other) => other !== id);
  useCompare.setState({ also: isShown ? [...rest, id].slice(-maxAlso) : rest });
  await refreshCompare();
}

export async function swapRuns(): Promise<void> {
  const { a, b } = useCompare.getState();
  await chooseRuns(b, a);
}

/** Reads both folders again; the answers too where their step has changed. */
export async function refreshCompare(): Promise<void> {
  const { a, b, also } = useCompare.getState();
  if (a === null || b === null || a === b) return;
  try {
    const runs = await (await runsWorker()).compare(a, b, also);
    const now = useCompare.getState();
    if (now.a !== a || now.b !== b || now.also !== also) return;
    useCompare.setState({ runs, problem: null });
    await readAnswers();
  } catch (error) {
    useCompare.setState({ problem: problemOf(error) });
  }
}

/** @param step null = follow the last common one. */
export async function chooseStep(step: number | null): Promise<void> {
  useCompare.setState({ step });
  await readAnswers().catch((error) => useCompare.setState({ problem: problemOf(error) }));
}

/** The next or previous step that both runs have; past the last one it follows the newest again. */
export async function walkStep(by: 1 | -1): Promise<void> {
  const { runs, step } = useCompare.getState();
  const steps = runs?.steps ?? [];
  const at = step === null ? steps.length - 1 : steps.indexOf(step);
  const next = Math.min(steps.length - 1, Math.max(0, at + by));
  if (steps[next] !== undefined) await chooseStep(next === steps.length - 1 ? null : steps[next]);
}

async function readAnswers(): Promise<void> {
  const { a, b, runs, step, questionsOf } = useCompare.getState();
  const wanted = step ?? runs?.lastCommon ?? null;
  if (a === null || b === null || wanted === null || wanted === questionsOf) return;
  const worker = await runsWorker();
  const questions = await worker.answers(a, b, wanted);
  // A step whose tokens cannot be read has answers all the same.
  const clips = await worker.clips(a, b, wanted).catch(() => null);
  // The scrubber, or another pair, may have moved on meanwhile.
  const now = useCompare.getState();
  if (now.a !== a || now.b !== b || (now.step ?? now.runs?.lastCommon) !== wanted) return;
  // A question whose answers part is what one came to see.
  const parted = questions.findIndex(({ answers }) => answers.some(({ token }) => token !== null));
  useCompare.setState({ questions, clips, questionsOf: wanted, question: Math.max(0, parted) });
}

export function chooseQuestion(by: 1 | -1): void {
  const { question, questions } = useCompare.getState();
  useCompare.setState({ question: Math.min(questions.length - 1, Math.max(0, question + by)) });
}

/** The next question, in this step, with an answer that parts. */
export function nextDifference(): void {
  const { question, questions } = useCompare.getState();
  const order = [...questions.keys()].map((i) => (question + 1 + i) % questions.length);
  const found = order.find((i) => questions[i].answers.some(({ token }) => token !== null));
  if (found !== undefined) useCompare.setState({ question: found });
}

/** Begins a twin of the present run with one differing setting, and shows both. */
export async function startTwin(settings: Record<string, unknown>): Promise<void> {
  const id = newRunId();
  if (!(await twinCommand(id, settings))) {
    const [problem = null] = getUi().problems;
    useCompare.setState({ problem });
    return;
  }
  useCompare.setState({ twin: id });
  await refreshRuns();
  await chooseRuns(getUi().runId, id);
}

/** How many seeds one asks for at a time. */
export const moreSeeds = 5;

/**
 * Whether the pair can be trained with further seeds here: both of one seed and on the text of the run on screen, with a
 * setting that differs and a step of their own.
 */
export function canSeed(
  { a, b, differences, commonSteps }: ComparedRuns,
  documentId: string | undefined,
): boolean {
  const isPair = a.config !== null && b.config !== null && a.config.seed === b.config.seed;
  return (
    isPair &&
    differences.length > 0 &&
    commonSteps > 0 &&
    [a, b].every((run) => run.documentId === documentId)
  );
}

/** Trains the pair on screen with further seeds; each whole one joins the verdict. */
export async function runMoreSeeds(runs: ComparedRuns): Promise<void> {
  const { a, b, seeds, sharedSteps, lastCommon } = runs;
  if (!a.config || !b.config || lastCommon === null) return;
  const last = Math.max(...seeds);
  const request = {
    id: newRunId(),
    a: { id: a.id, name: a.name, config: a.config },
    b: { id: b.id, name: b.name, config: b.config },
    seeds: Array.from({ length: moreSeeds }, (_, i) => last + 1 + i),
    shared: sharedSteps,
    steps: lastCommon,
  };
  const before = getUi().problems;
  useCompare.setState({
    seeding: { pair: 1, pairs: moreSeeds, seed: last + 1, step: 0, steps: lastCommon },
    problem: null,
  });
  const done = await trainSeeds(request, (seeding) => {
    const isNext = seeding.pair !== useCompare.getState().seeding?.pair;
    useCompare.setState({ seeding });
    if (isNext) void refreshCompare();
  });
  const told = getUi().problems.find((problem) => !before.includes(problem)) ?? null;
  useCompare.setState({ seeding: null });
  await refreshRuns();
  await refreshCompare();
  if (done === null) useCompare.setState({ problem: told });
}

/** Every engine event: a step of either run brings the view up to date; another run ends the pair. */
export function hearForCompare(event: TrainerEvent): void {
  const { isShown, twin } = useCompare.getState();
  if (event.type === 'state' && event.state === 'opening') useCompare.setState({ twin: null });
  if (event.type === 'state' && event.state === 'paused' && isShown) void refreshCompare().then(refreshRuns);
  if (event.type !== 'step' || !isShown || (twin !== null && event.runId !== twin)) return;
  if (Date.now() - refreshedAt < refreshMs) return;
  refreshedAt = Date.now();
  void refreshCompare();
}
