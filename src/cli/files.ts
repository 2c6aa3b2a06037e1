/** @file What commands read from the file system besides a run folder. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { CodedError } from '../errors';
import { type BehaviourPatterns, defaultBehaviourPatterns } from '../evaluation/behaviour-patterns';
import type { AdapterSummary } from '../gpu';
import { readBehaviourText } from '../run/behaviour-file';
import { settingsFromJson } from '../run/config-text';
import { openDocument } from '../run/dataset/open';
import { adapterClass, type RunOrigin } from '../run/folder';
import { type WrittenChoice, writtenChoice } from '../run/kernel-choice';
import { randomPolicy } from '../run/random-start';
import type { RunConfig } from '../run/settings';
import { type ColumnMapping, parseMapping } from '../tasks/dataset/columns';
import { openingDocument } from '../tasks/documents';
import type { LongDocument } from '../tasks/types';
import { type OptionSpec, usage } from './args';
import { datasetLines } from './dataset-words';
import { NodeStore } from './node-store';

/** Which columns of a data set are meant. */
export const mapOption = {
  kind: 'text',
  value: 'context=A,question=B,answer=C[,choices=D]',
  help: 'columns of the file of --document, where they have other names',
} as const satisfies OptionSpec;

/** Folder of the repository; the entry script sets it, as bundling moves this file. */
export function repositoryRoot(): string {
  return process.env.LONGVIEW_ROOT ?? process.cwd();
}

/**
 * A text file, or a data set by its ending, of which it says what was left out; without a path the generated document that the page opens with.
 * @param map which columns of a data set are meant, as `--map` says it or as a run keeps it.
 * @throws CodedError `document.missing`, `document.large`, `document.*` of what it holds, `import.shape`, `import.map`.
 */
export async function readDocument(path?: string, map?: string | ColumnMapping): Promise<LongDocument> {
  if (path === undefined) {
    if (typeof map === 'string') throw usage('--map is about the file of --document.');
    return openingDocument();
  }
  const mapping = typeof map === 'string' ? parseMapping(map) : (map ?? null);
  const document = await openDocument(basename(path), await readInput(path, 'document.missing'), mapping);
  for (const line of datasetLines(document)) console.error(line);
  return document;
}

/** Settings of a JSON file. @throws CodedError `config.missing`, `config.*`. */
export async function readSettings(path: string): Promise<Partial<RunConfig>> {
  return settingsFromJson(new TextDecoder().decode(await readInput(path, 'config.missing')));
}

/** A list of behaviour phrases; without a path the default. @throws CodedError `behaviours.*`. */
export async function readBehaviourList(path?: string): Promise<BehaviourPatterns> {
  if (path === undefined) return defaultBehaviourPatterns;
  return readBehaviourText(new TextDecoder().decode(await readInput(path, 'behaviours.missing')));
}

/** The kernel variants that a run folder's config.json names; null for any other settings file. @throws CodedError `config.missing`. */
export async function readKernels(path: string): Promise<WrittenChoice | null> {
  return writtenChoice(new TextDecoder().decode(await readInput(path, 'config.missing')));
}

/** Where the outcome of kernel races is kept between runs. */
export function kernelCache(): NodeStore {
  return new NodeStore(join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'longview'));
}

/**
 * The checkpoint folder a policy id names: `default` is the shipped one, whose shape and tokenizer `random` takes too;
 * anything else is a path.
 * @throws CodedError `checkpoint.missing`.
 */
export async function policyStore(id: string): Promise<NodeStore> {
  const isShipped = id === 'default' || id === randomPolicy;
  const folder = isShipped ? join(repositoryRoot(), 'public/policy') : resolve(id);
  const store = new NodeStore(folder);
  if (await store.exists('config.json')) return store;
  const advice = isShipped
    ? 'Run `npm run warmup` to make it.'
    : 'Give a Hugging Face folder with config.json and model.safetensors.';
  throw new CodedError('checkpoint.missing', `There is no checkpoint in ${folder}.`, advice);
}

/** What a run folder says of its making. */
export function runOrigin(adapter: AdapterSummary, document: LongDocument): RunOrigin {
  return {
    appVersion: appVersion(),
    commit: commit(),
    adapterClass: adapterClass(adapter),
    documentId: document.id,
    documentTitle: document.title,
  };
}

function appVersion(): string {
  try {
    const { version } = JSON.parse(readFileSync(join(repositoryRoot(), 'package.json'), 'utf8')) as {
      version?: unknown;
    };
    return typeof version === 'string' ? version : 'unknown';
  } catch {
    return 'unknown';
  }
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], {
      cwd: repositoryRoot(),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    // A downloaded archive has no history.
    return 'unknown';
  }
}

async function readInput(path: string, missing: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new CodedError(missing, `"${path}" cannot be read.`, 'Check the path; it must be a file.', {
      cause,
    });
  }
}
