/** @file The judge in the real browser: the built worker on WebAssembly and WebGPU says what Node says. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JudgeResult } from '../../src/reward/types';
import { openChatJudge } from '../../src/run/onnx/chat-model-judge';
import { createEmbeddedJudge } from '../../src/run/onnx/embedded-judge';
import { tinyChatFolder } from '../support/chat-folder';
import { randomJudge } from '../support/judge';
import { askJudgeWorker } from '../support/judge-worker';
import { type OpenedPage, openPage } from '../support/page';

const requests = [
  ['Who built the mill?', 'Ada Bell', 'Bell'],
  ['How many ships came?', '42', 'forty-two'],
  ['Where?', 'Paris '.repeat(40), 'London'],
  ['When?', 'in 1832', '1832'],
].map(([question, prediction, gold]) => ({ question, prediction, gold }));

const probabilities = (results: JudgeResult[]) =>
  results.map((result) => (result.asked ? result.probability : result.reason));
const verdicts = (results: JudgeResult[]) => results.map((result) => (result.asked ? result.verdict : null));

describe('the judge worker', () => {
  let opened: OpenedPage;
  beforeAll(async () => {
    opened = await openPage({ query: { autostart: '0' } });
  });
  afterAll(() => opened.close());

  it.each(['wasm', 'webgpu'] as const)(
    'with a text-pair classifier on %s says what Node says',
    async (where) => {
      const { store } = await randomJudge();
      const node = await createEmbeddedJudge(store, { provider: { name: 'wasm' } });
      const expected = await node.judge(requests);
      const { runtime, results, progress, openMs, askMs } = await askJudgeWorker(
        opened.page,
        store,
        'pair',
        where,
        requests,
      );
      console.log(
        `${where}: loaded in ${openMs.toFixed(0)} ms, ${requests.length} pairs in ${askMs.toFixed(0)} ms`,
      );
      expect(runtime).toBe(where);
      expect(verdicts(results)).toEqual(verdicts(expected));
      probabilities(results).forEach((p, i) => {
        expect(Math.abs(Number(p) - Number(probabilities(expected)[i]))).toBeLessThan(1e-3);
      });
      expect(progress.length).toBeGreaterThanOrEqual(3);
      expect(opened.outside).toEqual([]);
    },
  );

  it('leaves a software GPU alone where it may choose', async () => {
    const { store } = await randomJudge();
    const { runtime } = await askJudgeWorker(opened.page, store, 'pair', 'auto', requests.slice(0, 1));
    expect(runtime).toBe('wasm');
  });

  it('needs no cross-origin isolation', async () => {
    const { page } = opened;
    // As a plain static host serves it, without headers of its own.
    await page.route('**/*', async (route) => {
      const response = await route.fetch();
      const { 'content-type': type } = response.headers();
      await route.fulfill({ response, headers: { 'content-type': type } });
    });
    try {
      await page.reload();
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
      const { store } = await randomJudge();
      const { results } = await askJudgeWorker(page, store, 'pair', 'wasm', requests.slice(0, 2));
      expect(results.map(({ asked }) => asked)).toEqual([true, true]);
    } finally {
      // The page itself may be in the middle of a request.
      await page.unrouteAll({ behavior: 'ignoreErrors' });
      await page.reload();
    }
  });

  it.each(['wasm', 'webgpu'] as const)('with a chat model on %s says what Node says', async (where) => {
    const { store } = await tinyChatFolder();
    const node = openChatJudge({ id: 'tiny', store, mode: 'compared', provider: { name: 'wasm' } });
    const one = requests.slice(0, 1);
    const expected = await node.judge(one);
    const { runtime, results } = await askJudgeWorker(opened.page, store, 'chat', where, one);
    expect(runtime).toBe(where);
    expect(verdicts(results)).toEqual(verdicts(expected));
    probabilities(results).forEach((p, i) => {
      expect(Math.abs(Number(p) - Number(probabilities(expected)[i]))).toBeLessThan(1e-3);
    });
  });
});
