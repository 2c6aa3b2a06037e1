/**
 * @file Keeps what a run leaves behind while it trains: makes its folder with the first step, saves every step before the
 * next begins, and loses nothing when the disk is full or was cleared.
 */
import { asCodedError, CodedError } from '../src/errors';
import type { StepRecord } from '../src/rl/types';
import type { Checkpoint } from '../src/run/checkpoint';
import { type KeepRule, RunFolder, type RunOrigin } from '../src/run/folder';
import { MemoryStore } from '../src/run/memory-store';
import type { RunConfig } from '../src/run/settings';
import type { StepView } from '../src/run/step-view';
import type { LongDocument } from '../src/tasks/types';
import type { RunDisk } from './run-disk';

/** Two rolling slots, and one for good to fork from. */
const onDisk: KeepRule = { newest: 2, every: 20 };
const inMemory: KeepRule = { newest: 1, every: 0 };

/** The run as it is now, asked when something is saved. */
export interface KeptRun {
  readonly config: RunConfig;
  readonly stepsDone: number;
  readonly document: LongDocument;
  checkpoint(): Promise<Checkpoint>;
}

export class RunKeeper {
  readonly runId: string;
  /** In memory until the run has a folder, or where it can have none. */
  folder = new RunFolder(new MemoryStore());
  where: 'disk' | 'memory' = 'memory';
  isBegun = false;
  origin: RunOrigin | null = null;
  private readonly disk: RunDisk | null;
  private readonly notice: (error: CodedError) => void;
  private release: () => void = () => {};
  /** Done and not yet in the folder. */
  private unsaved: { record: StepRecord; view: StepView | null } | null = null;
  private savedStep = -1;

  /** @param notice hears of what went wrong without harm to the run. */
  constructor(runId: string, disk: RunDisk | null, notice: (error: CodedError) => void) {
    this.runId = runId;
    this.disk = disk;
    this.notice = notice;
  }

  /** Takes a stored run to go on with it. @throws CodedError `run.locked`, `store.missing`. */
  async reopen(): Promise<void> {
    if (!this.disk) throw noDisk();
    this.release = await this.disk.hold(this.runId);
    try {
      this.folder = new RunFolder(await this.disk.open(this.runId, false));
    } catch (error) {
      this.release();
      throw error;
    }
    this.where = 'disk';
    this.isBegun = true;
  }

  /** What config.json will say of where and by what the run was made. */
  describe(origin: RunOrigin): void {
    this.origin = origin;
  }

  /** Makes the folder, once. @param past steps that a fork shares with where it is from. */
  async begin(run: KeptRun, past?: { folder: RunFolder; step: number }): Promise<void> {
    if (this.isBegun || !this.origin) return;
    // A second try, after a full disk, has the folder already.
    if (this.disk && this.where !== 'disk') {
      try {
        this.release = await this.disk.hold(this.runId);
        this.folder = new RunFolder(await this.disk.open(this.runId, true));
        this.where = 'disk';
      } catch (error) {
        this.notice(asCodedError(error));
      }
    }
    await this.writeBeginning(run, this.origin);
    if (past) {
      await this.folder.copyPast(past.folder, past.step, run.config);
      await this.saveCheckpoint(run);
    }
    this.isBegun = true;
  }

  /**
   * Saves a finished step, with a checkpoint where one is due.
   * @param view the step as the page shows it: kept on disk, so that the run can be replayed.
   * @throws CodedError `store.full`, `store.failed`: the step is kept, and `saveRest` tries it again.
   */
  async save(record: StepRecord, run: KeptRun, view: StepView | null = null): Promise<void> {
    this.unsaved = { record, view };
    await this.saveRest(run);
  }

  /** Saves what could not be saved before. @throws as `save`. */
  async saveRest(run: KeptRun): Promise<void> {
    if (!this.unsaved) return;
    const { record, view } = this.unsaved;
    const every = run.config['checkpoint.every'];
    await this.survivingEviction(run, async (isAnew) => {
      // In memory a run of any length would fill the tab with them.
      await this.folder.recordStep(record, this.where === 'disk' ? view : null);
      if (isAnew || (every > 0 && record.step % every === 0)) await this.saveCheckpoint(run);
    });
    this.unsaved = null;
  }

  /** At rest the last step has a checkpoint, however rare they are. */
  async rest(run: KeptRun): Promise<void> {
    const isDue = this.isBegun && this.where === 'disk' && run.config['checkpoint.every'] !== 1;
    if (!isDue || this.unsaved || this.savedStep === run.stepsDone) return;
    await this.survivingEviction(run, () => this.saveCheckpoint(run));
  }

  /** Lets the run go; another tab may take it then. */
  close(): void {
    this.release();
    this.release = () => {};
  }

  private async saveCheckpoint(run: KeptRun): Promise<void> {
    await this.folder.saveCheckpoint(await run.checkpoint(), this.where === 'disk' ? onDisk : inMemory);
    this.savedStep = run.stepsDone;
  }

  private async writeBeginning(run: KeptRun, origin: RunOrigin): Promise<void> {
    await this.folder.begin(run.config, origin);
    await this.folder.recordDocument(run.stepsDone + 1, run.document);
  }

  /** Where the folder was cleared away meanwhile, makes it anew from what the run still knows. */
  private async survivingEviction(run: KeptRun, work: (isAnew: boolean) => Promise<void>): Promise<void> {
    try {
      await work(false);
    } catch (error) {
      if (asCodedError(error).code !== 'store.evicted' || !this.disk) throw error;
      this.notice(asCodedError(error));
      this.folder = new RunFolder(await this.disk.open(this.runId, true));
      if (this.origin) await this.writeBeginning(run, this.origin);
      await work(true);
    }
  }
}

export function noDisk(): CodedError {
  return new CodedError(
    'store.none',
    'This browser keeps no files for the page, so there is no stored run to open.',
    'Use a normal window instead of a private one.',
  );
}
