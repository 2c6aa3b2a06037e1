/**
 * @file Takes the README's screenshots of the real page, training on the software adapter.
 *
 *   npm run screenshots          writes docs/screenshots/*.png
 */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { build, preview } from 'vite';
import { findBrowser, softwareFlags } from './browser.mjs';

/** Steps to wait for: enough for the curves to show a shape. */
const STEPS = 6;
const WAIT_MS = 600_000;
const SHOTS = [
  { name: 'play-light', colorScheme: 'light', viewport: { width: 1440, height: 900 } },
  { name: 'play-dark', colorScheme: 'dark', viewport: { width: 1440, height: 900 } },
  { name: 'play-light-phone', colorScheme: 'light', viewport: { width: 390, height: 844 } },
  { name: 'play-dark-phone', colorScheme: 'dark', viewport: { width: 390, height: 844 } },
];

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
const executablePath = findBrowser();
if (!executablePath) {
  console.error('No Chrome or Chromium: `npm run prepare-machine` installs one.');
  process.exit(1);
}
const folder = join(root, 'docs/screenshots');
if (!existsSync(folder)) mkdirSync(folder, { recursive: true });

await build({ logLevel: 'warn' });
const server = await preview({ logLevel: 'error', preview: { host: '127.0.0.1', port: 0, open: false } });
// Small batches: the pictures show the page, not a result, and a software adapter is slow.
const settings =
  'autostart=1&train_batch_size=4&gen_batch_size=8&mini_batch_size=1&filter_groups.max_num_gen_batches=1';
const url = `http://127.0.0.1:${server.httpServer.address().port}/?${settings}`;
// Playwright's own headless switch picks the old headless shell, which has no WebGPU.
const browser = await chromium.launch({
  executablePath,
  headless: false,
  args: ['--headless=new', ...softwareFlags()],
});
try {
  // One training run serves all pictures: the same page is shown in each size and colour scheme.
  const page = await browser.newPage({ deviceScaleFactor: 1 });
  await page.goto(url);
  await page.waitForFunction(
    (steps) => {
      const text = document.querySelector('[data-testid=step-count]')?.textContent ?? '';
      return Number(text.replace(/\D/g, '')) > steps;
    },
    STEPS,
    { timeout: WAIT_MS },
  );
  for (const { name, colorScheme, viewport } of SHOTS) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(viewport);
    // Charts redraw on resize, a frame or two later.
    await page.waitForTimeout(500);
    await page.screenshot({ path: join(folder, `${name}.png`) });
    console.log(`docs/screenshots/${name}.png`);
  }
} finally {
  await browser.close();
  await server.close();
}
process.exit(0);
