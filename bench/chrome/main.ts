/** @file The bench's page: hands a request to a worker, as the real page does, and gives its answer to whoever drives it. */
import type { ChromeAnswer, ChromeRequest } from '../../src/cli/bench/chrome';

declare global {
  interface Window {
    /** Called by scripts/bench-chrome.mjs. */
    runBench?: (request: ChromeRequest) => Promise<ChromeAnswer>;
  }
}

window.runBench = (request) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./bench.worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<ChromeAnswer | { part: string }>) => {
      if ('part' in data) console.info(data.part);
      else resolve(data);
    };
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(request);
  });
