/** @file The phrases that a person counts behaviours with, and a run counted anew with them. */
import { create } from 'zustand';
import type { CodedError } from '../../errors';
import type { Behaviour, BehaviourPatterns } from '../../evaluation/behaviour-patterns';
import {
  countBehaviours,
  type PatternLines,
  patternLines,
  patternsOfLines,
} from '../../run/behaviour-counts';
import { readBehaviourText } from '../../run/behaviour-file';
import { stepRollouts } from '../state/commands';
import { problemOf } from '../state/problems';
import { getUi } from '../state/store';

const storageKey = 'longview.behaviours';
/** Steps read for one count of a run, evenly spread over longer ones: each is a file. */
const maxSteps = 150;

/** Mean sentences per answer, by behaviour. */
export interface CountedStep {
  step: number;
  means: Readonly<Record<Behaviour, number>>;
}

export interface Recount {
  runId: string;
  patterns: BehaviourPatterns;
  steps: readonly CountedStep[];
  done: number;
  of: number;
}

interface BehavioursState {
  /** As typed, whether or not it can be read. */
  lines: PatternLines;
  /** The last list that could be read. */
  patterns: BehaviourPatterns;
  /** Why the lines cannot be read. */
  problem: Pick<CodedError, 'code' | 'message' | 'advice'> | null;
  recount: Recount | null;
}

export const useBehaviours = create<BehavioursState>()(() => {
  const usual = patternsOfLines(patternLines());
  const start = { lines: patternLines(), patterns: usual, problem: null, recount: null };
  try {
    const stored = localStorage.getItem(storageKey);
    if (!stored) return start;
    const patterns = readBehaviourText(stored);
    return { ...start, patterns, lines: patternLines(patterns) };
  } catch {
    // No storage, or a list of another version: the usual one.
    return start;
  }
});

/** Takes lines as they are typed; what can be read counts from now on, and is kept on this machine. */
export function editLines(change: Partial<PatternLines>): void {
  const lines = { ...useBehaviours.getState().lines, ...change };
  try {
    const patterns = patternsOfLines(lines);
    useBehaviours.setState({ lines, patterns, problem: null });
    store(patterns);
  } catch (error) {
    useBehaviours.setState({ lines, problem: problemOf(error) });
  }
}

/** Takes a list from a file; one that cannot be read changes nothing but the problem. */
export function openList(text: string): void {
  try {
    editLines(patternLines(readBehaviourText(text)));
  } catch (error) {
    useBehaviours.setState({ problem: problemOf(error) });
  }
}

function store(patterns: BehaviourPatterns): void {
  try {
    localStorage.setItem(storageKey, JSON.stringify(patterns));
  } catch {
    // The list then lasts as long as the page.
  }
}

/** Counts the steps of the run folder with the present list; a count that is asked for meanwhile takes its place. */
export async function recountRun(): Promise<void> {
  const { runId, history } = getUi();
  const { patterns } = useBehaviours.getState();
  const asked = spread(
    history.map(({ step }) => step),
    maxSteps,
  );
  let recount: Recount = { runId, patterns, steps: [], done: 0, of: asked.length };
  const isCurrent = () => useBehaviours.getState().recount === recount;
  useBehaviours.setState({ recount });
  for (const step of asked) {
    const rows = await stepRollouts(step);
    if (!isCurrent()) return;
    const counted = rows.length > 0 ? [countStep(step, rows, patterns)] : [];
    recount = { ...recount, steps: [...recount.steps, ...counted], done: recount.done + 1 };
    useBehaviours.setState({ recount });
  }
}

function countStep(
  step: number,
  rows: readonly { output: string }[],
  patterns: BehaviourPatterns,
): CountedStep {
  const counts = countBehaviours(
    rows.map(({ output }) => ({ text: output })),
    patterns,
  );
  const means = Object.fromEntries(counts.map(({ behaviour, mean }) => [behaviour, mean]));
  return { step, means: means as CountedStep['means'] };
}

/** At most `most` of the values, evenly spread, the first and the last among them. */
export function spread(values: readonly number[], most: number): number[] {
  if (values.length <= most) return [...values];
  return Array.from({ length: most }, (_, i) => values[Math.round((i * (values.length - 1)) / (most - 1))]);
}
