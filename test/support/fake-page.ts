/** @file Opens the built page with the fake workers in place of the real ones. */
import { build } from 'vite';
import type {} from './fake-workers';
import { type OpenedPage, type OpenPageOptions, openPage } from './page';

let script: Promise<string> | null = null;

/** The fakes as one plain script, built once for all tests of a file. */
async function bundleFakes(): Promise<string> {
  const result = await build({
    configFile: false,
    publicDir: false,
    logLevel: 'error',
    build: {
      write: false,
      minify: false,
      rollupOptions: { input: 'test/support/fake-workers.ts', output: { format: 'iife' } },
    },
  });
  const built = Array.isArray(result) ? result[0] : result;
  const chunk = 'output' in built ? built.output.find((file) => file.type === 'chunk') : null;
  if (!chunk) throw new Error('The fake workers gave no script.');
  return chunk.code;
}

export async function openFakePage(options: OpenPageOptions = {}): Promise<OpenedPage> {
  script ??= bundleFakes();
  // Playwright sends a function by its text; this one's text is the bundle.
  const before = new Function(await script) as () => void;
  return openPage({ ...options, before });
}
