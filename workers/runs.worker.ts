/** @file The runs worker: reads and changes the stored runs away from the page. Training writes its own run elsewhere. */
import * as Comlink from 'comlink';
import { asCodedError } from '../src/errors';
import { openRunDisk } from './run-disk';
import { runLibrary } from './run-library';
import type { RunsApi } from './runs-protocol';

declare const __APP_VERSION__: string;
declare const __COMMIT__: string;

let counter = 0;
let library: Promise<RunsApi> | null = null;

async function open(): Promise<RunsApi> {
  return runLibrary({
    disk: await openRunDisk(),
    estimate: () => navigator.storage?.estimate?.() ?? Promise.resolve({}),
    appVersion: __APP_VERSION__,
    commit: __COMMIT__,
    newId: () => `run-${Date.now().toString(36)}-${counter++}`,
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  });
}

/** An Error loses its own fields on the way between threads; a plain object keeps them. */
async function told<T>(work: (runs: RunsApi) => Promise<T>): Promise<T> {
  try {
    library ??= open();
    return await work(await library);
  } catch (error) {
    const { code, message, advice } = asCodedError(error);
    throw { code, message, advice };
  }
}

const api: RunsApi = {
  list: () => told((runs) => runs.list()),
  newest: () => told((runs) => runs.newest()),
  rename: (id, name) => told((runs) => runs.rename(id, name)),
  notes: (id) => told((runs) => runs.notes(id)),
  writeNotes: (id, text) => told((runs) => runs.writeNotes(id, text)),
  remove: (id) => told((runs) => runs.remove(id)),
  zip: (id) => told((runs) => runs.zip(id)),
  takeIn: (files, start) => told((runs) => runs.takeIn(files, start)),
  compare: (a, b, also) => told((runs) => runs.compare(a, b, also)),
  clips: (a, b, step) => told((runs) => runs.clips(a, b, step)),
  answers: (a, b, step) => told((runs) => runs.answers(a, b, step)),
};

Comlink.expose(api);
