/**
 * @file Builds the bench's page (bench/chrome) and runs it in Chrome or Chromium: on the browser's GPU where it has one,
 * else on its software adapter. The page is an entry of its own; nothing of it is in the production build.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { build, preview } from 'vite';
import { findBrowser, hardwareFlags, softwareFlags } from './browser.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const entry = 'bench/chrome/index.html';

export async function runInChrome(request, say) {
  const executablePath = findBrowser();
  if (!executablePath) {
    const [code, message] = ['bench.no_browser', 'There is no Chrome or Chromium.'];
    const advice = 'Run `npm run prepare-machine`, which installs one, or set CHROMIUM_PATH.';
    return { answer: { outcome: 'failed', code, message, advice }, browser: '' };
  }
  const outDir = mkdtempSync(join(tmpdir(), 'longview-bench-'));
  let server;
  try {
    await build({
      root,
      logLevel: 'warn',
      publicDir: false,
      build: { outDir, emptyOutDir: true, rollupOptions: { input: join(root, entry) } },
    });
    server = await preview({
      root,
      logLevel: 'error',
      build: { outDir },
      preview: { host: '127.0.0.1', port: 0, open: false },
    });
    const url = `http://127.0.0.1:${server.httpServer.address().port}/${entry}`;
    const onHardware = await runOn(hardwareFlags(), { executablePath, url, request, say });
    if (onHardware.answer.outcome === 'done' || onHardware.answer.code !== 'gpu.no_adapter')
      return onHardware;
    say('no GPU: the software adapter');
    return await runOn(softwareFlags(), { executablePath, url, request, say });
  } finally {
    await server?.close();
    rmSync(outDir, { recursive: true, force: true });
  }
}

async function runOn(flags, { executablePath, url, request, say }) {
  // Playwright's own headless switch picks the old headless shell, which has no WebGPU.
  const browser = await chromium.launch({
    executablePath,
    headless: false,
    args: ['--headless=new', ...flags],
  });
  try {
    const page = await browser.newPage();
    page.on('console', (message) => say(message.text()));
    await page.goto(url);
    await page.waitForFunction(() => window.runBench !== undefined);
    const answer = await page.evaluate((asked) => window.runBench(asked), request);
    return { answer, browser: `Chromium ${browser.version()}, headless, in a worker` };
  } finally {
    await browser.close();
  }
}
