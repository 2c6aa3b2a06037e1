/**
 * @file An ablation beside a run that is open: its grid on the run's settings and text, trained from the weights such a run
 * starts from, cell after cell on the same device, into a folder in memory. Stopped, it goes on with the next call.
 */
import { runAblation } from './ablation';
import { type AblationCell, ablationGrid, cellName } from './ablation-grid';
import { type AskedOfCells, askedOfCells, gridFile, gridText, trainedSuites } from './ablation-plan';
import type { Checkpoint } from './checkpoint';
import type { RunOrigin } from './folder';
import { checkTwinMemory, memoryRoom } from './memory';
import { MemoryStore } from './memory-store';
import { Session } from './session';
import type { RunConfig } from './settings';

export interface AblateRequest {
  seeds: number[];
  /** Training steps of a cell at most. */
  steps: number;
  /** Held-out questions a family and length, and sampled answers to each. */
  questions: number;
  samples: number;
}

export interface AblateProgress {
  /** The cell that trains, from 1. */
  cell: number;
  cells: number;
  name: string;
  seed: number;
  step: number;
  steps: number;
}

export interface AblateSurroundings {
  /** The weights that a run of these settings starts from. */
  startOf(config: RunConfig): Promise<Checkpoint>;
  origin: RunOrigin;
  onProgress(progress: AblateProgress): void;
  /** Asked before each step: true leaves the grid as it is. */
  stopped(): boolean;
}

/** A grid as far as it is trained. */
export class AblationHere {
  private text = '';
  private stores = new Map<string, MemoryStore>();

  /**
   * Trains what is not finished yet; another grid than the last one begins anew. The run itself is not touched.
   * @returns the grid's files, without checkpoints: of all cells, or of those finished where it was stopped.
   * @throws CodedError `config.*`, `config.memory` where a cell does not fit beside the run; what a session throws.
   */
  async train(
    current: Session,
    request: AblateRequest,
    around: AblateSurroundings,
  ): Promise<{ path: string; bytes: Uint8Array }[]> {
    const base: RunConfig = { ...current.config, 'checkpoint.every': 0, 'eval.every': 0 };
    const { cells } = ablationGrid(base, request.seeds, request.steps);
    const asked = askedOfCells(base, { buckets: null, ...request });
    const text = gridText(base, request.steps, asked, current.document.id);
    if (text !== this.text) this.stores = new Map();
    this.text = text;
    const tell = (cell: AblationCell, step: number) => {
      const place = { cell: cells.indexOf(cell) + 1, cells: cells.length };
      around.onProgress({ ...place, name: cellName(cell), seed: cell.seed, step, steps: cell.steps });
    };
    await runAblation<Session>(cells, {
      store: (cell) => this.storeOf(cell),
      documentId: current.document.id,
      open: async (cell, folder, resumeStep) => {
        tell(cell, resumeStep ?? 0);
        const { config } = cell;
        const checkpoint =
          resumeStep === null ? await around.startOf(config) : await folder.loadCheckpoint(resumeStep);
        const { gpu } = current.policy;
        checkTwinMemory(current.config, config, checkpoint.config, memoryRoom(current.config, gpu));
        const session = await openCell(current, config, checkpoint, resumeStep !== null);
        if (resumeStep === null) await folder.begin(config, around.origin);
        return session;
      },
      measure: (session) => measure(session, asked, base),
      onCell: (cell, state) => {
        // What a finished cell could go on from is megabytes that nobody asks for again.
        if (state === 'finished') void this.storeOf(cell).remove('checkpoints');
      },
      onStep: tell,
      stopped: around.stopped,
    });
    return this.files();
  }

  private storeOf({ folder }: AblationCell): MemoryStore {
    const store = this.stores.get(folder) ?? new MemoryStore();
    this.stores.set(folder, store);
    return store;
  }

  private async files(): Promise<{ path: string; bytes: Uint8Array }[]> {
    const files = [{ path: gridFile, bytes: new TextEncoder().encode(this.text) as Uint8Array }];
    for (const [folder, store] of this.stores)
      for (const { path, bytes } of await store.all())
        if (!path.startsWith('checkpoints/')) files.push({ path: `${folder}/${path}`, bytes });
    return files;
  }
}

function openCell(
  current: Session,
  config: RunConfig,
  checkpoint: Checkpoint,
  resume: boolean,
): Promise<Session> {
  return Session.open({
    config,
    document: current.document,
    checkpoint,
    gpu: current.policy.gpu,
    kernels: current.kernels,
    judge: current.judge,
    behaviours: current.begun.behaviours,
    resume,
  });
}

function measure(session: Session, asked: AskedOfCells, base: RunConfig) {
  const suites = trainedSuites(base, session.document, session.tokenizer);
  return session.evaluateSuites({ ...asked, suites });
}
