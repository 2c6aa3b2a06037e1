/**
 * @file The stored runs: list, rename, delete, hand out as a zip, take in from one. What reads weights and tokens is loaded
 * when it is asked for: every visit starts with the list.
 */
import { CodedError } from '../src/errors';
import { RunFolder } from '../src/run/folder';
import { firstLine, notesFile, readNotes, writeNotes } from '../src/run/notes';
import type { OpfsStore } from '../src/run/opfs-store';
import { describeRun, type RunDescription } from '../src/run/run-description';
import { cleanName, runName } from '../src/run/run-names';
import { leafPaths } from '../src/run/store';
import { ZipWriter } from '../src/run/zip';
import type { RunDisk } from './run-disk';
import type { GivenFile, ListedRun, RunsApi } from './runs-protocol';

/** A tab that was just closed or reloaded may still hold its run: looked again so long after. */
const lookAgainMs = [100, 200, 400, 700, 800];

export interface LibraryPlace {
  disk: RunDisk | null;
  estimate(): Promise<{ usage?: number; quota?: number }>;
  /** Of this Longview. */
  appVersion: string;
  commit: string;
  /** Id of a new run. */
  newId(): string;
  wait(ms: number): Promise<unknown>;
}

export function runLibrary({ disk, estimate, newId, wait, ...maker }: LibraryPlace): RunsApi {
  const need = (): RunDisk => {
    if (disk) return disk;
    throw new CodedError(
      'store.none',
      'This browser keeps no files for the page.',
      'Use a normal window instead of a private one.',
    );
  };

  return {
    async list() {
      const { usage = null, quota = null } = await estimate();
      if (!disk) return { runs: [], canKeep: false, usage, quota };
      const held = await disk.held();
      const runs: ListedRun[] = [];
      for (const id of await disk.ids()) {
        const store = await disk.open(id, false);
        const note = firstLine(await notesOf(store).catch(() => ''));
        const bytes = await bytesOf(store);
        runs.push({ ...(await describeRun(id, store)), isOpen: held.has(id), bytes, note });
      }
      return { runs: runs.sort((a, b) => b.changed - a.changed), canKeep: true, usage, quota };
    },

    async newest() {
      if (!disk) return null;
      const newest = await newestUsable(disk);
      if (!newest) return null;
      for (const ms of lookAgainMs) {
        if (!(await disk.held()).has(newest.id)) return newest;
        await wait(ms);
      }
      return (await disk.held()).has(newest.id) ? null : newest;
    },

    async rename(id, name) {
      const clean = cleanName(name);
      if (clean === '')
        throw new CodedError('run.name', 'A run needs a name.', 'Type at least one letter or figure.');
      await new RunFolder(await need().open(id, false)).rename(clean);
    },

    notes: async (id) => notesOf(await need().open(id, false)),

    async writeNotes(id, text) {
      const store = await need().open(id, false);
      // What cannot be read is not replaced either.
      await notesOf(store);
      await writeNotes(store, text);
    },

    async remove(id) {
      const release = await need().hold(id);
      try {
        await need().remove(id);
      } finally {
        release();
      }
    },

    async zip(id) {
      const store = await need().open(id, false);
      const zip = new ZipWriter();
      for (const path of await leafPaths(store)) {
        const file = await store.file(path).catch(() => null);
        if (file) zip.add(`${id}/${path}`, new Uint8Array(await file.arrayBuffer()), file);
      }
      return new Blob(zip.finish(), { type: 'application/zip' });
    },

    async takeIn(files, start) {
      const { importGiven } = await import('../src/run/import-policy');
      const id = newId();
      const store = await need().open(id, true);
      try {
        const { kind, ...counts } = await importGiven(files.map(asFile), store, { id, ...start, ...maker });
        const described = await describeRun(id, store);
        const name = described.name === id ? cleanName(nameOf(files)) || runName(id) : described.name;
        await new RunFolder(store).rename(name);
        return { ...counts, kind, id, name };
      } catch (error) {
        await need()
          .remove(id)
          .catch(() => {});
        throw error;
      }
    },

    compare: async (a, b, also) => (await import('./compare-runs')).compareRuns(need(), a, b, also),
    clips: async (a, b, step) => (await import('./compare-clips')).compareClips(need(), a, b, step),
    answers: async (a, b, step) => (await import('./compare-runs')).compareAnswers(need(), a, b, step),
  };
}

/** Looks at the runs from the one written last, so that a long list costs no longer start. */
async function newestUsable(disk: RunDisk): Promise<RunDescription | null> {
  const written: { id: string; at: number }[] = [];
  for (const id of await disk.ids()) {
    const file = await (await disk.open(id, false)).file('metrics.jsonl').catch(() => null);
    if (file) written.push({ id, at: file instanceof File ? file.lastModified : 0 });
  }
  for (const { id } of written.sort((x, y) => y.at - x.at)) {
    const run = await describeRun(id, await disk.open(id, false));
    // Further seeds of a pair were trained beside the run a person was at.
    if (run.damage === null && run.checkpoints.length > 0 && run.seedOf === null) return run;
  }
  return null;
}

/** A run from outside without a name is called as its zip, its folder or its weights are. */
function nameOf(files: readonly GivenFile[]): string {
  const [top, ...inside] = (files[0]?.path ?? '').split('/');
  return inside.length > 0 || files.length === 1 ? top.replace(/\.(zip|safetensors)$/i, '') : '';
}

function asFile({ path, file }: GivenFile) {
  return { path, file, size: file.size, read: async () => new Uint8Array(await file.arrayBuffer()) };
}

async function notesOf(store: OpfsStore): Promise<string> {
  return (await store.exists(notesFile)) ? readNotes(await store.file(notesFile)) : '';
}

async function bytesOf(store: OpfsStore): Promise<number> {
  let sum = 0;
  for (const path of await leafPaths(store)) sum += (await store.file(path).catch(() => null))?.size ?? 0;
  return sum;
}
