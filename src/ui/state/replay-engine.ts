/** @file Starts the worker of a recorded run; loaded apart, since few visits need it. */
import { proxy, wrap } from 'comlink';
import type { ReplayApi, ReplayOptions } from '../../../workers/protocol';
import { type Engine, type EngineEvents, ending } from './trainer';

export function startReplay(events: EngineEvents): Engine & { open(options: ReplayOptions): Promise<void> } {
  const worker = new Worker(new URL('../../../workers/replay.worker.ts', import.meta.url), {
    type: 'module',
  });
  const replay = wrap<ReplayApi>(worker);
  const open = (options: ReplayOptions) => replay.open(options, proxy(events.onEvent));
  return { api: replay, replay, open, end: ending(worker, replay, events) };
}
