/**
 * @file A FileStore over a folder of the browser's origin-private file system. The folder's handle comes from outside, so
 * that nothing here asks for a browser: a worker gives the real one, a test a fake.
 *
 * Files are replaced by writing aside and moving, lines are added and flushed; a tab killed in between leaves the old file
 * or half a last line, which readers of JSON lines skip.
 */
import { CodedError } from '../errors';
import { type FileStore, missingFile, pathNames } from './store';

/** What a store uses of FileSystemDirectoryHandle. */
export interface DirectoryHandle {
  getDirectoryHandle(name: string, options?: { create?: boolean }): Promise<DirectoryHandle>;
  getFileHandle(name: string, options?: { create?: boolean }): Promise<FileHandle>;
  removeEntry(name: string, options?: { recursive?: boolean }): Promise<void>;
  keys(): AsyncIterable<string>;
}

/** What a store uses of FileSystemFileHandle; what a browser or a thread lacks is absent. */
export interface FileHandle {
  getFile(): Promise<Blob>;
  createSyncAccessHandle?(): Promise<SyncHandle>;
  createWritable?(options?: { keepExistingData?: boolean }): Promise<WritableFile>;
  move?(name: string): Promise<void>;
}

export interface SyncHandle {
  /** Bytes written: fewer than given where the space ran out. */
  write(bytes: Uint8Array, options?: { at: number }): number;
  truncate(size: number): void;
  getSize(): number;
  flush(): void;
  close(): void;
}

export interface WritableFile {
  write(content: { type: 'write'; position: number; data: Uint8Array }): Promise<void>;
  close(): Promise<void>;
  abort(): Promise<void>;
}

/** Ends the name of a file that is not there yet. */
const asideEnd = '.tmp';

/** Waits between tries of a file that another thread still holds: a tab that was just killed lets go a moment later. */
const busyWaitsMs = [20, 50, 100, 200, 400, 800, 1600];

export class OpfsStore implements FileStore {
  private readonly root: DirectoryHandle;
  private readonly wait: (ms: number) => Promise<unknown>;
  /** Changes go one after the other: a file has at most one writer. */
  private turn: Promise<unknown> = Promise.resolve();

  /**
   * @param root must exist; once it is gone, writing fails with `store.evicted`.
   * @param wait exchanged in tests.
   */
  constructor(
    root: DirectoryHandle,
    wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)),
  ) {
    this.root = root;
    this.wait = wait;
  }

  write(path: string, content: Uint8Array | string): Promise<void> {
    return this.change(path, async (folder, name) => {
      const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
      const aside = await folder.getFileHandle(`${name}${asideEnd}`, { create: true });
      if (aside.createSyncAccessHandle && aside.move) {
        await replaceContent(aside, bytes);
        await aside.move(name);
        return;
      }
      await folder.removeEntry(`${name}${asideEnd}`);
      const target = await folder.getFileHandle(name, { create: true });
      if (target.createWritable) await writeAt(target, bytes, 0);
      // Not replaced at once here: what must be whole has a marker of its own, written later.
      else await replaceContent(target, bytes);
    });
  }

  append(path: string, text: string): Promise<void> {
    return this.change(path, async (folder, name) => {
      const bytes = new TextEncoder().encode(text);
      const file = await folder.getFileHandle(name, { create: true });
      if (file.createSyncAccessHandle) await appendBytes(await file.createSyncAccessHandle(), bytes);
      else await writeAt(file, bytes, (await file.getFile()).size);
    });
  }

  async read(path: string): Promise<Uint8Array> {
    return new Uint8Array(await (await this.file(path)).arrayBuffer());
  }

  /** The file as a Blob that is read when asked. @throws CodedError `store.missing`. */
  async file(path: string): Promise<Blob> {
    try {
      const names = pathNames(path);
      const folder = await this.folder(names.slice(0, -1), false);
      return await (await folder.getFileHandle(names[names.length - 1])).getFile();
    } catch (error) {
      if (isNamed(error, 'NotFoundError', 'TypeMismatchError')) throw missingFile(path, error);
      throw failed(path, error);
    }
  }

  async list(folder: string): Promise<string[]> {
    try {
      const handle = await this.folder(folder === '' ? [] : pathNames(folder), false);
      const names: string[] = [];
      for await (const name of handle.keys()) if (!name.endsWith(asideEnd)) names.push(name);
      return names.sort();
    } catch (error) {
      if (isNamed(error, 'NotFoundError', 'TypeMismatchError')) return [];
      throw failed(folder, error);
    }
  }

  remove(path: string): Promise<void> {
    const names = pathNames(path);
    return this.inTurn(path, async () => {
      try {
        const folder = await this.folder(names.slice(0, -1), false);
        await folder.removeEntry(names[names.length - 1], { recursive: true });
      } catch (error) {
        if (!isNamed(error, 'NotFoundError', 'TypeMismatchError')) throw error;
      }
    });
  }

  async exists(path: string): Promise<boolean> {
    try {
      const names = pathNames(path);
      const folder = await this.folder(names.slice(0, -1), false);
      await folder.getFileHandle(names[names.length - 1]);
      return true;
    } catch (error) {
      // A folder where a file was asked for.
      if (isNamed(error, 'TypeMismatchError')) return true;
      if (isNamed(error, 'NotFoundError')) return false;
      throw failed(path, error);
    }
  }

  private async folder(names: readonly string[], create: boolean): Promise<DirectoryHandle> {
    let handle = this.root;
    for (const name of names) handle = await handle.getDirectoryHandle(name, { create });
    return handle;
  }

  private change(
    path: string,
    work: (folder: DirectoryHandle, name: string) => Promise<void>,
  ): Promise<void> {
    let names: string[];
    try {
      names = pathNames(path);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.inTurn(path, async () =>
      work(await this.folder(names.slice(0, -1), true), names[names.length - 1]),
    );
  }

  /** Runs `work` after all earlier changes, again while another thread holds the file. */
  private inTurn(path: string, work: () => Promise<void>): Promise<void> {
    const mine = this.turn.then(async () => {
      for (let tried = 0; ; tried++) {
        try {
          return await work();
        } catch (error) {
          const isBusy = isNamed(error, 'NoModificationAllowedError', 'InvalidStateError');
          if (!isBusy || tried === busyWaitsMs.length) throw changeFailed(path, error);
          await this.wait(busyWaitsMs[tried]);
        }
      }
    });
    this.turn = mine.catch(() => {});
    return mine;
  }
}

async function replaceContent(file: FileHandle, bytes: Uint8Array): Promise<void> {
  if (!file.createSyncAccessHandle) throw new Error('no way to write files here');
  const handle = await file.createSyncAccessHandle();
  try {
    handle.truncate(0);
    writeAll(handle, bytes, 0);
    handle.flush();
  } finally {
    handle.close();
  }
}

async function appendBytes(handle: SyncHandle, bytes: Uint8Array): Promise<void> {
  const end = handle.getSize();
  try {
    writeAll(handle, bytes, end);
    handle.flush();
  } catch (error) {
    // Half a line is legible as such, but none is better.
    handle.truncate(end);
    throw error;
  } finally {
    handle.close();
  }
}

function writeAll(handle: SyncHandle, bytes: Uint8Array, at: number): void {
  if (handle.write(bytes, { at }) < bytes.length)
    throw new DOMException('Fewer bytes were written than given.', 'QuotaExceededError');
}

async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  if (!file.createWritable) throw new Error('no way to write files here');
  const writable = await file.createWritable({ keepExistingData: position > 0 });
  try {
    await writable.write({ type: 'write', position, data: bytes });
  } catch (error) {
    await writable.abort().catch(() => {});
    throw error;
  }
  await writable.close();
}

function changeFailed(path: string, error: unknown): CodedError {
  // Folders on the way are made, so what was not found is the store's own.
  if (isNamed(error, 'NotFoundError'))
    return new CodedError(
      'store.evicted',
      'The files of this run are gone: the browser or someone else has cleared the storage of this page.',
      'Training keeps what it has in memory and saves it anew; choose "Keep my runs" so that the browser asks first.',
      { cause: error },
    );
  return failed(path, error);
}

function failed(path: string, cause: unknown): CodedError {
  if (cause instanceof CodedError) return cause;
  if (isNamed(cause, 'QuotaExceededError'))
    return new CodedError(
      'store.full',
      `The browser's storage is full: "${path}" was not saved. The run waits at its last step, whole in memory.`,
      'Delete or download old runs, then press Resume: what is missing is saved first.',
      { cause },
    );
  if (isNamed(cause, 'NoModificationAllowedError'))
    return new CodedError(
      'store.busy',
      `"${path}" is held by another tab.`,
      'Close the other tabs with Longview and try again.',
      { cause },
    );
  const detail = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return new CodedError(
    'store.failed',
    `"${path}" could not be used (${detail}).`,
    'Try again; if it stays so, download the run and reload the page.',
    { cause },
  );
}

function isNamed(error: unknown, ...names: string[]): boolean {
  const name: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'name') : null;
  return names.some((wanted) => wanted === name);
}
