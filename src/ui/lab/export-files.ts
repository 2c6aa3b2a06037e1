/** @file Exports made from the run folder's own files, by the same writers as the command line's. */
import { CodedError } from '../../errors';
import { type Checkpoint, saveCheckpoint } from '../../run/checkpoint';
import { metricsCsv, trlLines, verlLines, wandbScript } from '../../run/export';
import { RunFolder } from '../../run/folder';
import { QuestionRows } from '../../run/launch/question-rows';
import { MemoryStore } from '../../run/memory-store';
import { saveOnnxPolicy } from '../../run/onnx/save-policy';
import { completionsName, completionsParquet, questionsParquet } from '../../run/parquet-files';
import { type ZipEntry, zipParts } from '../../run/zip';
import { runFiles } from '../state/commands';
import { labStrings } from '../strings-lab';

const words = labStrings.exports;

export type ExportKind =
  | 'csv'
  | 'jsonl'
  | 'verl'
  | 'trl'
  | 'wandb'
  | 'rollouts'
  | 'completions'
  | 'questions'
  | 'safetensors'
  | 'onnx';

export interface ExportFile {
  name: string;
  type: string;
  parts: BlobPart[];
}

/** @param stem what the file's name begins with. @throws CodedError `export.no_checkpoint`, `export.no_rollouts`, and those of the writers. */
export async function exportFile(kind: ExportKind, stem: string): Promise<ExportFile> {
  return writeExport(kind, stem, await runFiles());
}

export async function writeExport(
  kind: ExportKind,
  stem: string,
  files: readonly { path: string; bytes: Uint8Array }[],
): Promise<ExportFile> {
  const lines = (part: string, text: BlobPart[]): ExportFile => ({
    name: `${stem}-${part}`,
    type: 'application/x-ndjson',
    parts: text,
  });
  const find = (path: string) =>
    files.filter((file) => file.path === path).map(({ bytes }) => new Uint8Array(bytes));
  switch (kind) {
    case 'csv': {
      const rows = await (await folderOf(files)).readMetrics();
      return { name: `${stem}-metrics.csv`, type: 'text/csv', parts: [metricsCsv(rows)] };
    }
    case 'jsonl':
      return lines('metrics.jsonl', find('metrics.jsonl'));
    case 'verl':
      return lines('verl.jsonl', [verlLines(await (await folderOf(files)).readMetrics())]);
    case 'trl':
      return lines('trl.jsonl', [trlLines(await (await folderOf(files)).readMetrics())]);
    case 'wandb':
      return { name: `${stem}-wandb_replay.py`, type: 'text/x-python', parts: [wandbScript] };
    case 'rollouts':
      return lines(
        'rollouts.jsonl',
        answeredSteps(files).flatMap((step) => find(`rollouts/train/${step}.jsonl`)),
      );
    case 'completions':
    case 'questions': {
      const folder = await folderOf(files);
      const steps = answeredSteps(files);
      const entries = await (kind === 'questions'
        ? questionFiles(folder, steps)
        : completionFiles(folder, steps));
      return { name: `${stem}-${kind}.zip`, type: 'application/zip', parts: zipParts(entries) };
    }
    case 'safetensors':
    case 'onnx': {
      const checkpoint = await (await folderOf(files)).newestCheckpoint();
      if (!checkpoint) {
        const { message, advice } = words.noCheckpoint;
        throw new CodedError('export.no_checkpoint', message, advice);
      }
      const name = `${stem}-step-${checkpoint.trainerState.global_step}-${kind}`;
      return {
        name: `${name}.zip`,
        type: 'application/zip',
        parts: zipParts(await weights(kind, checkpoint)),
      };
    }
    default:
      return kind satisfies never;
  }
}

/** @throws CodedError `export.no_rollouts`. */
function answeredSteps(files: readonly { path: string }[]): number[] {
  const steps = files
    .flatMap(({ path }) => /^rollouts\/train\/(\d+)\.jsonl$/.exec(path)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
  if (steps.length === 0) throw noAnswers();
  return steps;
}

function noAnswers(): CodedError {
  const { message, advice } = words.noRollouts;
  return new CodedError('export.no_rollouts', message, advice);
}

async function completionFiles(folder: RunFolder, steps: readonly number[]): Promise<ZipEntry[]> {
  const entries: ZipEntry[] = [];
  for (const step of steps)
    entries.push({
      path: completionsName(step),
      bytes: await completionsParquet(await folder.readRollouts(step)),
    });
  return entries;
}

async function questionFiles(folder: RunFolder, steps: readonly number[]): Promise<ZipEntry[]> {
  const questions = new QuestionRows();
  for (const step of steps) questions.add(await folder.readRollouts(step));
  const stages = [...questions.all()];
  if (stages.length === 0) throw noAnswers();
  return Promise.all(
    stages.map(async ([stem, rows]) => ({
      path: `${stem}.parquet`,
      bytes: await questionsParquet(rows),
    })),
  );
}

async function weights(kind: 'safetensors' | 'onnx', checkpoint: Checkpoint) {
  const store = new MemoryStore();
  if (kind === 'onnx') await saveOnnxPolicy(store, '', checkpoint);
  // Moments are only of use to resume, which is done in the run folder.
  else await saveCheckpoint(store, '', { ...checkpoint, optimizer: null }, 'F32');
  return store.all();
}

async function folderOf(files: readonly { path: string; bytes: Uint8Array }[]): Promise<RunFolder> {
  const store = new MemoryStore();
  for (const { path, bytes } of files) await store.write(path, bytes);
  return new RunFolder(store);
}
