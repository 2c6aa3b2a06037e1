/**
 * @file A run folder as a recording: what was trained, step by step, without the weights. Any stored run is one; the
 * shipped one is such a folder, deflated into a zip.
 */
import { CodedError } from '../errors';
import type { LongDocument } from '../tasks/types';
import type { ChangeRow, MetricsRow } from './folder';
import { RunFolder } from './folder';
import { importZip } from './import-run';
import { MemoryStore } from './memory-store';
import { type ReplayStep, readReplayStep } from './replay-reader';
import { replayPath, writeReplayStep } from './replay-step';
import type { RolloutRow } from './rollout-rows';
import { describeRun, type RunDescription } from './run-description';
import type { RunConfig } from './settings';
import { type FileStore, leafPaths } from './store';
import { ZipWriter } from './zip';

/** The shipped recording, or one from anywhere: a few hundred steps of a small run. */
export const recordingLimits = { entries: 5000, entryBytes: 16e6, bytes: 256e6 };

export class Recording {
  readonly description: RunDescription;
  readonly folder: RunFolder;
  /** By step; those of an evaluation before the first step among them. */
  readonly rows: readonly MetricsRow[];
  readonly changes: readonly ChangeRow[];
  /** Steps with metrics, ascending. */
  readonly steps: readonly number[];
  /** The page's own, for a folder that does not hold its text. */
  private readonly own: LongDocument | null;
  private readonly documents: readonly number[];
  private read: { from: number; document: LongDocument } | null = null;

  private constructor(
    description: RunDescription,
    folder: RunFolder,
    rows: readonly MetricsRow[],
    changes: readonly ChangeRow[],
    documents: readonly number[],
    own: LongDocument | null,
  ) {
    this.description = description;
    this.folder = folder;
    this.rows = rows;
    this.changes = changes;
    this.documents = documents;
    this.own = own;
    this.steps = rows.map(({ step }) => step).filter((step) => step > 0);
  }

  /**
   * @param own the text on the page, which the folder may only name.
   * @throws CodedError `replay.empty` where no step is whole, `run.document`, and `config.*`, `store.missing` of the folder.
   */
  static async open(id: string, store: FileStore, own: LongDocument | null): Promise<Recording> {
    const folder = new RunFolder(store);
    const description = await describeRun(id, store);
    // Settings that cannot be read are told in their own words.
    if (description.config === null) await folder.readConfig();
    const rows = (await folder.readMetrics()).filter((row) => row.step >= 0);
    const changes = (await folder.readChanges()).filter(
      ({ step, key, time }) => Number.isInteger(step) && typeof key === 'string' && Number.isFinite(time),
    );
    const documents = (await store.list('documents'))
      .flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
    const recording = new Recording(description, folder, rows, changes, documents, own);
    if (recording.steps.length === 0) throw empty();
    await recording.document(recording.steps[0]);
    return recording;
  }

  /** Settings as they were at a step. */
  config(step: number): Promise<RunConfig> {
    return this.folder.readConfig(step);
  }

  /** The text that a step's questions were asked of; the same object until it changes. @throws CodedError `run.document`. */
  async document(step: number): Promise<LongDocument> {
    const from = this.documents.findLast((first) => first <= step) ?? 0;
    if (this.read?.from === from) return this.read.document;
    const document = (await this.folder.readDocument(step)) ?? (await this.named());
    this.read = { from, document };
    return document;
  }

  /** A step with every token's numbers; null where none were kept. @throws CodedError `replay.step`, `replay.version`. */
  async view(step: number): Promise<ReplayStep | null> {
    const text = await this.folder.readReplay(step);
    return text === null ? null : readReplayStep(text, step, await this.document(step));
  }

  /** Answers of a step: the folder's lines, or those that its view gives. */
  async rollouts(step: number): Promise<RolloutRow[]> {
    const lines = await this.folder.readRollouts(step);
    if (lines.length > 0) return lines;
    const view = await this.view(step);
    return view ? rowsOf(view) : [];
  }

  private async named(): Promise<LongDocument> {
    const { documentId, documentTitle } = this.description;
    if (this.own && (documentId === '' || documentId === this.own.id)) return this.own;
    throw new CodedError(
      'run.document',
      `This run reads "${documentTitle || documentId}", which is not in its folder.`,
      'Open that text first, then the recording again.',
    );
  }
}

/** Log-probs of a packed recording to four places: finer than the page shows, and a fifth smaller. */
const packedUnit = 1e-4;
/** Dropped groups that a packed step keeps: enough to see what was dropped and why. Learned-from ones are all there. */
const packedDropped = 2;

/**
 * A recording as one file: settings, changes, curves, documents and the steps with their tokens, deflated. Weights stay
 * behind, and so do the rollouts' lines, which repeat every prompt: a replay makes them from its steps.
 * @param until the last step to keep.
 */
export async function packRecording(recording: Recording, until = Number.POSITIVE_INFINITY): Promise<Blob> {
  const { rows, changes, steps } = recording;
  const { store } = recording.folder;
  const zip = new ZipWriter();
  const put = (path: string, text: string) => zip.addDeflated(path, new TextEncoder().encode(text));
  const lines = (list: readonly { step: number }[]) =>
    list.flatMap((row) => (row.step <= until ? `${JSON.stringify(row)}\n` : [])).join('');
  for (const path of await leafPaths(store))
    if (/^(config\.json|documents\/\d+\.json)$/.test(path))
      await zip.addDeflated(path, await store.read(path));
  await put('metrics.jsonl', lines(rows));
  if (changes.length > 0) await put('changes.jsonl', lines(changes));
  for (const step of steps) {
    if (step > until) break;
    const view = await recording.view(step);
    if (!view) continue;
    const dropped = view.groups.filter(({ kept }) => !kept).slice(0, packedDropped);
    const groups = view.groups.filter((group) => group.kept || dropped.includes(group));
    await put(replayPath(step), writeReplayStep({ ...view, groups, metrics: {} }, packedUnit));
  }
  return new Blob(zip.finish(), { type: 'application/zip' });
}

/** The files of a packed recording, checked as those of any run from outside. @throws CodedError `import.*`, `config.*`. */
export async function unpackRecording(archive: Blob): Promise<FileStore> {
  const store = new MemoryStore();
  await importZip(archive, store, recordingLimits);
  return store;
}

function rowsOf({ step, groups, stage }: ReplayStep): RolloutRow[] {
  return groups.flatMap((group) =>
    group.answers.map((answer, index) => ({
      // The prompt is not part of a view; its question is.
      input: group.question,
      question: group.question,
      family: group.family,
      output: answer.text,
      tokens: answer.tokens.length,
      truncated: answer.finish === 'length',
      token_ids: [...answer.tokens],
      gts: group.gold[0],
      score: answer.score.total,
      step,
      uid: group.uid,
      index,
      rule: answer.score.rule,
      judge: answer.score.judge.asked ? answer.score.judge.verdict : null,
      overlong_reward: answer.score.overlong,
      advantage: answer.advantage,
      kept: group.kept,
      drop_reason: group.dropReason,
      acc: answer.score.correct,
      pred: answer.score.parsed,
      stage: stage?.number ?? null,
      pool: Boolean(group.retrospective),
      visits: group.retrospective?.visits ?? 0,
      last_reward: group.retrospective?.lastReward ?? null,
    })),
  );
}

function empty(): CodedError {
  return new CodedError(
    'replay.empty',
    'This run has no whole step, so there is nothing to play.',
    'Choose a run that has trained.',
  );
}
