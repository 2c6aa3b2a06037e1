/** @file What has happened on this page, line by line, for the System view. */
import { create } from 'zustand';
import type { UiState } from './model';
import { useUi } from './store';

export type LogEntry = { time: string } & (
  | { kind: 'state'; state: UiState['state']; step: number }
  | { kind: 'problem'; code: string; message: string }
  | { kind: 'change'; key: string; from: unknown; to: unknown; step: number }
  | { kind: 'evaluation'; step: number; sampledReward: number; greedyAccuracy: number }
  | { kind: 'stage'; name: string; step: number }
);

type LogFact = LogEntry extends infer E ? (E extends { time: string } ? Omit<E, 'time'> : never) : never;

export const maxEntries = 500;

export const useLog = create<{ entries: readonly LogEntry[] }>()(() => ({ entries: [] }));

/** From now on the log follows the page. Called once. */
export function keepLog(): void {
  useUi.subscribe((after, before) => {
    const facts = factsOf(before, after);
    if (facts.length === 0) return;
    const time = new Date().toTimeString().slice(0, 8);
    const entries = [...useLog.getState().entries, ...facts.map((fact): LogEntry => ({ ...fact, time }))];
    useLog.setState({ entries: entries.slice(-maxEntries) });
  });
}

/** What is worth a line between two states of the page. */
export function factsOf(before: UiState, after: UiState): LogFact[] {
  const facts: LogFact[] = [];
  if (after.state !== before.state || after.runId !== before.runId)
    facts.push({ kind: 'state', state: after.state, step: after.step });
  for (const problem of after.problems)
    if (!before.problems.includes(problem))
      facts.push({ kind: 'problem', code: problem.code, message: problem.message });
  // What a recording tells happened elsewhere, and comes again with every move through it.
  if (after.recording) return facts;
  if (after.marks !== before.marks)
    for (const mark of after.marks)
      if (!before.marks.includes(mark)) {
        const { key, from, to, step } = mark;
        facts.push({ kind: 'change', key, from, to, step });
      }
  if (after.evaluations !== before.evaluations)
    for (const evaluation of after.evaluations)
      if (!before.evaluations.includes(evaluation)) {
        const { step, sampledReward, greedyAccuracy } = evaluation;
        facts.push({ kind: 'evaluation', step, sampledReward, greedyAccuracy });
      }
  if (after.stage && after.stage.index !== before.stage?.index)
    facts.push({ kind: 'stage', name: after.stage.name, step: after.step });
  return facts;
}
