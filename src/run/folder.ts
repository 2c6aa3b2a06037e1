/**
 * @file The run folder: what a run leaves behind, the same in Node and in the browser.
 *
 *   config.json                  all settings, and where, by what and on which document the run was made; its name and origin
 *   changes.jsonl                one line a live change of a setting
 *   metrics.jsonl                flat, one line a step, written last: a step with a line is complete
 *   rollouts/train/{step}.jsonl  one line an answer
 *   replay/{step}.json           the step as the page showed it, every token's numbers included (replay-step.ts)
 *   failed/{step}.json           what a step was learning from when a value without a number ended it (failed-step.ts)
 *   documents/{step}.json        the document that questions come from, from that step on
 *   checkpoints/step_{n}/        see checkpoint.ts; with a STABLE file once it is whole
 *   summary.json                 how the run ended
 *   notes.md                     what a person wrote about it (notes.ts)
 */
import { asCodedError, CodedError } from '../errors';
import type { AdapterSummary } from '../gpu';
import type { StepRecord } from '../rl/types';
import type { LongDocument } from '../tasks/types';
import { type Checkpoint, loadCheckpoint, saveCheckpoint, stableFile } from './checkpoint';
import { makeConfig, sameValue } from './config';
import { settingsFromJson } from './config-text';
import { storedDataset } from './dataset/stored';
import { JsonLinesWriter, lastOfEach, readJsonLines } from './jsonl';
import { type KernelChoice, type WrittenChoice, writtenChoice } from './kernel-choice';
import type { Metrics } from './metrics';
import { openingPreset } from './presets';
import { replayPath, writeReplayStep } from './replay-step';
import { asRolloutRow, type RolloutRow, rolloutRows } from './rollout-rows';
import type { RunConfig, SettingKey, SettingValue } from './settings';
import type { StepView } from './step-view';
import { type FileStore, readJson, readText } from './store';

export const schemaVersion = 1;

/** Where, by what and on which document a run was made. */
export interface RunOrigin {
  appVersion: string;
  commit: string;
  /** `hardware` or `software`, with the adapter's name. */
  adapterClass: string;
  documentId: string;
  documentTitle: string;
  /** Variants of the kernels; none written where they were not chosen. */
  kernels?: KernelChoice;
  /** What a person calls the run. */
  name?: string;
  forkedFrom?: ForkOrigin;
  /** Id of the run whose settings this one repeats with another seed. */
  seedOf?: string;
}

/** The adapter as `config.json` names it: `software: google swiftshader`. */
export function adapterClass({ software, vendor, architecture, description }: AdapterSummary): string {
  const name = [vendor, architecture, description].filter((part) => part !== '').join(' ');
  return `${software ? 'software' : 'hardware'}${name ? `: ${name}` : ''}`;
}

/** The run and step that a fork or a twin began as a copy of. */
export interface ForkOrigin {
  run: string;
  name: string;
  step: number;
}

/** One line of metrics.jsonl; `time` is in seconds since 1970. */
export type MetricsRow = Metrics & { step: number; time: number };

/**
 * One line of changes.jsonl: from `step` on, `key` has the value `to`. `past` marks a line of the time before config.json was
 * written, in which its value is already: a fork's shared past, and what differed when it began.
 */
export type ChangeRow = {
  step: number;
  key: SettingKey;
  from: SettingValue;
  to: SettingValue;
  time: number;
  past?: true;
};

export interface RunSummary {
  steps: number;
  /** `finished`, `stopped`, or the code of the error that ended the run. */
  ended: string;
  metrics: Metrics;
  /** Seconds of training. */
  seconds: number;
}

export interface KeepRule {
  /** This many newest checkpoints stay. */
  newest: number;
  /** Every so many steps one stays for good; 0 = none. */
  every: number;
}

export class RunFolder {
  readonly store: FileStore;
  private readonly lines: JsonLinesWriter;
  private readonly now: () => number;

  /** @param now seconds since 1970; exchanged in tests. */
  constructor(store: FileStore, now: () => number = () => Date.now() / 1000) {
    this.store = store;
    this.lines = new JsonLinesWriter(store);
    this.now = now;
  }

  /** Writes config.json. */
  async begin(config: RunConfig, origin: RunOrigin): Promise<void> {
    const record = {
      schema_version: schemaVersion,
      app_version: origin.appVersion,
      commit: origin.commit,
      adapter_class: origin.adapterClass,
      kernels: origin.kernels,
      document_id: origin.documentId,
      document_title: origin.documentTitle,
      name: origin.name,
      forked_from: origin.forkedFrom,
      seed_of: origin.seedOf,
      time: this.now(),
      ...config,
    };
    await this.store.write('config.json', `${JSON.stringify(record, null, 2)}\n`);
  }

  /**
   * The configuration the run has now: config.json with all live changes up to `step` on top. In a fork's shared past it is
   * config.json with what came later taken back.
   * @throws CodedError `store.missing`, `config.*`.
   */
  async readConfig(step = Number.POSITIVE_INFINITY): Promise<RunConfig> {
    const begun = settingsFromJson(await readText(this.store, 'config.json'));
    const values: Record<string, unknown> = { ...begun };
    const changes = await this.readChanges();
    for (const { key, from, step: at, past } of changes.toReversed())
      if (past === true && at > step) values[key] = from;
    for (const { key, to, step: at, past } of changes) if (past !== true && at <= step) values[key] = to;
    return makeConfig(begun.preset ?? openingPreset, values);
  }

  /** Id and title of the document the run began with; null where its config.json does not say. */
  async readDocumentName(): Promise<{ id: string; title: string } | null> {
    const { document_id: id, document_title: title } = JSON.parse(await readText(this.store, 'config.json'));
    return typeof id === 'string' && typeof title === 'string' ? { id, title } : null;
  }

  /**
   * Takes the steps of another run up to `step` as this one's past: metrics, answers, documents, changes, and the tokens of
   * its last steps.
   * @param config the settings with which this run goes on; what differs is noted as a change at its first own step.
   */
  async copyPast(from: RunFolder, step: number, config: RunConfig): Promise<void> {
    const rows = (await from.readMetrics()).filter((row) => row.step <= step);
    const before = (await from.readChanges()).filter((change) => change.step <= step);
    const differs = changesBetween(await from.readConfig(step), config, step + 1, this.now());
    const changes = [...before, ...differs].map((change) => ({ ...change, past: true }));
    for (const [folder, first] of pastFolders(step))
      for (const name of await from.store.list(folder)) {
        const at = Number(/^(\d+)\.jsonl?$/.exec(name)?.[1] ?? Number.NaN);
        if (at >= first && at <= step)
          await this.store.write(`${folder}/${name}`, await from.store.read(`${folder}/${name}`));
      }
    if (changes.length > 0) await this.store.write('changes.jsonl', linesOf(changes));
    // Last: a step with a line here is complete.
    await this.store.write('metrics.jsonl', linesOf(rows));
  }

  /** Changes the name in config.json. @throws CodedError `store.missing`, `config.json`. */
  async rename(name: string): Promise<void> {
    const record = await readJson(this.store, 'config.json', 'config.json');
    await this.store.write('config.json', `${JSON.stringify({ ...record, name }, null, 2)}\n`);
  }

  /** Keeps the document that questions come from, from `step` on. */
  async recordDocument(step: number, { id, title, text, source, dataset }: LongDocument): Promise<void> {
    const record = { id, title, source, text, dataset };
    await this.store.write(`documents/${step}.json`, `${JSON.stringify(record)}\n`);
  }

  /** The document whose questions come at `step`; null where the folder does not hold it whole. */
  async readDocument(step: number): Promise<LongDocument | null> {
    const steps = (await this.store.list('documents'))
      .map((name) => Number(/^(\d+)\.json$/.exec(name)?.[1] ?? Number.NaN))
      .filter((from) => from <= step);
    if (steps.length === 0) return null;
    const found = await readJson(this.store, `documents/${Math.max(...steps)}.json`, 'document.format').catch(
      () => null,
    );
    return found && asDocument(found);
  }

  /** The step as the page showed it, as text (replay-reader.ts reads it); null where none was kept. */
  async readReplay(step: number): Promise<string | null> {
    const path = replayPath(step);
    return (await this.store.exists(path)) ? readText(this.store, path) : null;
  }

  /** The kernel variants the run began with; null where its config.json does not say. */
  async readKernels(): Promise<WrittenChoice | null> {
    return writtenChoice(await readText(this.store, 'config.json'));
  }

  /** Notes every setting that differs between two configurations. Returns the rows written. */
  async recordChanges(step: number, from: RunConfig, to: RunConfig): Promise<ChangeRow[]> {
    const rows = changesBetween(from, to, step, this.now());
    for (const row of rows) await this.lines.append('changes.jsonl', row);
    return rows;
  }

  async readChanges(): Promise<ChangeRow[]> {
    // Written by recordChanges only; readConfig checks the values again.
    return (await readJsonLines(this.store, 'changes.jsonl')) as ChangeRow[];
  }

  /**
   * Writes a finished step: its answers first, its metrics last. Returns the metrics row as written.
   * @param view the step as the page shows it, kept for a replay; null keeps none.
   */
  async recordStep(
    record: Pick<StepRecord, 'step' | 'stage' | 'metrics' | 'groups'>,
    view: StepView | null = null,
  ): Promise<MetricsRow> {
    const rows = rolloutRows(record.step, record.groups, record.stage);
    // Replaced as a whole, so that a step run again after a resume leaves no answers of its first run.
    await this.store.write(rolloutPath(record.step), linesOf(rows));
    if (view) await this.store.write(replayPath(record.step), writeReplayStep(view));
    const finite = Object.entries(record.metrics).filter(([, value]) => Number.isFinite(value));
    const row: MetricsRow = { step: record.step, time: this.now(), ...Object.fromEntries(finite) };
    const dropped = Object.keys(record.metrics).length - finite.length;
    if (dropped > 0) row['run/nonfinite_dropped'] = dropped;
    await this.lines.append('metrics.jsonl', row);
    return row;
  }

  /** Adds values to a finished step, such as those of an evaluation; they join its row on reading. */
  async recordMetrics(step: number, metrics: Metrics): Promise<void> {
    const finite = Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)));
    const known = (await this.readMetrics()).find((row) => row.step === step);
    await this.lines.append('metrics.jsonl', { step, time: this.now(), ...known, ...finite });
  }

  /** One row a step, by step. */
  async readMetrics(): Promise<MetricsRow[]> {
    const rows = (await readJsonLines(this.store, 'metrics.jsonl')).filter((row) =>
      Number.isInteger(row.step),
    );
    const flat = rows.map(
      (row) =>
        Object.fromEntries(
          Object.entries(row).filter(([, value]) => typeof value === 'number'),
        ) as MetricsRow,
    );
    return lastOfEach(flat, (row) => String(row.step)).sort((a, b) => a.step - b.step);
  }

  /** The answers of a step; none where it has no file. */
  async readRollouts(step: number): Promise<RolloutRow[]> {
    const rows = (await readJsonLines(this.store, rolloutPath(step)))
      .map(asRolloutRow)
      .filter((row) => row !== null);
    return lastOfEach(rows, (row) => `${row.step} ${row.uid} ${row.index}`);
  }

  /** Saves a checkpoint, marks it whole, and removes the ones `keep` lets go. */
  async saveCheckpoint(checkpoint: Checkpoint, keep: KeepRule = { newest: 2, every: 20 }): Promise<void> {
    const step = checkpoint.trainerState.global_step;
    await saveCheckpoint(this.store, checkpointPath(step), checkpoint);
    const steps = await this.stableSteps();
    const old = steps.slice(0, Math.max(0, steps.length - keep.newest));
    for (const step of old) {
      if (keep.every === 0 || step % keep.every !== 0) await this.store.remove(checkpointPath(step));
    }
  }

  /** @throws CodedError `checkpoint.*`, `store.missing`. */
  async loadCheckpoint(step: number): Promise<Checkpoint> {
    if (!(await this.store.exists(`${checkpointPath(step)}/${stableFile}`))) {
      throw new CodedError(
        'checkpoint.unfinished',
        `Step ${step} has no finished checkpoint.`,
        `Finished: ${(await this.stableSteps()).join(', ') || 'none'}.`,
      );
    }
    return loadCheckpoint(this.store, checkpointPath(step));
  }

  /** Step of the newest whole checkpoint, null where there is none. */
  async lastStableStep(): Promise<number | null> {
    return (await this.stableSteps()).at(-1) ?? null;
  }

  /** The newest checkpoint that can be read, up to `step`; null where there is none. A damaged one gives way to the one before. */
  async newestCheckpoint(step = Number.POSITIVE_INFINITY): Promise<Checkpoint | null> {
    for (const stable of (await this.stableSteps()).reverse()) {
      if (stable > step) continue;
      try {
        return await this.loadCheckpoint(stable);
      } catch (error) {
        if (!/^checkpoint\.|^store\.missing$/.test(asCodedError(error).code)) throw error;
      }
    }
    return null;
  }

  async writeSummary(summary: RunSummary): Promise<void> {
    await this.store.write('summary.json', `${JSON.stringify(summary, null, 2)}\n`);
  }

  /** Steps with a whole checkpoint, ascending. */
  async stableSteps(): Promise<number[]> {
    const steps: number[] = [];
    for (const name of await this.store.list('checkpoints')) {
      const match = /^step_(\d+)$/.exec(name);
      if (match && (await this.store.exists(`checkpoints/${name}/${stableFile}`)))
        steps.push(Number(match[1]));
    }
    return steps.sort((a, b) => a - b);
  }
}

/** Steps of a past whose tokens a fork takes along: each is some hundred kilobytes. */
const pastTokenSteps = 40;

/** Folders with a file a step that are part of a past, and the first step of each that is taken. */
function pastFolders(step: number): [folder: string, first: number][] {
  return [
    ['rollouts/train', 1],
    ['documents', 1],
    ['replay', step - pastTokenSteps + 1],
  ];
}

function changesBetween(from: RunConfig, to: RunConfig, step: number, time: number): ChangeRow[] {
  const keys = (Object.keys(to) as SettingKey[]).filter((key) => !sameValue(from[key], to[key]));
  return keys.map((key) => ({ step, key, from: from[key], to: to[key], time }));
}

function linesOf(rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

const sources: readonly unknown[] = ['generated', 'imported'] satisfies LongDocument['source'][];

/** A document read back, with its questions where it is a data set; null where it is not one. */
function asDocument({
  id,
  title,
  text,
  source,
  dataset: asked,
}: Record<string, unknown>): LongDocument | null {
  const isWhole = [id, title, text].every((part) => typeof part === 'string') && sources.includes(source);
  if (!isWhole) return null;
  const document = { id, title, text, source } as LongDocument;
  if (asked === undefined) return document;
  const dataset = storedDataset(asked, document.text.length);
  return dataset && { ...document, dataset };
}

function rolloutPath(step: number): string {
  return `rollouts/train/${step}.jsonl`;
}

function checkpointPath(step: number): string {
  return `checkpoints/step_${step}`;
}
