/** @file The second run of a pair in the trainer worker: its session, its folder, its events. */
import { CodedError } from '../src/errors';
import type { StepRecord } from '../src/rl/types';
import { makeConfig } from '../src/run/config';
import type { Session } from '../src/run/session';
import { stepView } from '../src/run/step-view';
import { lockStep, openTwin } from '../src/run/twin';
import type { EventBody, TwinOptions } from './protocol';
import type { RunDisk } from './run-disk';
import { RunKeeper } from './run-keeper';

export interface TwinPlace {
  /** The run to stand beside, paused, with its folder begun. */
  current: Session;
  keeper: RunKeeper;
  disk: RunDisk | null;
  tell(event: EventBody): void;
  notice(error: CodedError): void;
}

export class Twin {
  readonly session: Session;
  private readonly keeper: RunKeeper;
  private readonly tell: (event: EventBody) => void;

  private constructor(session: Session, keeper: RunKeeper, tell: (event: EventBody) => void) {
    this.session = session;
    this.keeper = keeper;
    this.tell = tell;
  }

  /** @throws CodedError `config.*`, `store.*`; the present run is untouched then. */
  static async begin({ runId, name, settings }: TwinOptions, place: TwinPlace): Promise<Twin> {
    const { current, keeper: first, disk, tell, notice } = place;
    const config = makeConfig(current.config.preset, { ...current.config, ...settings });
    const session = await openTwin(current, config);
    const keeper = new RunKeeper(runId, disk, notice);
    try {
      if (first.origin) {
        const step = current.stepsDone;
        const forkedFrom = { run: first.runId, name: first.origin.name ?? first.runId, step };
        keeper.describe({ ...first.origin, name, forkedFrom });
      }
      await keeper.begin(session, { folder: first.folder, step: current.stepsDone });
    } catch (error) {
      keeper.close();
      await session.dispose();
      throw error;
    }
    return new Twin(session, keeper, tell);
  }

  /** A step of `first` and one of the twin. */
  async step(first: Session, onFirst: (record: StepRecord) => Promise<void>): Promise<void> {
    await this.keeper.saveRest(this.session);
    await lockStep([first, this.session], (record, session) =>
      session === first ? onFirst(record) : this.finish(record),
    );
  }

  /** Frees its buffers; the run stays stored. */
  async close(): Promise<void> {
    this.keeper.close();
    await this.session.dispose();
  }

  private async finish(record: StepRecord): Promise<void> {
    const view = stepView(record, this.session.tokenizer, this.session.pool);
    try {
      await this.keeper.save(record, this.session, view);
    } finally {
      this.tell({ type: 'step', record: view });
    }
    // As often as the first run, so that both have the same values.
    const asked = this.session.config['eval.every'];
    if (asked === 0 || record.step % asked !== 0) return;
    const { metrics } = await this.session.evaluate();
    await this.keeper.folder.recordMetrics(record.step, metrics);
  }
}

/** Why the document stays while a twin trains. */
export function twinReads(): CodedError {
  return new CodedError(
    'document.twin',
    'A twin trains beside this run and reads the same document.',
    'End the twin first, then open the other text.',
  );
}
