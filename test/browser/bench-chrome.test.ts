/** @file The bench's page: it opens a device in a worker, and is no part of what is served. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { runInChrome } from '../../scripts/bench-chrome.mjs';

it("chooses kernels on the browser's adapter, and says which browser and adapter that is", async () => {
  const said: string[] = [];
  const request = { parts: [], repeats: 1, lengths: null };
  const { answer, browser } = await runInChrome(request, (text) => said.push(text));
  expect(answer).toMatchObject({
    outcome: 'done',
    adapter: { software: expect.any(Boolean) },
    faults: [],
    details: { kernels: { linear: { forward: expect.any(String), decode_few: expect.any(String) } } },
  });
  expect(browser).toMatch(/^Chromium \d+/);
  expect(said).toContain('choosing kernels');
});

it('an error in the page comes back with its code and advice', async () => {
  const request = { parts: ['shape' as const], repeats: 1, lengths: [0] };
  const { answer } = await runInChrome(request, () => {});
  expect(answer).toMatchObject({ outcome: 'failed', code: expect.any(String), advice: expect.any(String) });
});

it('nothing of it is in the production build', () => {
  const files = readdirSync('dist', { recursive: true, encoding: 'utf8' });
  expect(files.length).toBeGreaterThan(0);
  expect(files.filter((path) => /(^|\/)bench/.test(path))).toEqual([]);
  const scripts = files.filter((path) => path.endsWith('.js'));
  expect(scripts.some((path) => readFileSync(`dist/${path}`, 'utf8').includes('runBench'))).toBe(false);
});
