/**
 * @file `npm start`: serves the built page on this machine and opens it in the browser.
 *
 *   npm start                     builds when something changed, serves, opens the default browser
 *   npm start -- --software      opens Chrome or Chromium with its software WebGPU adapter (no GPU needed)
 *   npm start -- --port 8080     on this port exactly; otherwise the first free one from 4173
 *   npm start -- --no-open       only serves
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findBrowser, softwareFlags } from './browser.mjs';
import { findVulkan } from './vulkan.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const SOURCES = ['src', 'workers', 'public', 'index.html', 'vite.config.ts', 'package-lock.json'];
const FIRST_PORT = 4173;

const options = readOptions();
const vite = await import('vite').catch(() =>
  stop('The packages are not installed yet: run `npm ci` first.'),
);
process.chdir(root);
if (isStale()) {
  console.log('Building the page …');
  await vite.build({ logLevel: 'warn' }).catch((error) => stop(`The build failed: ${error.message}`));
}

const server = await vite
  .preview({
    logLevel: 'error',
    preview: {
      host: '127.0.0.1',
      port: options.port ?? FIRST_PORT,
      strictPort: options.port !== undefined,
      open: false,
    },
  })
  .catch((error) => stop(`Cannot serve on port ${options.port ?? FIRST_PORT}: ${error.message}`));
const url = `http://localhost:${server.httpServer.address().port}/`;
console.log(`Longview: ${url}   (Ctrl+C ends it)`);

let browser = null;
let profile = null;
process.on('SIGINT', end);
process.on('SIGTERM', end);
if (options.open) {
  if (options.software) openSoftwareBrowser();
  else openDefaultBrowser();
}

function readOptions() {
  try {
    const { values } = parseArgs({
      allowNegative: true,
      options: {
        software: { type: 'boolean' },
        port: { type: 'string' },
        open: { type: 'boolean', default: true },
      },
    });
    if (
      values.port !== undefined &&
      !(Number.isInteger(+values.port) && +values.port > 0 && +values.port < 65536)
    ) {
      throw new Error(`--port takes a number from 1 to 65535, not "${values.port}".`);
    }
    return { ...values, port: values.port === undefined ? undefined : Number(values.port) };
  } catch (error) {
    return stop(`${error.message}\nOptions: --software, --port NUMBER, --no-open`);
  }
}

/** Whether anything the page is made from is newer than the build. */
function isStale() {
  const built = join(root, 'dist/index.html');
  if (!existsSync(built)) return true;
  const builtMs = statSync(built).mtimeMs;
  return SOURCES.some((name) => newestMs(join(root, name)) > builtMs);
}

function newestMs(path) {
  if (!existsSync(path)) return 0;
  const own = statSync(path);
  if (!own.isDirectory()) return own.mtimeMs;
  // A folder's own time tells of files taken away.
  return readdirSync(path).reduce(
    (newest, name) => Math.max(newest, newestMs(join(path, name))),
    own.mtimeMs,
  );
}

/** Chrome or Chromium with SwiftShader, in a profile of its own: flags do nothing in a browser already running. */
function openSoftwareBrowser() {
  const program = findBrowser();
  if (!program) {
    console.log('No Chrome or Chromium found. Install one, or set CHROMIUM_PATH, and start again.');
    return;
  }
  if (!hasDisplay()) {
    console.log(`No display here. On a machine with one, open ${url} in Chrome started with`);
    console.log('  --enable-unsafe-webgpu --use-webgpu-adapter=swiftshader');
    return;
  }
  profile = mkdtempSync(join(tmpdir(), 'longview-browser-'));
  const flags = [...softwareFlags(), `--user-data-dir=${profile}`, '--new-window', url];
  browser = spawn(program, flags, { stdio: 'ignore' });
  browser.on('error', (error) => console.log(`Could not start ${program}: ${error.message}`));
  browser.on('exit', end);
}

function openDefaultBrowser() {
  if (process.platform === 'linux') adviseOnLinux();
  if (!hasDisplay() || process.env.CI) return;
  const [program, ...args] = { darwin: ['open', url], win32: ['cmd', '/c', 'start', '', url] }[
    process.platform
  ] ?? ['xdg-open', url];
  // Without a browser the printed address is enough.
  const child = spawn(program, args, { stdio: 'ignore', detached: true });
  child.on('error', () => console.log('No browser opened by itself: open the address above.'));
  child.unref();
}

/** Chrome on Linux has WebGPU by default from version 144 on, and not with every driver. */
function adviseOnLinux() {
  if (findVulkan().kind === 'hardware') {
    console.log(
      'If the page finds no GPU, start Chrome with --enable-unsafe-webgpu --enable-features=Vulkan.',
    );
  } else {
    console.log('No GPU driver found here: `npm start -- --software` runs on the processor instead.');
  }
}

function hasDisplay() {
  return process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

function end() {
  browser?.removeAllListeners('exit');
  browser?.kill();
  if (profile) rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  server.close().finally(() => process.exit(0));
}

function stop(message) {
  console.error(message);
  process.exit(1);
}
