/**
 * @file An origin-private file system in memory, with what makes the real one hard: exclusive handles, a quota, missing
 * parts of the API, eviction, and a thread that is killed between or inside any two operations.
 */
import type { DirectoryHandle, FileHandle, SyncHandle, WritableFile } from '../../src/run/opfs-store';

export interface FakeOpfsOptions {
  /** Which parts of the API a browser or thread has. */
  sync?: boolean;
  move?: boolean;
  writable?: boolean;
  /** Bytes that fit. */
  quota?: number;
}

/** What a killed thread's next operation throws; no code of the product catches it by name. */
export class Killed extends Error {
  override name = 'Killed';
}

interface FileNode {
  bytes: Uint8Array;
  /** Order of the last write. */
  at: number;
  isHeld: boolean;
}
type Node = FileNode | Map<string, Node>;

export class FakeOpfs {
  readonly options: FakeOpfsOptions;
  /** Operations until the thread is killed; infinite = never. */
  operationsLeft = Number.POSITIVE_INFINITY;
  /** Part of the bytes that the operation in which it is killed still writes. */
  lastWriteShare = 0;
  private readonly root: Map<string, Node> = new Map();
  /** Handles of a killed thread are released, as browsers do. */
  private readonly held = new Set<FileNode>();

  constructor(options: FakeOpfsOptions = {}) {
    this.options = { sync: true, move: true, writable: true, ...options };
  }

  get handle(): DirectoryHandle {
    return new FakeDirectory(this, this.root);
  }

  /** Another thread comes to the files a killed one has left. */
  revive(): void {
    this.operationsLeft = Number.POSITIVE_INFINITY;
    for (const file of this.held) file.isHeld = false;
    this.held.clear();
  }

  /** All bytes of all files. */
  size(node: Node = this.root): number {
    if (!(node instanceof Map)) return node.bytes.length;
    return [...node.values()].reduce((sum, child) => sum + this.size(child), 0);
  }

  hold(file: FileNode): void {
    file.isHeld = true;
    this.held.add(file);
  }

  release(file: FileNode): void {
    file.isHeld = false;
    this.held.delete(file);
  }

  /** Counts one operation. @returns share of a write that happens before the thread ends, null = it lives. */
  tick(): number | null {
    if (this.operationsLeft <= 0) throw new Killed();
    this.operationsLeft--;
    return this.operationsLeft <= 0 ? this.lastWriteShare : null;
  }

  /** How many of `wanted` further bytes fit. */
  room(wanted: number): number {
    const quota = this.options.quota ?? Number.POSITIVE_INFINITY;
    return Math.max(0, Math.min(wanted, quota - this.size()));
  }
}

let writes = 0;

const notFound = (name: string) => new DOMException(`no ${name}`, 'NotFoundError');
const mismatch = (name: string) => new DOMException(`${name} is of the other kind`, 'TypeMismatchError');
const busy = (name: string) => new DOMException(`${name} is held`, 'NoModificationAllowedError');

class FakeDirectory implements DirectoryHandle {
  private readonly fs: FakeOpfs;
  private readonly node: Map<string, Node> & { isGone?: boolean };

  constructor(fs: FakeOpfs, node: Map<string, Node>) {
    this.fs = fs;
    this.node = node;
  }

  private check(name: string): void {
    this.fs.tick();
    if (this.node.isGone) throw notFound(name);
  }

  async getDirectoryHandle(name: string, options: { create?: boolean } = {}): Promise<DirectoryHandle> {
    this.check(name);
    let found = this.node.get(name);
    if (!found) {
      if (!options.create) throw notFound(name);
      found = new Map();
      this.node.set(name, found);
    }
    if (!(found instanceof Map)) throw mismatch(name);
    return new FakeDirectory(this.fs, found);
  }

  async getFileHandle(name: string, options: { create?: boolean } = {}): Promise<FileHandle> {
    this.check(name);
    const found = this.node.get(name);
    if (!found && !options.create) throw notFound(name);
    const file = found ?? { bytes: new Uint8Array(), isHeld: false, at: 0 };
    if (file instanceof Map) throw mismatch(name);
    this.node.set(name, file);
    return fakeFile(this.fs, this.node, name, file);
  }

  async removeEntry(name: string, options: { recursive?: boolean } = {}): Promise<void> {
    this.check(name);
    const found = this.node.get(name);
    if (!found) throw notFound(name);
    if (found instanceof Map) {
      if (found.size > 0 && !options.recursive)
        throw new DOMException('not empty', 'InvalidModificationError');
      markGone(found);
    } else if (found.isHeld) throw busy(name);
    this.node.delete(name);
  }

  async *keys(): AsyncIterable<string> {
    this.check('a folder');
    yield* [...this.node.keys()];
  }
}

function markGone(node: Map<string, Node> & { isGone?: boolean }): void {
  node.isGone = true;
  for (const child of node.values()) if (child instanceof Map) markGone(child);
}

function fakeFile(fs: FakeOpfs, parent: Map<string, Node>, name: string, file: FileNode): FileHandle {
  const handle: FileHandle = {
    async getFile() {
      fs.tick();
      return new File([file.bytes as BlobPart], name, { lastModified: file.at });
    },
  };
  if (fs.options.sync)
    handle.createSyncAccessHandle = async () => {
      fs.tick();
      if (file.isHeld) throw busy(name);
      fs.hold(file);
      return syncHandle(fs, file);
    };
  if (fs.options.move)
    handle.move = async (to) => {
      fs.tick();
      if (file.isHeld) throw busy(name);
      const target = parent.get(to);
      if (target && !(target instanceof Map) && target.isHeld) throw busy(to);
      parent.set(to, file);
      parent.delete(name);
    };
  if (fs.options.writable)
    handle.createWritable = async (options) => {
      fs.tick();
      return writable(fs, file, options?.keepExistingData ? file.bytes : new Uint8Array());
    };
  return handle;
}

function put(bytes: Uint8Array, added: Uint8Array, at: number): Uint8Array {
  const joined = new Uint8Array(Math.max(bytes.length, at + added.length));
  joined.set(bytes);
  joined.set(added, at);
  return joined;
}

function syncHandle(fs: FakeOpfs, file: FileNode): SyncHandle {
  return {
    write(bytes, { at } = { at: 0 }) {
      const share = fs.tick();
      const fits = fs.room(Math.max(0, at + bytes.length - file.bytes.length)) + file.bytes.length - at;
      const count = Math.min(
        bytes.length,
        fits,
        share === null ? bytes.length : Math.floor(share * bytes.length),
      );
      file.bytes = put(file.bytes, bytes.subarray(0, count), at);
      file.at = ++writes;
      if (share !== null) throw new Killed();
      return count;
    },
    truncate(size) {
      fs.tick();
      file.bytes = file.bytes.slice(0, size);
    },
    getSize: () => file.bytes.length,
    flush: () => void fs.tick(),
    close: () => {
      if (fs.operationsLeft > 0) fs.release(file);
    },
  };
}

/** Content takes the file's place when it is closed, as the specification says. */
function writable(fs: FakeOpfs, file: FileNode, from: Uint8Array): WritableFile {
  let content: Uint8Array = from.slice();
  return {
    async write({ position, data }) {
      fs.tick();
      if (fs.room(data.length) < data.length) throw new DOMException('full', 'QuotaExceededError');
      content = put(content, data, position);
    },
    async close() {
      fs.tick();
      file.bytes = content;
      file.at = ++writes;
    },
    async abort() {},
  };
}
