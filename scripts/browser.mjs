/** @file Where Chrome or Chromium is on this machine. */
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

/** Names on the path, the likeliest to have WebGPU first. */
const COMMANDS = ['chromium', 'google-chrome-stable', 'google-chrome', 'chromium-browser', 'chrome'];

/** Path of a Chrome or Chromium program, or null. `CHROMIUM_PATH` wins where it is set. */
export function findBrowser() {
  const given = process.env.CHROMIUM_PATH;
  // A wrong path is not quietly replaced by another browser: the person asked for this one.
  if (given) return existsSync(given) ? given : null;
  return candidates().find((path) => existsSync(path)) ?? null;
}

/** Folders that may hold a browser's own SwiftShader and Vulkan loader. */
export function browserFolders() {
  const folders = ['/usr/lib/chromium', '/opt/google/chrome', '/usr/lib/chromium-browser'];
  const found = findBrowser();
  if (found) folders.unshift(dirname(realpathSync(found)));
  return [...new Set([...folders, ...playwrightPrograms().map((path) => dirname(path))])];
}

/** What Chromium is started with so that WebGPU runs on its own SwiftShader, needs no GPU and stays off the network. */
export function softwareFlags() {
  return [...commonFlags(), '--use-webgpu-adapter=swiftshader'];
}

/** The same on the machine's GPU, which Chrome on Linux reaches through Vulkan, on a screen or without one. */
export function hardwareFlags() {
  if (process.platform !== 'linux') return commonFlags();
  return [
    ...commonFlags(),
    '--enable-features=Vulkan',
    '--use-angle=vulkan',
    '--disable-vulkan-surface',
    '--ignore-gpu-blocklist',
  ];
}

/** A root user has no user namespace to make a sandbox in, so only then the sandbox is off. */
function commonFlags() {
  return [
    '--enable-unsafe-webgpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
    '--no-default-browser-check',
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  ];
}

function candidates() {
  const home = homedir();
  const named = {
    darwin: [
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
      join(home, 'Applications/Google Chrome.app/Contents/MacOS/Google Chrome'),
      '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
    ],
    win32: [process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)'], process.env.LOCALAPPDATA]
      .filter((folder) => folder !== undefined)
      .flatMap((folder) => [
        join(folder, 'Google/Chrome/Application/chrome.exe'),
        join(folder, 'Chromium/Application/chrome.exe'),
        join(folder, 'Microsoft/Edge/Application/msedge.exe'),
      ]),
  };
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => COMMANDS.map((name) => join(folder, name)));
  const usual = COMMANDS.map((name) => join('/usr/bin', name));
  return [...(named[process.platform] ?? [...usual, ...onPath]), ...playwrightPrograms()];
}

/** Full browsers in Playwright's cache, newest first (its headless shell has no WebGPU and is left out). */
function playwrightPrograms() {
  const caches = {
    darwin: join(homedir(), 'Library/Caches/ms-playwright'),
    win32: join(process.env.LOCALAPPDATA ?? homedir(), 'ms-playwright'),
  };
  const cache =
    process.env.PLAYWRIGHT_BROWSERS_PATH ||
    caches[process.platform] ||
    join(homedir(), '.cache/ms-playwright');
  if (!existsSync(cache)) return [];
  const inside = [
    'chrome-linux64/chrome',
    'chrome-linux/chrome',
    'chrome-win64/chrome.exe',
    'chrome-win/chrome.exe',
    'chrome-mac-arm64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
    'chrome-mac-x64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
    'chrome-mac/Chromium.app/Contents/MacOS/Chromium',
  ];
  return readdirSync(cache)
    .filter((name) => /^chromium-\d+$/.test(name))
    .sort((a, b) => Number(b.slice(9)) - Number(a.slice(9)))
    .flatMap((name) => inside.map((path) => join(cache, name, path)))
    .filter((path) => existsSync(path));
}
