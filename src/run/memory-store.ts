/** @file A FileStore in memory: for tests, and for a page that may not keep files. */
import { type FileStore, missingFile, pathNames } from './store';

export class MemoryStore implements FileStore {
  private readonly files = new Map<string, Uint8Array>();

  async write(path: string, content: Uint8Array | string): Promise<void> {
    pathNames(path);
    this.files.set(path, typeof content === 'string' ? new TextEncoder().encode(content) : content.slice());
  }

  async append(path: string, text: string): Promise<void> {
    pathNames(path);
    const added = new TextEncoder().encode(text);
    const old = this.files.get(path) ?? new Uint8Array();
    const joined = new Uint8Array(old.length + added.length);
    joined.set(old);
    joined.set(added, old.length);
    this.files.set(path, joined);
  }

  async read(path: string): Promise<Uint8Array> {
    const found = this.files.get(path);
    if (!found) throw missingFile(path);
    return found.slice();
  }

  async list(folder: string): Promise<string[]> {
    const prefix = folder === '' ? '' : `${folder}/`;
    const names = [...this.files.keys()]
      .filter((path) => path.startsWith(prefix))
      .map((path) => path.slice(prefix.length).split('/')[0]);
    return [...new Set(names)].sort();
  }

  async remove(path: string): Promise<void> {
    for (const name of [...this.files.keys()])
      if (name === path || name.startsWith(`${path}/`)) this.files.delete(name);
  }

  async exists(path: string): Promise<boolean> {
    return (await this.list(path)).length > 0 || this.files.has(path);
  }

  /** Every file with its content. */
  async all(): Promise<{ path: string; bytes: Uint8Array }[]> {
    return [...this.files].map(([path, bytes]) => ({ path, bytes: bytes.slice() }));
  }
}
