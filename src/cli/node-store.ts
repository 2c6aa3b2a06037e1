/** @file A FileStore over a folder of the file system. */
import { appendFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CodedError } from '../errors';
import { type FileStore, missingFile, pathNames } from '../run/store';

export class NodeStore implements FileStore {
  readonly root: string;

  /** @param root made with the first file. */
  constructor(root: string) {
    this.root = root;
  }

  async write(path: string, content: Uint8Array | string): Promise<void> {
    const place = this.place(path);
    const aside = `${place}.${process.pid}.tmp`;
    await told(path, async () => {
      await mkdir(dirname(place), { recursive: true });
      await writeFile(aside, content);
      await rename(aside, place);
    });
  }

  async append(path: string, text: string): Promise<void> {
    const place = this.place(path);
    await told(path, async () => {
      await mkdir(dirname(place), { recursive: true });
      await appendFile(place, text);
    });
  }

  async read(path: string): Promise<Uint8Array> {
    const place = this.place(path);
    return told(path, () => readFile(place));
  }

  async list(folder: string): Promise<string[]> {
    try {
      return (await readdir(folder === '' ? this.root : this.place(folder)))
        .filter((name) => !name.endsWith('.tmp'))
        .sort();
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return [];
      throw failed(folder, error);
    }
  }

  async remove(path: string): Promise<void> {
    await rm(this.place(path), { recursive: true, force: true });
  }

  async exists(path: string): Promise<boolean> {
    return stat(this.place(path)).then(
      () => true,
      () => false,
    );
  }

  private place(path: string): string {
    return join(this.root, ...pathNames(path));
  }
}

async function told<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw codeOf(error) === 'ENOENT' ? missingFile(path, error) : failed(path, error);
  }
}

function failed(path: string, cause: unknown): CodedError {
  const code = codeOf(cause);
  if (code === 'ENOSPC')
    return new CodedError(
      'store.full',
      `The disk is full: "${path}" was not written.`,
      'Free some space and resume the run.',
      { cause },
    );
  return new CodedError(
    'store.failed',
    `"${path}" could not be used (${code ?? String(cause)}).`,
    'Check the folder and its permissions.',
    { cause },
  );
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}
