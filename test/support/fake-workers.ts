/**
 * @file Puts fakes in the place of the page's workers in interface tests. Bundled by `fake-page.ts` and put into the page
 * before its own scripts; never part of the product.
 */
import { expose } from 'comlink';
import { serveJudge } from '../../src/reward/judge-port';
import type { JudgeWorkerApi, LibraryApi } from '../../workers/protocol';
import { fakeTrainer, stop } from './fake-engine';
import { fakeRuns } from './fake-runs';

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const library: LibraryApi = {
  async read(name, bytes, mapping) {
    const decoded = new TextDecoder().decode(bytes);
    if (name.endsWith('.jsonl') && !mapping) {
      const rows: Record<string, string>[] = decoded
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      const columns = Object.keys(rows[0]);
      throw {
        code: 'import.shape',
        message: `"${name}", line 1: no context. Found keys: ${columns.join(', ')}.`,
        advice: '',
        preview: { columns, rows: rows.map((row, i) => ({ line: i + 1, cells: Object.values(row) })) },
      };
    }
    if (decoded.includes('\0'))
      throw {
        code: 'document.binary',
        message: `"${name}" is not text.`,
        advice: 'Choose a plain text file (.txt or .md) in UTF-8.',
      };
    return { id: `imported-${decoded.length}`, title: name, text: decoded, source: 'imported' };
  },
};

/** Calls an answer right that has as many letters as the gold one. */
const judgeWorker: JudgeWorkerApi = {
  async open({ plan }, onProgress) {
    for (let at = 1; at <= 4; at++) {
      onProgress({ path: 'model.onnx', bytes: at * 1e6, total: 4e6 });
      await wait(20);
    }
    if (plan.name === 'broken')
      throw { code: 'onnx.model', message: 'The model is broken.', advice: 'Choose another.' };
    return { runtime: 'wasm' };
  },
  attach: (port) =>
    serveJudge(port, {
      id: 'fake',
      judge: async (requests) =>
        requests.map(({ prediction, gold }) => {
          const verdict = prediction.length === gold.length ? 1 : 0;
          return {
            asked: true,
            verdict,
            probability: verdict ? 0.93 : 0.04,
            reply: verdict ? 'same' : 'different',
            ms: 3,
          };
        }),
    }),
};

/** What `new Worker(…)` gives in these tests: a message port with one of the fakes at its other end. */
class FakeWorker {
  private readonly port: MessagePort;
  private readonly trains: boolean;

  constructor(url: URL | string) {
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    const name = String(url);
    const kinds = { runs: fakeRuns, library, judge: judgeWorker };
    const kind = (Object.keys(kinds) as (keyof typeof kinds)[]).find((known) => name.includes(known));
    expose(kind ? kinds[kind] : fakeTrainer, port2);
    this.trains = name.includes('trainer');
    port1.start();
  }

  postMessage(message: unknown, transfer: Transferable[] = []): void {
    this.port.postMessage(message, transfer);
  }

  addEventListener(type: string, handler: EventListener): void {
    if (type === 'message') this.port.addEventListener('message', handler);
  }

  removeEventListener(type: string, handler: EventListener): void {
    this.port.removeEventListener(type, handler);
  }

  terminate(): void {
    if (this.trains) stop();
  }
}

const RealWorker = window.Worker;

/** Called with `new`, which gives what it returns. */
function chosenWorker(url: URL | string): Worker | FakeWorker {
  const name = String(url);
  // A replay needs no GPU to be faked.
  const isReal = name.includes('replay') || (window.fake.realJudge && name.includes('judge'));
  return isReal ? new RealWorker(url, { type: 'module' }) : new FakeWorker(url);
}

window.Worker = chosenWorker as unknown as typeof Worker;
