/**
 * @file Times the real page while it trains in Chromium, and writes the figures.
 *
 *   npm run bench:page -- [--steps 3] [--out bench/results/page.json] [--query preset=micro] [--memory 5] [--gpu]
 *
 * On Chromium's software adapter, or with --gpu on the machine's GPU. From load to ready, from Start to the first eight
 * answers, from a clip slider's key press to recoloured tokens, frames a second while it trains, held-out accuracy over
 * the seconds since Start, and the main thread's tasks over 50 ms: wall time, and the processor time in it, since a
 * software adapter takes every core and a task also waits for its turn. With --memory, what page, renderer and GPU
 * process hold at so many steps spread evenly over the run, instead of the trace, which grows itself. --seconds ends the
 * run after so long, whatever step it is at; --built takes the page in dist/ as it is.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { build, preview } from 'vite';
import { findBrowser, hardwareFlags, softwareFlags } from './browser.mjs';

const LONG_TASK_US = 50_000;
const WAIT_MS = 600_000;
const SLIDER_MOVES = 10;

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '3' },
    out: { type: 'string' },
    query: { type: 'string', default: 'preset=micro' },
    memory: { type: 'string', default: '0' },
    seconds: { type: 'string', default: '600' },
    gpu: { type: 'boolean', default: false },
    built: { type: 'boolean', default: false },
  },
});
process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
const executablePath = findBrowser();
if (!executablePath) {
  console.error('No Chrome or Chromium: `npm run prepare-machine` installs one.');
  process.exit(1);
}
if (!values.built) await build({ logLevel: 'warn' });
const server = await preview({ logLevel: 'error', preview: { host: '127.0.0.1', port: 0, open: false } });
// Playwright's own headless switch picks the old headless shell, which has no WebGPU.
const browser = await chromium.launch({
  executablePath,
  headless: false,
  args: ['--headless=new', ...(values.gpu ? hardwareFlags() : softwareFlags())],
});
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
const since = async (from, work) => {
  await work();
  return Math.round(performance.now() - from);
};
// On a GPU the page starts by itself; here Start is what is timed from.
const loaded = performance.now();
await page.goto(`http://127.0.0.1:${server.httpServer.address().port}/?${values.query}&autostart=0`);
const start = page.getByTestId('start-here');
const readyMs = await since(loaded, () => start.waitFor({ timeout: WAIT_MS }));
const memorySamples = Number(values.memory);
const trace = memorySamples > 0 ? null : await startTrace(browser);
const started = performance.now();
const startedAt = Date.now() / 1000;
await start.click();
const firstAnswersMs = await since(started, () =>
  page.getByTestId('answer-row').nth(7).waitFor({ timeout: WAIT_MS }),
);
await reachStep(1);
const firstStepMs = Math.round(performance.now() - started);
// Not beside memory: the list of gaps would be a part of what grows.
if (memorySamples === 0) await page.evaluate(countFrames);
await page.keyboard.press('6');
const recolourMs = await page.evaluate(timeSlider, SLIDER_MOVES);
const memory = [];
for (let i = 1; i <= memorySamples; i++) {
  await reachStep(Math.round((Number(values.steps) * i) / memorySamples));
  memory.push(await readMemory(browser));
  console.error(JSON.stringify(memory.at(-1)));
}
await reachStep(Number(values.steps), Number(values.seconds) * 1000 - (performance.now() - started));
const seconds = (performance.now() - started) / 1000;
const stepReached = await stepNow();
const frames = memorySamples === 0 ? await page.evaluate(() => window.seenFrames) : null;
const { heldOut, reward } = await page.evaluate(readRun, startedAt);
const tasks = (await trace?.stop()) ?? [];
const result = {
  browser: `Chromium ${browser.version()}`,
  adapter: await page.getByTestId('adapter-chip').getAttribute('title'),
  cores: cpus().length,
  load: loadavg()[0],
  query: values.query,
  steps: stepReached,
  seconds: Math.round(seconds),
  readyMs,
  firstAnswersMs,
  firstStepMs,
  ...(frames && {
    framesASecond: Math.round((frames.count * 1000) / frames.ms),
    frameMs: {
      p50: quantile(frames.gaps, 0.5),
      p99: quantile(frames.gaps, 0.99),
      longest: quantile(frames.gaps, 1),
    },
  }),
  heldOut,
  reward,
  recolourMs,
  ...(trace && {
    mainThread: {
      tasksOver50Ms: tasks.length,
      tasksOver100Ms: tasks.filter(({ wallMs }) => wallMs > 100).length,
      longestWallMs: Math.max(0, ...tasks.map(({ wallMs }) => wallMs)),
      longestProcessorMs: Math.max(0, ...tasks.map(({ processorMs }) => processorMs)),
      tasks,
    },
  }),
  ...(memorySamples > 0 && { memory }),
};
console.log(JSON.stringify(result, null, 2));
if (values.out) writeFileSync(values.out, `${JSON.stringify(result, null, 2)}\n`);
await browser.close();
await server.close();
process.exit(0);

/** Waits for the step, at most `limitMs`; where that is less than the usual patience, a step not reached is no error. */
async function reachStep(step, limitMs = WAIT_MS) {
  const reached = page.waitForFunction(
    (wanted) =>
      Number(document.querySelector('[data-testid=step-count]')?.textContent?.replace(/\D/g, '')) >= wanted,
    step,
    { timeout: Math.max(1, limitMs) },
  );
  await (limitMs < WAIT_MS ? reached.catch(() => {}) : reached);
}

async function stepNow() {
  return Number((await page.getByTestId('step-count').textContent()).replace(/\D/g, ''));
}

/** In the page: gaps between frames from now on, ms. */
function countFrames() {
  const seen = { count: 0, ms: 0, gaps: [] };
  window.seenFrames = seen;
  let last = performance.now();
  const next = () => {
    const now = performance.now();
    seen.count++;
    seen.ms += now - last;
    seen.gaps.push(Math.round((now - last) * 10) / 10);
    last = now;
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
}

function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** In the page, from the run folder: held-out accuracy and the training answers' reward, by seconds since Start. */
async function readRun(startedAt) {
  const rows = [];
  const walk = async (folder) => {
    for await (const [name, handle] of folder.entries()) {
      if (handle.kind === 'directory') await walk(handle);
      else if (name === 'metrics.jsonl') {
        const text = await (await handle.getFile()).text();
        rows.push(
          ...text
            .split('\n')
            .filter(Boolean)
            .map((line) => JSON.parse(line)),
        );
      }
    }
  };
  await walk(await navigator.storage.getDirectory());
  const round = (value) => Math.round(value * 1000) / 1000;
  const figure = (row, name) => ({
    step: row.step,
    seconds: Math.round((row.time - startedAt) * 10) / 10,
    [name.startsWith('val') ? 'accuracy' : 'reward']: round(row[name]),
  });
  const tenth = rows.filter(({ step }, i) => step % 10 === 1 || i === rows.length - 1);
  return {
    heldOut: rows.flatMap((row) => {
      const name = Object.keys(row).find((key) => /^val-core.*mean@\d+$/.test(key));
      return name ? [figure(row, name)] : [];
    }),
    reward: tenth.filter((row) => 'critic/score/mean' in row).map((row) => figure(row, 'critic/score/mean')),
  };
}

/** In the page: from a value set on the slider to the frame with the tokens painted anew; ms each. */
async function timeSlider(moves) {
  const slider = document.querySelector('[data-testid=clip-high]');
  const setValue = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
  const times = [];
  for (let i = 0; i < moves; i++) {
    const before = performance.now();
    setValue.call(slider, String(i % 2 ? 0.28 : 0.01));
    slider.dispatchEvent(new Event('change', { bubbles: true }));
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));
    times.push(Math.round(performance.now() - before));
    await new Promise((rest) => setTimeout(rest, 300));
  }
  return times;
}

/** Records the tasks of the page's main thread. */
async function startTrace(browser) {
  const session = await browser.newBrowserCDPSession();
  const events = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...value));
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: {
      recordMode: 'recordContinuously',
      includedCategories: ['toplevel', 'devtools.timeline', '__metadata'],
      excludedCategories: ['*'],
    },
  });
  return {
    stop: async () => {
      const complete = new Promise((done) => session.once('Tracing.tracingComplete', done));
      await session.send('Tracing.end');
      await complete;
      const begin = events.reduce((least, { ts }) => (ts > 0 && ts < least ? ts : least), Infinity);
      const mains = new Set(
        events
          .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
          .map(({ pid, tid }) => `${pid}/${tid}`),
      );
      return events
        .filter(
          ({ name, dur, pid, tid }) =>
            /RunTask$/.test(name) && (dur ?? 0) > LONG_TASK_US && mains.has(`${pid}/${tid}`),
        )
        .map((task) => ({
          atS: Math.round((task.ts - begin) / 1e6),
          wallMs: Math.round(task.dur / 1000),
          processorMs: Math.round((task.tdur ?? 0) / 1000),
          within: inner(events, task),
        }));
    },
  };
}

/** The longest named parts of a task. */
function inner(events, task) {
  return events
    .filter(
      ({ name, ts, dur, pid, tid }) =>
        pid === task.pid &&
        tid === task.tid &&
        !/RunTask$/.test(name) &&
        dur > task.dur / 5 &&
        ts >= task.ts &&
        ts + dur <= task.ts + task.dur,
    )
    .slice(0, 6)
    .map(({ name, dur }) => `${name} ${Math.round(dur / 1000)} ms`);
}

/**
 * MiB: the page's own heap after a collection, how much of it is code that V8 compiled (it compiles again what runs often),
 * and what the renderer (page and workers) and the GPU process hold.
 */
async function readMemory(browser) {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.enable');
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  const code = await compiledCode(session);
  await session.detach();
  const processes = await browser.newBrowserCDPSession();
  const { processInfo } = await processes.send('SystemInfo.getProcessInfo');
  await processes.detach();
  const resident = (type) =>
    Math.max(
      ...processInfo
        .filter((process) => process.type === type)
        .map(({ id }) => Number(readFileSync(`/proc/${id}/statm`, 'utf8').split(' ')[1]) * 4096),
    );
  const mib = (bytes) => Math.round((bytes / 2 ** 20) * 10) / 10;
  const step = await stepNow();
  return {
    step,
    pageHeap: mib(usedSize),
    pageCode: mib(code),
    renderer: mib(resident('renderer')),
    gpuProcess: mib(resident('GPU')),
    elements: await page.evaluate(() => document.querySelectorAll('*').length),
  };
}

/** Bytes of the heap's nodes of type `code`, by a heap snapshot. */
async function compiledCode(session) {
  const chunks = [];
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk));
  await session.send('HeapProfiler.takeHeapSnapshot');
  const { snapshot, nodes } = JSON.parse(chunks.join(''));
  const { node_fields, node_types } = snapshot.meta;
  const type = node_fields.indexOf('type');
  const size = node_fields.indexOf('self_size');
  const code = node_types[type].indexOf('code');
  let bytes = 0;
  for (let at = 0; at < nodes.length; at += node_fields.length)
    if (nodes[at + type] === code) bytes += nodes[at + size];
  return bytes;
}
