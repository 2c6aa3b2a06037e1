/**
 * @file Where the runs of this browser lie: a folder each under `runs/` in the origin-private file system, and a Web Lock
 * each, so that two tabs never write one run.
 */
import { CodedError } from '../src/errors';
import { type DirectoryHandle, OpfsStore } from '../src/run/opfs-store';
import { missingFile, runsFolder } from '../src/run/store';

/** What keeps runs: the browser's disk, or a test's. */
export interface RunDisk {
  /** The folder of a run. @throws CodedError `store.missing` where there is none and none is to be made. */
  open(id: string, make: boolean): Promise<OpfsStore>;
  /** Takes a run for this thread; gives back how to let it go. @throws CodedError `run.locked`. */
  hold(id: string): Promise<() => void>;
  /** Ids of all runs, sorted. */
  ids(): Promise<string[]>;
  /** Ids of the runs that some tab writes. */
  held(): Promise<Set<string>>;
  /** Deletes a run with all its files. */
  remove(id: string): Promise<void>;
}

/** A tab that was just closed or killed lets its lock go within this time. */
const lockWaitMs = 4000;
const lockPrefix = 'longview-run:';
/** What an id may look like: it is the name of a folder. */
const idPattern = /^[A-Za-z0-9][\w.-]{0,79}$/;

/** The browser's disk; null where it keeps no files for a page (some private windows). */
export async function openRunDisk(): Promise<RunDisk | null> {
  try {
    const root: DirectoryHandle = (await navigator.storage.getDirectory()) as unknown as DirectoryHandle;
    return makeDisk(root, navigator.locks);
  } catch {
    return null;
  }
}

/**
 * @param root the origin's own directory.
 * @param waitMs how long another tab may take to let a run go.
 */
export function makeDisk(
  root: DirectoryHandle,
  locks: Pick<LockManager, 'request' | 'query'>,
  waitMs = lockWaitMs,
): RunDisk {
  // Asked for anew each time: it may have been cleared away meanwhile.
  const folder = () => root.getDirectoryHandle(runsFolder, { create: true });
  return {
    async open(id, make) {
      checkId(id);
      try {
        return new OpfsStore(await (await folder()).getDirectoryHandle(id, { create: make }));
      } catch (cause) {
        throw missingFile(`${runsFolder}/${id}`, cause);
      }
    },
    hold: (id) => hold(locks, checkId(id), waitMs),
    async ids() {
      const names: string[] = [];
      for await (const name of (await folder()).keys()) if (idPattern.test(name)) names.push(name);
      return names.sort();
    },
    async held() {
      const { held = [] } = await locks.query();
      const names = held.map(({ name = '' }) => name).filter((name) => name.startsWith(lockPrefix));
      return new Set(names.map((name) => name.slice(lockPrefix.length)));
    },
    remove: async (id) => (await folder()).removeEntry(checkId(id), { recursive: true }),
  };
}

async function hold(locks: Pick<LockManager, 'request'>, id: string, waitMs: number): Promise<() => void> {
  let release = () => {};
  const until = new Promise<void>((resolve) => {
    release = resolve;
  });
  await new Promise<void>((resolve, reject) => {
    const signal = AbortSignal.timeout(waitMs);
    locks
      .request(`${lockPrefix}${id}`, { signal }, () => {
        resolve();
        return until;
      })
      .catch((cause) => reject(locked(cause)));
  });
  return release;
}

function locked(cause: unknown): CodedError {
  return new CodedError(
    'run.locked',
    'This run is open in another tab.',
    'Go on there, or close that tab and open the run again.',
    { cause },
  );
}

function checkId(id: string): string {
  if (idPattern.test(id)) return id;
  throw new CodedError('store.path', `"${id.slice(0, 80)}" is no run.`, 'Choose a run of the list.');
}
