/** @file The replay worker: plays a recorded run, shipped with the page or stored in this browser, where nothing can train. */
import * as Comlink from 'comlink';
import { CodedError } from '../src/errors';
import { unpackRecording } from '../src/run/recording';
import type { FileStore } from '../src/run/store';
import { replayTrainer } from './replay-trainer';
import { openRunDisk } from './run-disk';

/** Made by `npm run record`. */
const shipped = 'replay/micro.zip';

async function shippedFiles(): Promise<FileStore> {
  const address = new URL(`${import.meta.env.BASE_URL}${shipped}`, self.location.origin);
  const response = await fetch(address).catch(() => null);
  if (!response?.ok)
    throw new CodedError(
      'replay.missing',
      'The recorded run that comes with this page could not be loaded.',
      'Check the connection to the page and reload.',
    );
  return unpackRecording(await response.blob());
}

async function storedFiles(id: string): Promise<FileStore> {
  const disk = await openRunDisk();
  if (disk) return disk.open(id, false);
  throw new CodedError(
    'store.none',
    'This browser keeps no files for the page, so there is no stored run to open.',
    'Use a normal window instead of a private one.',
  );
}

Comlink.expose(
  replayTrainer({
    files: (source) => (source.kind === 'stored' ? storedFiles(source.runId) : shippedFiles()),
    rest(ms) {
      let end = () => {};
      const done = new Promise<void>((resolve) => {
        end = resolve;
        setTimeout(resolve, ms);
      });
      return { done, end };
    },
  }),
);
