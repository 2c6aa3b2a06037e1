/** @file The disk of the runs over a fake private file system, with Web Locks that several tabs share. */

import { makeDisk, type RunDisk } from '../../workers/run-disk';
import { FakeOpfs, type FakeOpfsOptions } from './fake-opfs';

type Locks = Parameters<typeof makeDisk>[1];

/** Exclusive locks by name, as navigator.locks has them; all that is used of it. */
export function fakeLocks(): Locks {
  const held = new Map<string, Promise<unknown>>();
  return {
    async query() {
      return { held: [...held.keys()].map((name) => ({ name, mode: 'exclusive' as const })), pending: [] };
    },
    async request(name: string, options: { signal?: AbortSignal }, work: () => Promise<unknown>) {
      const { signal } = options;
      while (held.has(name)) {
        await Promise.race([
          held.get(name),
          new Promise((_, reject) => {
            if (signal?.aborted) reject(signal.reason);
            signal?.addEventListener('abort', () => reject(signal.reason));
          }),
        ]);
      }
      const mine = Promise.resolve(work());
      held.set(name, mine);
      await mine.finally(() => held.delete(name));
    },
  } as unknown as Locks;
}

export interface FakeDisk extends RunDisk {
  fs: FakeOpfs;
}

export function fakeDisk(options: FakeOpfsOptions = {}, locks = fakeLocks()): FakeDisk {
  const fs = new FakeOpfs(options);
  return { ...makeDisk(fs.handle, locks, 50), fs };
}
