/**
 * @file A run folder from outside, as a zip or as files, into a store. Everything in it is data of unknown origin: only files
 * that a run folder has are taken, under their bounds, and the settings must pass the schema before the first byte is written.
 */
import { asCodedError, CodedError } from '../errors';
import { RunFolder, schemaVersion } from './folder';
import type { FileStore } from './store';
import { loadTokenizer } from './tokenizer-files';
import { type PackedFile, readZip, type ZipLimits } from './zip-reader';

export const importLimits = { entries: 50_000, entryBytes: 600e6, bytes: 3e9 };

/** The files of a run folder; all others are left out and counted. */
const known = [
  /^(config|summary|behaviours)\.json$/,
  /^(changes|metrics)\.jsonl$/,
  /^notes\.md$/,
  /^rollouts\/(train|eval)\/\d{1,9}\.jsonl$/,
  /^evaluations\/[0-9a-f]{8}\/step_\d{1,9}\.jsonl?$/,
  /^documents\/\d{1,9}\.json$/,
  /^(replay|failed)\/\d{1,9}\.json$/,
  /^token_exports\/step_\d{1,9}\/rank_\d{1,3}\.jsonl$/,
  /^checkpoints\/step_\d{1,9}\/(STABLE|(model|optimizer|reference)\.safetensors|(config|tokenizer|tokenizer_config|generation_config|special_tokens_map|vocab|trainer_state)\.json|merges\.txt)$/,
];

export interface ImportResult {
  files: number;
  /** Files that belong to no run folder. */
  leftOut: number;
}

/** @throws CodedError `import.*`, and what settings and files are refused for; the store is empty then. */
export async function importZip(
  archive: Blob,
  store: FileStore,
  limits: ZipLimits = importLimits,
): Promise<ImportResult> {
  return importFiles(await readZip(archive, limits), store);
}

/**
 * Takes a run folder's files, wherever in the given tree it lies.
 * @throws CodedError `import.run` where there is none or more than one, `import.size`, `import.path`, `import.schema`,
 * `config.*`, `checkpoint.*`; the store is empty then.
 */
export async function importFiles(given: readonly PackedFile[], store: FileStore): Promise<ImportResult> {
  checkSizes(given);
  const root = findRoot(given.map(({ path }) => path));
  const files = new Map<string, PackedFile>();
  for (const file of given) {
    if (!file.path.startsWith(root)) continue;
    const path = file.path.slice(root.length);
    if (!known.some((pattern) => pattern.test(path))) continue;
    if (files.has(path)) throw importError('import.path', `"${path}" is there twice.`);
    files.set(path, file);
  }
  try {
    await take(files, store);
  } catch (error) {
    for (const name of await store.list('')) await store.remove(name).catch(() => {});
    throw error;
  }
  return { files: files.size, leftOut: given.length - files.size };
}

async function take(files: ReadonlyMap<string, PackedFile>, store: FileStore): Promise<void> {
  const folder = new RunFolder(store);
  const settings = files.get('config.json');
  if (!settings) throw importError('import.run', 'There is no config.json.');
  await store.write('config.json', await settings.read());
  checkSchema(await store.read('config.json'));
  await folder.readConfig();
  // Markers last, as when they were made: an import that breaks off leaves no checkpoint that looks whole.
  const order = [...files].sort(([a], [b]) => Number(isMarker(a)) - Number(isMarker(b)));
  for (const [path, file] of order) if (path !== 'config.json') await store.write(path, await file.read());
  await folder.readConfig();
  await checkCheckpoint(folder);
}

/** The newest checkpoint must be one; the others are checked when they are asked for. */
async function checkCheckpoint(folder: RunFolder): Promise<void> {
  const step = await folder.lastStableStep();
  if (step !== null) loadTokenizer(await folder.loadCheckpoint(step));
}

function checkSchema(bytes: Uint8Array): void {
  let record: unknown;
  try {
    record = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw importError('import.run', 'Its config.json is not JSON.', asCodedError(cause));
  }
  const version: unknown =
    typeof record === 'object' && record !== null ? Reflect.get(record, 'schema_version') : null;
  if (version !== schemaVersion)
    throw importError(
      'import.schema',
      `Its schema_version is ${JSON.stringify(version) ?? 'missing'}; this Longview reads ${schemaVersion}.`,
    );
}

function checkSizes(given: readonly PackedFile[]): void {
  const sum = given.reduce((total, { size }) => total + size, 0);
  const largest = given.reduce((most, { size }) => Math.max(most, size), 0);
  if (given.length > importLimits.entries || sum > importLimits.bytes || largest > importLimits.entryBytes)
    throw importError(
      'import.size',
      `${given.length} files of ${sum} bytes are more than ${importLimits.entries} files, ${importLimits.bytes} bytes in all or ${importLimits.entryBytes} in one.`,
    );
}

/** The folder that holds config.json beside metrics.jsonl, with its slash; `''` where that is the top. */
function findRoot(paths: readonly string[]): string {
  const roots = paths
    .filter((path) => /(^|\/)metrics\.jsonl$/.test(path))
    .map((path) => path.slice(0, -'metrics.jsonl'.length))
    .filter((root) => paths.includes(`${root}config.json`));
  if (roots.length === 1) return roots[0];
  throw importError(
    'import.run',
    roots.length === 0
      ? 'There is no run folder in it: no config.json with a metrics.jsonl beside it.'
      : `There are ${roots.length} run folders in it.`,
  );
}

function isMarker(path: string): boolean {
  return path.endsWith('/STABLE');
}

function importError(code: string, message: string, cause?: unknown): CodedError {
  return new CodedError(code, message, 'Choose one run folder, or the zip of one, as Longview makes them.', {
    cause,
  });
}
