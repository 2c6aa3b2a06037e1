/**
 * @file Runs an ablation grid, cell by cell, each in a run folder of its own. Killed at any moment and started again, it goes
 * on from the last checkpoint of the cell it was in, and a finished cell is only read.
 */
import { CodedError } from '../errors';
import type { Evaluated, EvaluationTable } from '../evaluation/suites';
import { type AblationCell, cellName } from './ablation-grid';
import { sameValue } from './config';
import { type EvaluationSubject, evaluationName, readEvaluation, writeEvaluation } from './evaluation-files';
import { type MetricsRow, RunFolder } from './folder';
import { randomPolicy } from './random-start';
import type { RunConfig } from './settings';
import type { FileStore } from './store';
import { type TrainableSession, trainTo } from './train-loop';

export interface AblationSession extends TrainableSession {
  dispose(): Promise<void>;
}

/** What a grid needs of its surroundings. */
export interface AblationPorts<S extends AblationSession> {
  /** The run folder of a cell. */
  store(cell: AblationCell): FileStore;
  /**
   * A session at step 0 whose folder has begun, or one that goes on from the checkpoint of `resumeStep`.
   */
  open(cell: AblationCell, folder: RunFolder, resumeStep: number | null): Promise<S>;
  /** Asks every cell of the grid the same questions; the same weights give the same table. */
  measure(session: S): Promise<Evaluated>;
  /** Cells to train; of others only finished ones are read. All without it. */
  wanted?(cell: AblationCell): boolean;
  documentId: string;
  onCell?(cell: AblationCell, state: 'finished before' | 'begins' | 'goes on' | 'finished'): void;
  onStep?(cell: AblationCell, step: number): void;
  stopped?(): boolean;
}

export interface AblationResult {
  cell: AblationCell;
  before: EvaluationTable;
  after: EvaluationTable;
  rows: readonly MetricsRow[];
}

/**
 * Trains every cell for its steps. Returns the finished cells, fewer than there are where it was stopped.
 * @throws CodedError `ablate.other_settings` for a folder made otherwise, and what a session throws.
 */
export async function runAblation<S extends AblationSession>(
  cells: readonly AblationCell[],
  ports: AblationPorts<S>,
): Promise<AblationResult[]> {
  const results: AblationResult[] = [];
  // Cells that begin with the same weights have the same baseline, so it is asked once.
  const baselines = new Map<string, Evaluated>();
  for (const cell of cells) {
    const folder = new RunFolder(ports.store(cell));
    const known = await finishedCell(cell, folder);
    if (known) {
      ports.onCell?.(cell, 'finished before');
      results.push(known);
      continue;
    }
    if (ports.wanted?.(cell) === false) continue;
    if (ports.stopped?.()) break;
    if (!(await runCell(cell, folder, ports, baselines))) break;
    const result = await finishedCell(cell, folder);
    if (result) results.push(result);
    ports.onCell?.(cell, 'finished');
  }
  return results;
}

/** The result of a cell; null where its last file, the evaluation after its steps, is not there. */
async function finishedCell(cell: AblationCell, folder: RunFolder): Promise<AblationResult | null> {
  const { store } = folder;
  if (await store.exists('config.json')) checkSettings(cell, await folder.readConfig());
  const before = await readEvaluation(store, evaluationName(0, 'ablation'));
  const after = await readEvaluation(store, evaluationName(cell.steps, 'ablation'));
  if (!before || !after) return null;
  return { cell, before: before.table, after: after.table, rows: await folder.readMetrics() };
}

/** Returns whether the cell was finished, not stopped. */
async function runCell<S extends AblationSession>(
  cell: AblationCell,
  folder: RunFolder,
  ports: AblationPorts<S>,
  baselines: Map<string, Evaluated>,
): Promise<boolean> {
  const { steps } = cell;
  const resumeStep = await folder.lastStableStep();
  if (resumeStep !== null && resumeStep > steps)
    throw new CodedError(
      'ablate.other_settings',
      `${cell.folder} has been trained for ${resumeStep} steps, more than ${steps}.`,
      'Choose another --out, or as many steps.',
    );
  ports.onCell?.(cell, resumeStep === null ? 'begins' : 'goes on');
  const session = await ports.open(cell, folder, resumeStep);
  try {
    const record = async (step: number, found: Evaluated) => {
      const subject: EvaluationSubject = {
        policy: cell.config.policy,
        step,
        rule: cell.config['reward.rule'],
        documentId: ports.documentId,
      };
      await writeEvaluation(folder.store, evaluationName(step, 'ablation'), subject, found);
    };
    // The baseline stands before the first step, so a cell that goes on has it already.
    if (session.stepsDone === 0) {
      const start = startOf(cell);
      const found = baselines.get(start) ?? (await ports.measure(session));
      baselines.set(start, found);
      await record(0, found);
    }
    const ended = await trainTo(steps, session, folder, {
      onStep: (step) => ports.onStep?.(cell, step),
      stopped: ports.stopped,
    });
    if (ended === 'stopped') return false;
    // Last of all: this file says that the cell is finished.
    await record(steps, await ports.measure(session));
    return true;
  } finally {
    await session.dispose();
  }
}

/** What the starting weights depend on. */
function startOf({ config: { policy, seed } }: AblationCell): string {
  return policy === randomPolicy ? `${policy} ${seed}` : policy;
}

function checkSettings(cell: AblationCell, found: RunConfig): void {
  const keys = (Object.keys(cell.config) as (keyof RunConfig)[]).filter(
    (key) => !sameValue(cell.config[key], found[key]),
  );
  if (keys.length === 0) return;
  throw new CodedError(
    'ablate.other_settings',
    `${cell.folder} (${cellName(cell)}) was made with another ${keys.join(', ')}.`,
    'Choose another --out, or the settings it began with.',
  );
}
