/**
 * @file Films a minute of the real page, training on Chromium's software adapter, with a line of words under each scene.
 *
 *   npm run tour -- [--out docs/tour.webm] [--query preset=micro]
 *
 * The browser's own screencast gives the frames; the browser's own recorder makes the film of them afterwards, so that
 * encoding takes no time from what is filmed.
 */
import { writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { build, preview } from 'vite';
import { findBrowser, softwareFlags } from './browser.mjs';

const size = { width: 1280, height: 800 };
const bitsPerSecond = 1_000_000;
const waitMs = 300_000;

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'docs/tour.webm' },
    // Small batches, so that steps go by while one looks on.
    query: {
      type: 'string',
      default:
        'preset=micro&autostart=0&train_batch_size=4&gen_batch_size=8&mini_batch_size=1&filter_groups.max_num_gen_batches=1&eval.every=3&eval.questions=16',
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
const browser = await chromium.launch({
  executablePath,
  headless: false,
  args: ['--headless=new', ...softwareFlags()],
});
const page = await browser.newPage({ viewport: size });
await page.goto(`http://127.0.0.1:${server.httpServer.address().port}/?${values.query}`);
await page.getByTestId('start-here').waitFor({ timeout: waitMs });
const frames = await startFilm();
await playScenes();
const film = await frames.stop();
writeFileSync(values.out, await encode(film));
console.log(`${values.out}: ${film.length} frames`);
await browser.close();
await server.close();
process.exit(0);

async function playScenes() {
  await say('A long document, a question about it, and a policy small enough for this tab.', 4);
  await page.getByTestId('start-here').click();
  await say('Eight answers to the same question. A rule says which are right.', 6);
  await reachStep(2);
  await say(
    'Right ones are reinforced (blue), wrong ones discouraged (orange): group-normalised advantages.',
    6,
  );
  await page.keyboard.press('3');
  await say('Ratio: how much more, or less, likely each token is after the update.', 5);
  await page.keyboard.press('6');
  await say('Clipped: where the bounds ε stop the gradient.', 4);
  await page.getByTestId('clip-high').focus();
  for (let i = 0; i < 16; i++) {
    await page.keyboard.press('ArrowLeft');
    await page.waitForTimeout(120);
  }
  await say(
    'Drag a bound: plot, tokens and predicted shares follow at once, training from its next update.',
    6,
  );
  await page.keyboard.press('7');
  await page.keyboard.press('c');
  await say('Every number leads to its cause: the objective with this token’s own values.', 6);
  await page.getByTestId('layer-attention').click();
  // It is computed between two steps.
  await page.locator('[data-heat]').first().waitFor({ timeout: waitMs });
  await say('Where the answer looked, by the weights of the last step.', 6);
  await page.getByRole('button', { name: 'Lab', exact: true }).click();
  await say('The Lab: every metric, with your changes marked.', 5);
  for (const [key, words] of [
    ['r', 'Every group and answer, with what was dropped and why.'],
    ['c', 'Curriculum: stages by length, and the pool of hard questions.'],
    ['e', 'Held-out questions: does it learn?'],
  ]) {
    await page.keyboard.press('g');
    await page.keyboard.press(key);
    await say(words, 4);
  }
  await page.keyboard.press('v');
  await say('Two runs side by side, or a twin: same questions, same noise, one setting different.', 5);
}

/** A line of words below the page's own lines, for so many seconds. */
async function say(words, seconds) {
  await page.evaluate((text) => {
    const line = document.getElementById('tour-line') ?? document.createElement('div');
    line.id = 'tour-line';
    line.textContent = text;
    line.setAttribute('aria-hidden', 'true');
    line.style.cssText =
      'position:fixed;inset:auto 0 0;z-index:99;padding:14px 24px;font:600 19px system-ui;text-align:center;color:#fff;background:#14181ff2';
    document.body.append(line);
  }, words);
  await page.waitForTimeout(seconds * 1000);
}

async function reachStep(step) {
  await page.waitForFunction(
    (wanted) =>
      Number(document.querySelector('[data-testid=step-count]')?.textContent?.replace(/\D/g, '')) >= wanted,
    step,
    { timeout: waitMs },
  );
}

/** Frames as the browser shows them: JPEG and seconds since the first. */
async function startFilm() {
  const session = await page.context().newCDPSession(page);
  const taken = [];
  session.on('Page.screencastFrame', ({ data, metadata, sessionId }) => {
    taken.push({ data, at: metadata.timestamp });
    session.send('Page.screencastFrameAck', { sessionId }).catch(() => {});
  });
  await session.send('Page.startScreencast', {
    format: 'jpeg',
    quality: 85,
    maxWidth: size.width,
    maxHeight: size.height,
  });
  return {
    stop: async () => {
      await session.send('Page.stopScreencast');
      return taken.map(({ data, at }) => ({ data, at: at - taken[0].at }));
    },
  };
}

/** Plays the frames at their times on a canvas that is recorded. */
async function encode(taken) {
  const studio = await browser.newPage();
  await studio.setContent('<canvas></canvas>');
  const base64 = await studio.evaluate(
    async ({ taken, size, bitsPerSecond }) => {
      const canvas = document.querySelector('canvas');
      Object.assign(canvas, size);
      const context = canvas.getContext('2d');
      const pictures = [];
      for (const { data, at } of taken) {
        const blob = await (await fetch(`data:image/jpeg;base64,${data}`)).blob();
        pictures.push({ blob, at });
      }
      const recorder = new MediaRecorder(canvas.captureStream(10), {
        mimeType: 'video/webm;codecs=vp9',
        videoBitsPerSecond: bitsPerSecond,
      });
      const parts = [];
      recorder.ondataavailable = ({ data }) => parts.push(data);
      recorder.start(1000);
      const begin = performance.now();
      for (const [i, { blob }] of pictures.entries()) {
        const bitmap = await createImageBitmap(blob);
        const until = (pictures[i + 1]?.at ?? pictures[i].at + 3) * 1000;
        // Drawn again while it stands: the recorder sharpens a still picture frame by frame.
        do {
          context.drawImage(bitmap, 0, 0, size.width, size.height);
          await new Promise((passed) => setTimeout(passed, 100));
        } while (performance.now() - begin < until);
      }
      await new Promise((stopped) => {
        recorder.onstop = stopped;
        recorder.stop();
      });
      const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
      let text = '';
      for (let at = 0; at < bytes.length; at += 8192)
        text += String.fromCharCode(...bytes.subarray(at, at + 8192));
      return btoa(text);
    },
    { taken, size, bitsPerSecond },
  );
  return Buffer.from(base64, 'base64');
}
