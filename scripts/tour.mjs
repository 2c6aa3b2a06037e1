/**
 * @file Films a minute of the real page: training on Chromium's software adapter, then the recorded run that comes with the page.
 *
 *   npm run tour -- [--out docs/tour.webm] [--query preset=micro]
 *
 * What takes longer than its scene is shown faster, with the factor beside the words; what was recorded says so, as the page does.
 */
import { writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { build, preview } from 'vite';
import { findBrowser, softwareFlags } from './browser.mjs';
import { Film } from './film.mjs';

const size = { width: 1440, height: 900 };
const waitMs = 600_000;
/** A step of the recording with groups of all kinds. */
const recordedStep = 12;

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'docs/tour.webm' },
    // Small batches, so that steps go by while one looks on; the window as it is, so that the question is the one of the page's shell.
    query: {
      type: 'string',
      default: 'preset=micro&autostart=0&train_batch_size=2&gen_batch_size=4&mini_batch_size=1&eval.every=0',
    },
  },
});
process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
const executablePath = findBrowser();
if (!executablePath) {
  console.error('No Chrome or Chromium: `npm run prepare-machine` installs one.');
  process.exit(1);
}
await build({ logLevel: 'warn' });
const server = await preview({ logLevel: 'error', preview: { host: '127.0.0.1', port: 0, open: false } });
const address = `http://127.0.0.1:${server.httpServer.address().port}/`;
const browser = await chromium.launch({
  executablePath,
  headless: false,
  args: ['--headless=new', ...softwareFlags()],
});
const context = await browser.newContext({ viewport: size });
context.setDefaultTimeout(waitMs);
const film = new Film(size);

const live = await filmedPage();
await training(live);
const replay = await filmedPage();
await recorded(replay);
await replay.close();
await live.bringToFront();
await comparing(live);
const bytes = await film.encode(context);
writeFileSync(values.out, bytes);
console.log(`${values.out}: ${film.seconds} s, ${(bytes.length / 1e6).toFixed(1)} MB`);
await browser.close();
await server.close();
process.exit(0);

async function filmedPage() {
  const page = await context.newPage();
  await film.watch(page);
  return page;
}

/** From the first look to the clip bounds, on a run that trains. */
async function training(page) {
  await film.scene(
    page,
    5,
    'A long document, a question about it, and a policy small enough for this tab.',
    async () => {
      await page.goto(`${address}?${values.query}`);
      await page.getByTestId('start-here').waitFor();
      await page.waitForTimeout(2000);
    },
  );
  await film.scene(page, 8, 'Eight answers to the same question. A rule says which are right.', async () => {
    await page.getByTestId('start-here').click();
    await page.getByTestId('answer-row').nth(7).waitFor();
    await page.waitForTimeout(3000);
  });
  await film.scene(
    page,
    7,
    'The policy learns: right answers become likelier (blue), wrong ones less likely (orange).',
    async () => {
      await reachStep(page, 1);
      await page.waitForTimeout(2500);
    },
  );
  await page.keyboard.press('6');
  await film.scene(
    page,
    9,
    'Drag a clip bound: dots, tokens and predicted shares follow; training from its next update.',
    async () => {
      await dragUpperBound(page, 1.01);
      await page.waitForTimeout(1500);
      await dragUpperBound(page, 1.2);
    },
  );
  await page.getByTestId('pause-button').click();
  await page.getByTestId('start-button').waitFor();
}

/** What needs many steps, on the run that was recorded. */
async function recorded(page) {
  await page.goto(`${address}?replay=1&autostart=0`);
  await page.getByTestId('start-here').waitFor();
  await seek(page, recordedStep);
  await film.scene(
    page,
    5,
    'A recorded run: groups that are all wrong or all right teach nothing and are dropped.',
    async () => {
      await page.waitForTimeout(1000);
      await page.locator('[data-testid=dropped] button').first().click();
      await page.waitForTimeout(1500);
      await page.locator('[data-testid=dropped-list] button').first().click();
    },
  );
  await page.locator('[data-testid=dropped] button').first().click();
  await film.scene(
    page,
    5,
    'What if an answer had been judged otherwise? A click on its reward, and advantages follow.',
    async () => {
      await page.waitForTimeout(1000);
      await page.getByTestId('flip-reward').nth(1).click();
    },
  );
  await page.keyboard.press('Escape');
  await page.getByTestId('level-lab').click();
  await page.getByTestId('view-overview').click();
  await page.getByTestId('replay-pace').selectOption('fast');
  await page.getByTestId('reset-button').click();
  await page.locator('[data-testid=step-count]', { hasText: /\b0$/ }).waitFor();
  await film.scene(
    page,
    8,
    'The Lab, on the same recorded run: thirty steps, and the reward rises.',
    async () => {
      await page.getByTestId('start-button').click();
      await page.getByText('End of the recording').first().waitFor();
      await page.waitForTimeout(1000);
    },
  );
  await film.scene(page, 3, 'Every group and answer of every step …', async () => {
    await page.getByTestId('view-rollouts').click();
    await page.waitForTimeout(1200);
    await page.getByTestId('tab-scatter').click();
  });
  await film.scene(page, 3, '… and each term of the objective, down to a token.', async () => {
    await page.getByTestId('view-objective').click();
  });
}

/** A twin of the run that was trained first. */
async function comparing(page) {
  await page.keyboard.press('v');
  await page.getByTestId('twin-setting').selectOption('temperature');
  await page.getByTestId('twin-value').fill('0.6');
  await page.getByTestId('twin-start').click();
  await page.getByTestId('twin-running').waitFor();
  await film.scene(page, 3, 'A twin: same questions, same noise, one setting different …', async () => {
    await page.getByTestId('compare-train').click();
    await page.getByTestId('first-difference').first().waitFor();
  });
  await film.scene(page, 4, '… here the temperature. The first token that differs is marked.', async () => {
    await page.waitForTimeout(3000);
  });
}

async function reachStep(page, step) {
  await page.waitForFunction(
    (wanted) =>
      Number(document.querySelector('[data-testid=step-count]')?.textContent?.replace(/\D/g, '')) >= wanted,
    step,
  );
}

/** Moves the recording to a step by the keys of its slider. */
async function seek(page, step) {
  await page.getByTestId('replay-step').focus();
  for (let at = 0; at < step; at++) await page.keyboard.press('ArrowRight');
  await page.locator('[data-testid=step-count]', { hasText: new RegExp(`\\b${step}$`) }).waitFor();
  await page.getByTestId('answer-row').first().waitFor();
}

/** Takes the handle of the upper bound to a ratio, in a second and a half. */
async function dragUpperBound(page, ratio) {
  const steps = 15;
  const { from, to, y } = await page.getByTestId('clip-plot').evaluate((plot, wanted) => {
    const handles = [...plot.querySelectorAll('circle')].map((handle) => handle.getBoundingClientRect());
    const [low, high] = handles.map(({ left, width }) => left + width / 2);
    const [below, above] = [...plot.querySelectorAll('circle + text')].map((label) =>
      Number(/[\d.]+$/.exec(label.textContent)?.[0]),
    );
    return {
      from: high,
      to: low + ((high - low) * (wanted - below)) / (above - below),
      y: handles[1].top + handles[1].height / 2,
    };
  }, ratio);
  await page.mouse.move(from, y);
  await page.mouse.down();
  for (let i = 1; i <= steps; i++) {
    await page.mouse.move(from + ((to - from) * i) / steps, y);
    await page.waitForTimeout(100);
  }
  await page.mouse.up();
}
