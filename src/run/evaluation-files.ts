/**
 * @file Evaluations as files:
 *
 *   {name}.json   what was asked of which weights, and the table
 *   {name}.jsonl  one line a question: cell, question, gold answers, every answer with its scores
 *
 * A run folder keeps them in `evaluations/{what was asked}/step_{n}`, step 0 being the baseline.
 */
import type { CellRecord } from '../evaluation/records';
import type { Evaluated, EvaluationTable, PlanRecord } from '../evaluation/suites';
import type { EvaluationCell } from '../evaluation/types';
import { fingerprint } from './document';
import { readJsonLines } from './jsonl';
import { type FileStore, readText } from './store';

/** What an evaluation was made with, besides its plan. */
export interface EvaluationSubject {
  policy: string;
  step: number;
  rule: string;
  /** The judge beside the rule; absent where there was none. */
  judge?: string;
  documentId: string;
}

export interface EvaluationFile {
  subject: EvaluationSubject;
  table: EvaluationTable;
}

/** Where a run folder keeps the evaluation of a step, beside those that asked something else. */
export function evaluationName(step: number, asked: string): string {
  return `evaluations/${asked}/step_${step}`;
}

/** A word for what is asked, of whatever weights: evaluations with the same word may be compared. */
export function askedKey(plan: PlanRecord, { rule, judge, documentId }: EvaluationSubject): string {
  return fingerprint(
    JSON.stringify([sorted(plan), rule, documentId, ...(judge === undefined ? [] : [judge])]),
  );
}

/** Writes both files, the table last: a table is there only when its answers are. */
export async function writeEvaluation(
  store: FileStore,
  name: string,
  subject: EvaluationSubject,
  { table, records }: Evaluated,
): Promise<void> {
  await store.write(`${name}.jsonl`, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  await store.write(`${name}.json`, `${JSON.stringify({ subject, table }, null, 2)}\n`);
}

/** The table of an earlier evaluation; null where there is none that was finished. */
export async function readEvaluation(store: FileStore, name: string): Promise<EvaluationFile | null> {
  if (!(await store.exists(`${name}.json`))) return null;
  try {
    const file = JSON.parse(await readText(store, `${name}.json`)) as EvaluationFile;
    return file.subject && file.table ? file : null;
  } catch {
    // A file that is no JSON is not an evaluation; it is made again.
    return null;
  }
}

/** Questions and answers of an evaluation; with a cell, only its own. */
export async function readRecords(
  store: FileStore,
  name: string,
  cell?: EvaluationCell,
): Promise<CellRecord[]> {
  // Written by writeEvaluation only.
  const rows = (await readJsonLines(store, `${name}.jsonl`)) as unknown as CellRecord[];
  if (cell === undefined) return rows;
  return rows.filter(
    ({ suite, bucket, depth }) => suite === cell.suite && bucket === cell.bucket && depth === cell.depth,
  );
}

function sorted(plan: PlanRecord): unknown[] {
  return Object.entries(plan).sort(([a], [b]) => (a < b ? -1 : 1));
}
