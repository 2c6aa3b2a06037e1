/** @file The page's side of the workers: typed calls through comlink. Nothing else on the page knows a Worker. */
import { proxy, type Remote, releaseProxy, wrap } from 'comlink';
import type { LibraryApi, OpenOptions, TrainerApi, TrainerEvent } from '../../../workers/protocol';

export interface Engine {
  api: Remote<TrainerApi>;
  open(options: OpenOptions): Promise<void>;
  /** Ends the worker; the GPU device goes with it. */
  end(): void;
}

/** Starts a trainer worker. `onCrash` hears of scripts that do not load and of errors nobody caught. */
export function startEngine(
  onEvent: (event: TrainerEvent) => void,
  onCrash: (message: string) => void,
): Engine {
  const worker = new Worker(new URL('../../../workers/trainer.worker.ts', import.meta.url), {
    type: 'module',
  });
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    onCrash(event.message ?? '');
  });
  const api = wrap<TrainerApi>(worker);
  return {
    api,
    open: (options) => api.open(options, proxy(onEvent)),
    end: () => {
      api[releaseProxy]();
      worker.terminate();
    },
  };
}

let library: Remote<LibraryApi> | null = null;

/** The library worker, started when the first file comes. */
export function openLibrary(): Remote<LibraryApi> {
  library ??= wrap<LibraryApi>(
    new Worker(new URL('../../../workers/library.worker.ts', import.meta.url), { type: 'module' }),
  );
  return library;
}
