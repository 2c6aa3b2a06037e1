/** @file The judge's worker, from the page's side: started, loaded, connected to the engine, and started anew after a fault. */
import { proxy, type Remote, transfer, wrap } from 'comlink';
import type { JudgeOrder, JudgeProgress, JudgeWorkerApi } from '../../../workers/protocol';
import { problemOf } from './problems';

interface LoadedJudge {
  api: Remote<JudgeWorkerApi>;
}

export interface JudgeHostEvents {
  onProgress(progress: JudgeProgress): void;
  onLoaded(runtime: 'webgpu' | 'wasm'): void;
}

export class JudgeHost {
  private readonly order: JudgeOrder;
  private readonly events: JudgeHostEvents;
  private worker: Worker | null = null;
  private loading: Promise<LoadedJudge> | null = null;

  constructor(order: JudgeOrder, events: JudgeHostEvents) {
    this.order = order;
    this.events = events;
  }

  /** The loaded judge; after a failure or `end` a fresh one. Rejects with a sentence. */
  load(): Promise<LoadedJudge> {
    this.loading ??= this.start().catch((error: unknown) => {
      this.end();
      throw error;
    });
    return this.loading;
  }

  /** A port to the loaded judge, to be handed to another thread. */
  async connect(): Promise<MessagePort> {
    const { api } = await this.load();
    const { port1, port2 } = new MessageChannel();
    await api.attach(transfer(port2, [port2]));
    return transfer(port1, [port1]);
  }

  /** Ends the worker with all it holds, also one that hangs. */
  end(): void {
    this.worker?.terminate();
    this.worker = null;
    this.loading = null;
  }

  private start(): Promise<LoadedJudge> {
    const worker = new Worker(new URL('../../../workers/judge.worker.ts', import.meta.url), {
      type: 'module',
    });
    this.worker = worker;
    const api = wrap<JudgeWorkerApi>(worker);
    return new Promise((resolve, reject) => {
      worker.addEventListener('error', (event) => {
        event.preventDefault();
        reject(new Error(event.message || 'the judge’s worker did not start'));
      });
      api.open(this.order, proxy(this.events.onProgress)).then(
        ({ runtime }) => {
          this.events.onLoaded(runtime);
          // A remote answers to `then` as to any other name, and would be waited for.
          resolve({ api });
        },
        (error: unknown) => reject(new Error(problemOf(error).message)),
      );
    });
  }
}
