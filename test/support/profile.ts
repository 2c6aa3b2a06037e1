/** @file A Chromium with a profile on disk that can be killed and started again: what must last is tested there. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { inject } from 'vitest';
import { softwareFlags } from '../../scripts/browser.mjs';

export interface Profile {
  /** Starts the browser where it does not run, and opens the page. */
  open(query: Record<string, string>): Promise<Page>;
  context(): BrowserContext;
  /** SIGKILL to the whole browser. */
  kill(): Promise<void>;
  /** Ends the browser and deletes the profile. */
  remove(): Promise<void>;
}

export function makeProfile(): Profile {
  const folder = mkdtempSync(join(tmpdir(), 'longview-profile-'));
  let child: ChildProcess | null = null;
  let browser: Browser | null = null;

  async function start(): Promise<BrowserContext> {
    if (browser?.isConnected()) return browser.contexts()[0];
    const flags = ['--headless=new', '--remote-debugging-port=0', `--user-data-dir=${folder}`, 'about:blank'];
    child = spawn(inject('browserPath'), [...softwareFlags(), ...flags], {
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    browser = await chromium.connectOverCDP(await debuggerAddress(child));
    return browser.contexts()[0];
  }

  async function kill(): Promise<void> {
    const ended = child;
    if (!ended?.pid) return;
    const closed = new Promise((resolve) => ended.once('exit', resolve));
    process.kill(-ended.pid, 'SIGKILL');
    await closed;
    [child, browser] = [null, null];
  }

  return {
    async open(query) {
      const page = await (await start()).newPage();
      await page.goto(`${inject('baseUrl')}?${new URLSearchParams(query)}`);
      return page;
    },
    context() {
      if (!browser) throw new Error('the browser does not run');
      return browser.contexts()[0];
    },
    kill,
    async remove() {
      await kill();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

function debuggerAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const found = /DevTools listening on (ws:\S+)/.exec(said);
      if (found) resolve(found[1]);
    });
    child.once('close', () => reject(new Error(`the browser ended: ${said.slice(-500)}`)));
  });
}
