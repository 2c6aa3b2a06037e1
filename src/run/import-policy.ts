/**
 * @file A policy from outside, as a Hugging Face folder in a zip or as files, made into a run folder that stands before its
 * first step: a run that can be started, forked and named like any other. Weights, settings and tokenizer are checked as those
 * of a checkpoint before anything else sees them.
 */
import { CodedError } from '../errors';
import type { LongDocument } from '../tasks/types';
import { loadCheckpoint, stableFile } from './checkpoint';
import { makeConfig } from './config';
import { RunFolder } from './folder';
import { type ImportResult, importFiles, importLimits } from './import-run';
import type { RunConfig } from './settings';
import type { FileStore } from './store';
import { loadTokenizer } from './tokenizer-files';
import { type PackedFile, readZip } from './zip-reader';

/** The `policy` setting of a run whose policy was brought in begins so; the id of the run that holds it follows. */
export const storedPolicy = 'stored:';

/** What a run with a policy from outside begins with besides. */
export interface PolicyStart {
  /** Id of the run it becomes. */
  id: string;
  config: RunConfig;
  document: LongDocument;
  /** Of the Longview that takes it in. */
  appVersion: string;
  commit: string;
}

/** What was given: a run folder or a policy. */
export type Imported = ImportResult & { kind: 'run' | 'policy' };

const folder = 'checkpoints/step_0';

/** The files of a Hugging Face folder that a policy is made of. */
const known =
  /^(config|tokenizer|tokenizer_config|generation_config|special_tokens_map|vocab)\.json$|^merges\.txt$/;

/**
 * Takes in a run folder or a policy, whichever the files are; the one file may be a zip.
 * @throws CodedError `import.*`, `checkpoint.*`, `config.*`, `store.*`; the store is empty then, or to be removed.
 */
export async function importGiven(
  given: readonly (PackedFile & { file: Blob })[],
  store: FileStore,
  start: PolicyStart,
): Promise<Imported> {
  const [only] = given;
  const files =
    given.length === 1 && /\.zip$/i.test(only.path) ? await readZip(only.file, importLimits) : given;
  const isRun = files.some(({ path }) => /(^|\/)metrics\.jsonl$/.test(path));
  const isPolicy = !isRun && files.some(({ path }) => path.endsWith('.safetensors'));
  // Files that are neither are refused in the words of a run folder.
  return isPolicy
    ? { kind: 'policy', ...(await importPolicy(files, store, start)) }
    : { kind: 'run', ...(await importFiles(files, store)) };
}

/** @throws CodedError `import.policy` where the files are not one policy, `import.size`, `checkpoint.*`. */
export async function importPolicy(
  given: readonly PackedFile[],
  store: FileStore,
  { id, config, document, appVersion, commit }: PolicyStart,
): Promise<ImportResult> {
  const files = policyFiles(given);
  for (const [name, file] of files) await store.write(`${folder}/${name}`, await file.read());
  loadTokenizer(await loadCheckpoint(store, folder));
  const run = new RunFolder(store);
  const origin = { appVersion, commit, adapterClass: '', documentId: document.id };
  await run.begin(makeConfig(config.preset, { ...config, policy: `${storedPolicy}${id}` }), {
    ...origin,
    documentTitle: document.title,
  });
  await run.recordDocument(1, document);
  await store.write('metrics.jsonl', '');
  // Last: from now on the checkpoint is whole.
  await store.write(`${folder}/${stableFile}`, '0\n');
  return { files: files.size, leftOut: given.length - files.size };
}

/** The files by the names they have in a checkpoint. */
function policyFiles(given: readonly PackedFile[]): Map<string, PackedFile> {
  const weights = given.filter(({ path }) => path.endsWith('.safetensors') && !isMoments(path));
  if (weights.length !== 1)
    throw refused(
      weights.length === 0
        ? 'There is no .safetensors file in it.'
        : `There are ${weights.length} .safetensors files in it; weights in one file are read.`,
    );
  const root = weights[0].path.replace(/[^/]+$/, '');
  const files = new Map([['model.safetensors', weights[0]]]);
  for (const file of given) {
    const name = file.path.startsWith(root) ? file.path.slice(root.length) : '';
    if (known.test(name)) files.set(name, file);
  }
  const missing = ['config.json', 'tokenizer.json', 'tokenizer_config.json'].filter(
    (name) => !files.has(name),
  );
  if (missing.length > 0) throw refused(`Beside the weights there is no ${missing.join(', no ')}.`);
  const sum = [...files.values()].reduce((total, { size }) => total + size, 0);
  if (sum > importLimits.bytes || [...files.values()].some(({ size }) => size > importLimits.entryBytes))
    throw new CodedError(
      'import.size',
      `The policy has ${sum} bytes; ${importLimits.entryBytes} in one file are read at most.`,
      'Choose a smaller policy.',
    );
  return files;
}

/** Of the optimiser, or the reference weights, in a folder that Longview wrote. */
function isMoments(path: string): boolean {
  return /(^|\/)(optimizer|reference)\.safetensors$/.test(path);
}

function refused(message: string): CodedError {
  return new CodedError(
    'import.policy',
    message,
    'Drop a Hugging Face folder, its zip, or its files together: model.safetensors, config.json, tokenizer.json and tokenizer_config.json.',
  );
}
