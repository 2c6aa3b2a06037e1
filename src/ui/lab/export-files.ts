/** @file Exports made from the run folder's own files, by the same writers as the command line's. */
import { CodedError } from '../../errors';
import { type Checkpoint, saveCheckpoint } from '../../run/checkpoint';
import { metricsCsv, verlLines } from '../../run/export';
import { RunFolder } from '../../run/folder';
import { MemoryStore } from '../../run/memory-store';
import { saveOnnxPolicy } from '../../run/onnx/save-policy';
import { zipParts } from '../../run/zip';
import { runFiles } from '../state/commands';
import { labStrings } from '../strings-lab';

const words = labStrings.exports;

export type ExportKind = 'csv' | 'jsonl' | 'verl' | 'rollouts' | 'safetensors' | 'onnx';

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
    case 'rollouts': {
      const steps = files
        .flatMap(({ path }) => /^rollouts\/train\/(\d+)\.jsonl$/.exec(path)?.[1] ?? [])
        .map(Number)
        .sort((a, b) => a - b);
      if (steps.length === 0) {
        const { message, advice } = words.noRollouts;
        throw new CodedError('export.no_rollouts', message, advice);
      }
      return lines(
        'rollouts.jsonl',
        steps.flatMap((step) => find(`rollouts/train/${step}.jsonl`)),
      );
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
