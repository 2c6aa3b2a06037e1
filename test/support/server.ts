/** @file Serves the production build on a free port for the browser tests, once for the whole run. */
import { existsSync } from 'node:fs';
import { type PreviewServer, preview } from 'vite';
import type { TestProject } from 'vitest/node';
import { findBrowser } from '../../scripts/browser.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the served build, ending in a slash. */
    baseUrl: string;
    /** Path of the Chrome or Chromium to drive. */
    browserPath: string;
  }
}

let server: PreviewServer | null = null;

export async function setup(project: TestProject): Promise<void> {
  if (!existsSync('dist/index.html'))
    throw new Error('There is no build to open: run `npm run build` first.');
  const browserPath = findBrowser();
  if (!browserPath) throw new Error('No Chrome or Chromium: `npm run prepare-machine` installs one.');
  server = await preview({ logLevel: 'error', preview: { host: '127.0.0.1', port: 0, open: false } });
  const address = server.httpServer.address();
  if (address === null || typeof address === 'string') throw new Error('The preview server has no port.');
  project.provide('baseUrl', `http://127.0.0.1:${address.port}/`);
  project.provide('browserPath', browserPath);
}

export async function teardown(): Promise<void> {
  await server?.close();
}
