/** @file The runs worker of the page, started once. */
import { type Remote, wrap } from 'comlink';
import type { RunsApi } from '../../../workers/runs-protocol';

let worker: Remote<RunsApi> | null = null;

export function runsWorker(): Remote<RunsApi> {
  worker ??= wrap<RunsApi>(
    new Worker(new URL('../../../workers/runs.worker.ts', import.meta.url), { type: 'module' }),
  );
  return worker;
}
