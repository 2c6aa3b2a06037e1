/** @file Drives the built judge worker inside a page, without the page's own code: loads files, asks, tells what came. */
import { readdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import type { JudgeRequest, JudgeResult } from '../../src/reward/types';
import type { MemoryStore } from '../../src/run/memory-store';

export interface WorkerAnswer {
  runtime: string;
  results: JudgeResult[];
  /** Bytes that were told, and the largest. */
  progress: number[];
  openMs: number;
  askMs: number;
}

/** Opens the worker on `store` and asks; rejects with the worker's words. */
export async function askJudgeWorker(
  page: Page,
  store: MemoryStore,
  kind: 'pair' | 'chat',
  where: string,
  requests: JudgeRequest[],
): Promise<WorkerAnswer> {
  const script = readdirSync('dist/assets').find((name) => /^judge\.worker-.*\.js$/.test(name));
  if (!script) throw new Error('The build has no judge worker.');
  const files = (await store.all()).map(({ path, bytes }) => ({
    path,
    base64: Buffer.from(bytes).toString('base64'),
  }));
  return page.evaluate(
    async ({ script, files, kind, where, requests }) => {
      const worker = new Worker(`/assets/${script}`, { type: 'module' });
      try {
        const failed = new Promise<never>((_, reject) => {
          worker.addEventListener('error', (event) => reject(new Error(`worker: ${event.message}`)));
        });
        // Comlink's own messages.
        const apply = (path: string, argumentList: unknown[], ports: MessagePort[]) =>
          Promise.race([
            failed,
            new Promise<{ runtime: string }>((resolve, reject) => {
              const id = crypto.randomUUID();
              worker.addEventListener('message', ({ data }) => {
                if (data.id !== id) return;
                if (data.name === 'throw') reject(new Error(JSON.stringify(data.value.value)));
                else resolve(data.value);
              });
              worker.postMessage({ id, type: 'APPLY', path: [path], argumentList }, ports);
            }),
          ]);
        const raw = (value: unknown) => ({ type: 'RAW', value });
        const order = {
          plan: { name: 'test', kind, verdict: 'compared' },
          where,
          choice: {
            kind: 'folder',
            files: files.map(({ path, base64 }) => ({
              path,
              file: new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], path),
            })),
          },
        };
        const progress: number[] = [];
        const told = new MessageChannel();
        told.port1.onmessage = ({ data }) => {
          progress.push(data.argumentList[0].value.bytes);
          told.port1.postMessage({ id: data.id, type: 'RAW' });
        };
        const begun = performance.now();
        const opened = await apply(
          'open',
          [raw(order), { type: 'HANDLER', name: 'proxy', value: told.port2 }],
          [told.port2],
        );
        const loaded = performance.now();
        const { port1, port2 } = new MessageChannel();
        await apply('attach', [raw(port2)], [port2]);
        const reply = await new Promise<{ results?: JudgeResult[]; error?: string }>((resolve) => {
          port1.onmessage = ({ data }) => resolve(data);
          port1.postMessage({ id: 1, requests });
        });
        if (!reply.results) throw new Error(reply.error);
        return {
          runtime: opened.runtime,
          results: reply.results,
          progress,
          openMs: loaded - begun,
          askMs: performance.now() - loaded,
        };
      } finally {
        worker.terminate();
      }
    },
    { script, files, kind, where, requests },
  );
}
