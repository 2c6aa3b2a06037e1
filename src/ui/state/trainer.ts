/** @file The page's side of the workers: typed calls through comlink. Nothing else on the page knows a Worker. */
import { proxy, type Remote, releaseProxy, wrap } from 'comlink';
import type { OpenOptions, ReplayApi, TrainerApi, TrainerEvent } from '../../../workers/protocol';

/** What makes steps: the trainer, or a recorded run in its place. */
export interface Engine {
  api: Remote<Omit<TrainerApi, 'open'>>;
  /** Of a recorded run, which can go to any step; null where one trains. */
  replay: Remote<ReplayApi> | null;
  /** Ends the worker; the GPU device goes with it. */
  end(): void;
}

export interface EngineEvents {
  onEvent(event: TrainerEvent): void;
  /** A script did not load, or an error was caught by nobody. */
  onCrash(message: string): void;
}

/** Starts a trainer worker. */
export function startTrainer(events: EngineEvents): Engine & { open(options: OpenOptions): Promise<void> } {
  const worker = new Worker(new URL('../../../workers/trainer.worker.ts', import.meta.url), {
    type: 'module',
  });
  const api = wrap<TrainerApi>(worker);
  const open = (options: OpenOptions) => api.open(options, proxy(events.onEvent));
  return { api, replay: null, open, end: ending(worker, api, events) };
}

/** Serves a worker's errors; gives back how to end it. */
export function ending(
  worker: Worker,
  api: { [releaseProxy](): void },
  { onCrash }: Pick<EngineEvents, 'onCrash'>,
): () => void {
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    onCrash(event.message ?? '');
  });
  return () => {
    api[releaseProxy]();
    worker.terminate();
  };
}
