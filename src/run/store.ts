/**
 * @file The few file operations a run folder needs, so that Node, a browser's private file system and memory can hold one.
 *
 * Paths are relative, with `/` between names; folders come into being with their first file.
 */
import { CodedError } from '../errors';

/** The folder of a browser's disk that holds its runs, each in a folder of its own. */
export const runsFolder = 'runs';

export interface FileStore {
  /** Replaces a file as a whole: a reader sees the old or the new content, never half. */
  write(path: string, content: Uint8Array | string): Promise<void>;
  /** Adds at the end, making the file where there is none. */
  append(path: string, text: string): Promise<void>;
  /** @throws CodedError `store.missing`. */
  read(path: string): Promise<Uint8Array>;
  /** Names directly inside a folder, sorted; empty where there is no such folder. */
  list(folder: string): Promise<string[]>;
  /** Removes a file, or a folder with all it holds; nothing happens where there is none. */
  remove(path: string): Promise<void>;
  exists(path: string): Promise<boolean>;
}

/** UTF-8 text of a file. @throws CodedError `store.missing`. */
export async function readText(store: Pick<FileStore, 'read'>, path: string): Promise<string> {
  return new TextDecoder().decode(await store.read(path));
}

/** A JSON object. @throws CodedError `store.missing`, or `code` where the file holds something else. */
export async function readJson(
  store: FileStore,
  path: string,
  code: string,
): Promise<Record<string, unknown>> {
  const text = await readText(store, path);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Told below, together with JSON that is no object.
  }
  throw new CodedError(code, `${path} is not a JSON object.`, 'Choose a folder with whole files.');
}

/** Path of a file in a folder; the root of a store is the empty folder name. */
export function inFolder(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

/** Every file of a store with its content. */
export async function allFiles(store: FileStore): Promise<{ path: string; bytes: Uint8Array }[]> {
  const found: { path: string; bytes: Uint8Array }[] = [];
  for (const path of await leafPaths(store)) {
    const bytes = await store.read(path).catch(() => null);
    if (bytes) found.push({ path, bytes });
  }
  return found;
}

/** Paths of all files; an emptied folder is among them. */
export async function leafPaths(store: FileStore, folder = ''): Promise<string[]> {
  const found: string[] = [];
  for (const name of await store.list(folder)) {
    const path = inFolder(folder, name);
    const inside = await leafPaths(store, path);
    found.push(...(inside.length > 0 ? inside : [path]));
  }
  return found;
}

export function missingFile(path: string, cause?: unknown): CodedError {
  return new CodedError(
    'store.missing',
    `There is no file "${path}".`,
    'Check the folder, or choose another step.',
    { cause },
  );
}

/** `path` as names. @throws CodedError `store.path` for a path that is absolute, empty or climbs out of the store. */
export function pathNames(path: string): string[] {
  const names = path.split('/');
  if (
    names.some(
      (name) => name === '' || name === '.' || name === '..' || name.includes('\\') || name.includes('\0'),
    )
  ) {
    throw new CodedError(
      'store.path',
      `"${path}" is not a path inside the run folder.`,
      'Use names with "/" between them.',
    );
  }
  return names;
}
