/**
 * @file A recorded run, played: the events of its steps, one after the other at a pace a person chooses, or from any step
 * on. They are those of the trainer worker, made from a run folder.
 */
import { asCodedError } from '../src/errors';
import type { AdapterSummary } from '../src/gpu';
import type { KernelChoice, WrittenChoice } from '../src/run/kernel-choice';
import { Recording } from '../src/run/recording';
import type { RunConfig } from '../src/run/settings';
import type { FileStore } from '../src/run/store';
import type { LongDocument } from '../src/tasks/types';
import type { EventBody, ReplayOptions, ReplaySource, RunState } from './protocol';
import { evaluationOf, pastView, stepMetrics } from './restored';

/** What a replay needs of the place it runs in. */
export interface ReplayPlace {
  /** @throws CodedError `replay.missing`, `import.*`, `store.*`. */
  files(source: ReplaySource): Promise<FileStore>;
  /** `done` resolves after so many milliseconds, or when `end` is called. */
  rest(ms: number): { done: Promise<void>; end(): void };
}

/** Until a person chooses another. */
const usualPaceMs = 1000;

export class Replay {
  private readonly place: ReplayPlace;
  private readonly tell: (event: EventBody) => void;
  private opened: Recording | null = null;
  /** The step shown last; 0 = before the first. */
  private at = 0;
  private paceMs = usualPaceMs;
  private playing = false;
  private loop: Promise<void> | null = null;
  private endRest = () => {};
  /** Steps and jumps follow each other, since each reads files and tells several events. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(place: ReplayPlace, tell: (event: EventBody) => void) {
    this.place = place;
    this.tell = tell;
  }

  /** Null before a recording is open. */
  get recording(): Recording | null {
    return this.opened;
  }

  /** Reads the recording and stands before its first step. A failure is told as an event, as the trainer tells one. */
  async open({ runId, source, document }: ReplayOptions): Promise<void> {
    await this.close();
    this.at = 0;
    this.tellState('opening');
    try {
      const id = source.kind === 'stored' ? source.runId : runId;
      const recording = await Recording.open(id, await this.place.files(source), document);
      await this.introduce(recording, source.kind === 'stored' ? source.runId : null);
      this.opened = recording;
      this.tellState('ready');
    } catch (error) {
      this.tellError(error);
      this.tellState('failed', asCodedError(error).code);
    }
  }

  /** Plays from here on, or from the beginning where the end is reached. */
  play(): void {
    this.playing = true;
    this.loop ??= this.guarded((recording) => this.run(recording)).finally(() => {
      this.loop = null;
    });
  }

  async pause(): Promise<void> {
    this.playing = false;
    this.endRest();
    await this.loop;
  }

  async step(): Promise<void> {
    await this.pause();
    await this.guarded((recording) =>
      this.inTurn(async () => {
        const next = this.following(recording);
        if (next === undefined) return;
        await this.show(recording, next);
        this.tellState('paused', this.endReason(recording));
      }),
    );
  }

  /** Goes to a step, or to the last one before it that was recorded; 0 is the beginning. */
  async seek(step: number): Promise<number> {
    await this.guarded((recording) => this.inTurn(() => this.jump(recording, step)));
    return this.at;
  }

  /** @param ms from one step to the next. */
  setPace(ms: number): void {
    this.paceMs = Math.max(0, ms);
    this.endRest();
  }

  async close(): Promise<void> {
    await this.pause();
    this.opened = null;
  }

  private async introduce(recording: Recording, storedId: string | null): Promise<void> {
    const { description, steps } = recording;
    const { name, adapterClass, begun, commit } = description;
    const document = await recording.document(steps[0]);
    const config = await recording.config(steps[0]);
    const lastStep = steps[steps.length - 1];
    this.tell({ type: 'recording', recording: { storedId, name, adapterClass, begun, commit, lastStep } });
    const kernels = kernelsOf(await recording.folder.readKernels());
    this.tell({
      type: 'ready',
      adapter: adapterOf(adapterClass),
      parameters: 0,
      memory: [],
      config,
      kernels,
    });
    const past = this.past(recording, config, document);
    this.tell({ type: 'restored', name, document, ...past });
    if (storedId !== null) this.tell({ type: 'kept', where: 'disk' });
  }

  private async run(recording: Recording): Promise<void> {
    if (this.following(recording) === undefined) await this.inTurn(() => this.jump(recording, 0));
    this.tellState('running');
    while (this.playing) {
      await this.inTurn(async () => {
        const next = this.following(recording);
        if (this.playing && next !== undefined) await this.show(recording, next);
      });
      if (this.following(recording) === undefined) break;
      const rest = this.place.rest(this.paceMs);
      this.endRest = rest.end;
      if (this.playing) await rest.done;
    }
    this.playing = false;
    this.tellState('paused', this.endReason(recording));
  }

  private async jump(recording: Recording, step: number): Promise<void> {
    const target = recording.steps.findLast((other) => other <= step) ?? 0;
    this.at = recording.steps.findLast((other) => other < target) ?? 0;
    await this.stand(recording);
    if (target > 0) await this.show(recording, target);
    if (this.playing) this.tellState('running');
    else this.tellState(target === 0 ? 'ready' : 'paused', this.endReason(recording));
  }

  /** Tells all that was known after the present step. */
  private async stand(recording: Recording): Promise<void> {
    const step = Math.max(this.at, recording.steps[0]);
    const config = await recording.config(step);
    const document = await recording.document(step);
    this.tell({ type: 'position', config, ...this.past(recording, config, document) });
  }

  /** Shows a step as it was told when it was trained, with what had changed before it. */
  private async show(recording: Recording, step: number): Promise<void> {
    const row = recording.rows.find((other) => other.step === step);
    if (!row) return;
    const config = await recording.config(step);
    const before = await recording.document(Math.max(this.at, recording.steps[0]));
    const document = await recording.document(step);
    if (document !== before) {
      const past = this.past(recording, config, document);
      this.tell({ type: 'restored', name: recording.description.name, document, ...past });
    }
    // A change is seen once it is made, after this step at the latest, and used from the step whose number it has.
    const isChanged = recording.changes.some((change) => change.step > this.at && change.step <= step + 1);
    this.at = step;
    if (isChanged) await this.stand(recording);
    const view = await recording.view(step).catch((error) => {
      this.tellError(error);
      return null;
    });
    const { groups = [], updates = 0, stage = null, pool = [] } = view ?? {};
    this.tell({ type: 'step', record: { step, metrics: stepMetrics(row), groups, updates, stage, pool } });
    for (const evaluation of evaluationOf(row, config, document.source))
      this.tell({ type: 'evaluation', ...evaluation });
  }

  private past({ rows, changes }: Recording, config: RunConfig, { source }: LongDocument) {
    return pastView({ rows, changes, step: this.at, config, source });
  }

  private following({ steps }: Recording): number | undefined {
    return steps.find((step) => step > this.at);
  }

  private endReason(recording: Recording): string | null {
    return this.following(recording) === undefined ? replayEnded : null;
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.turn.then(work);
    this.turn = next.catch(() => {});
    return next;
  }

  /** Runs `work` on the open recording; what goes wrong is told, and the replay stands where it was. */
  private async guarded(work: (recording: Recording) => Promise<void>): Promise<void> {
    if (!this.opened) return;
    try {
      await work(this.opened);
    } catch (error) {
      this.playing = false;
      this.tellError(error);
      this.tellState('paused');
    }
  }

  private tellState(state: RunState, reason: string | null = null): void {
    this.tell({ type: 'state', state, step: this.at, reason });
  }

  private tellError(error: unknown): void {
    const { code, message, advice } = asCodedError(error);
    this.tell({ type: 'error', code, message, advice });
  }
}

/** Why a replay rests at its last step. */
const replayEnded = 'replay.ended';

/** The kernel variants as `config.json` names them: to be shown, not to be used. */
function kernelsOf(written: WrittenChoice | null): KernelChoice | undefined {
  const named = (choice: Partial<Record<string, unknown>> = {}) =>
    Object.fromEntries(Object.entries(choice).filter(([, name]) => typeof name === 'string'));
  const linear = named(written?.linear);
  if (Object.keys(linear).length === 0) return undefined;
  return { linear, attention: named(written?.attention) } as unknown as KernelChoice;
}

/** What `config.json` says of the adapter. */
function adapterOf(adapterClass: string): AdapterSummary {
  const [kind, ...rest] = adapterClass.split(': ');
  return { vendor: '', architecture: '', description: rest.join(': '), software: kind === 'software' };
}
