/** @file Opens the built page in a real Chromium with its software WebGPU adapter, and hears all it complains about. */
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { inject } from 'vitest';

export interface OpenPageOptions {
  /** Query string without the question mark, or its parameters. */
  query?: string | Record<string, string>;
  /** Without its #. */
  hash?: string;
  viewport?: { width: number; height: number };
  colorScheme?: 'light' | 'dark';
  reducedMotion?: 'reduce' | 'no-preference';
  /** Runs in the page before its own scripts (fault injection: hide `navigator.gpu`, say). */
  before?: () => void;
  /** Chromium without its WebGPU flags: the page of a machine that has no adapter. */
  withoutWebGpu?: boolean;
}

export interface OpenedPage {
  page: Page;
  /** Uncaught exceptions and console errors, in the page and its workers. */
  errors: string[];
  /** Every console line as `type: text`. */
  lines: string[];
  /** Addresses asked for outside the page's own origin. */
  outside: string[];
  close: () => Promise<void>;
}

const QUIET_FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];
// The software adapter is asked for by name, so the tests do the same work on a machine with a GPU.
const WEBGPU_FLAGS = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

/** A browser of its own for each page: a lost or slow device of one test is no trouble to the next. */
export async function openPage(options: OpenPageOptions = {}): Promise<OpenedPage> {
  const browser = await launch(options.withoutWebGpu ?? false);
  try {
    return await openIn(browser, options);
  } catch (error) {
    await browser.close();
    throw error;
  }
}

function launch(withoutWebGpu: boolean): Promise<Browser> {
  return chromium.launch({
    executablePath: inject('browserPath'),
    // Playwright's own headless switch picks the old headless shell, which has no WebGPU.
    headless: false,
    args: withoutWebGpu ? [...QUIET_FLAGS, '--disable-features=WebGPU'] : [...QUIET_FLAGS, ...WEBGPU_FLAGS],
  });
}

async function openIn(browser: Browser, options: OpenPageOptions): Promise<OpenedPage> {
  const baseUrl = inject('baseUrl');
  const errors: string[] = [];
  const lines: string[] = [];
  const outside: string[] = [];
  const contextOptions: BrowserContextOptions = {
    viewport: options.viewport ?? { width: 1440, height: 900 },
    colorScheme: options.colorScheme ?? 'light',
    reducedMotion: options.reducedMotion ?? 'no-preference',
  };
  const context = await browser.newContext(contextOptions);
  context.on('console', (message) => {
    lines.push(`${message.type()}: ${message.text()}`);
    if (message.type() === 'error') errors.push(message.text());
  });
  context.on('weberror', (error) => errors.push(String(error.error())));
  context.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(baseUrl) && !/^(data|blob):/.test(url)) outside.push(url);
  });
  const page = await context.newPage();
  page.on('crash', () => errors.push('the tab crashed'));
  if (options.before) await page.addInitScript(options.before);
  const query = new URLSearchParams(options.query ?? '').toString();
  const hash = options.hash ? `#${options.hash}` : '';
  await page.goto(`${baseUrl}${query && `?${query}`}${hash}`);
  return { page, errors, lines, outside, close: () => browser.close() };
}
