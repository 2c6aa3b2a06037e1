/** @file How the page is built and served. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin, runnerImport } from 'vite';

/**
 * What the page may load and whom it may talk to: itself. A document dropped into the tab cannot leave it, even by
 * a mistake in our code. WebAssembly needs its own keyword; blob: URLs serve workers and downloads.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** Cross-origin isolation: exact timers, and threads for WebAssembly. */
const ISOLATION_HEADERS = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** Writes the policy into the built page; the dev server needs inline scripts for hot reload and goes without. */
function contentSecurityPolicy(): Plugin {
  return {
    name: 'longview:content-security-policy',
    apply: 'build',
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: CONTENT_SECURITY_POLICY },
        injectTo: 'head-prepend',
      },
    ],
  };
}

const inRepository = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * Writes the opening document at the first question of the default settings into the page, to be read before any script runs.
 * The page's own modules say what that is: Vite resolves them as it does for the page, anew at each call.
 */
function openingShell(): Plugin {
  return {
    name: 'longview:opening-shell',
    transformIndexHtml: {
      order: 'pre',
      async handler(html) {
        const { module } = await runnerImport<typeof import('./src/ui/opening-shell')>(
          inRepository('src/ui/opening-shell.ts'),
          { root: inRepository('.') },
        );
        const shell = module.openingShell((path) => readFileSync(inRepository(`public/${path}`), 'utf8'));
        return html.replace('<!-- shell -->', () => shell);
      },
    },
  };
}

/**
 * Shader sources without their comments and indentation, which the page's readers do not read. WGSL has no string in which
 * `//` could stand.
 */
function bareShaders(): Plugin {
  return {
    name: 'longview:bare-shaders',
    apply: 'build',
    enforce: 'post',
    transform: {
      filter: { id: /\.wgsl\?raw$/ },
      handler: (module) => {
        const source = module.match(/^export default (".*");?$/s)?.[1];
        if (source === undefined) throw new Error('a raw import is not what it was');
        const bare = (JSON.parse(source) as string)
          .split('\n')
          .map((line) => line.replace(/\/\/.*/, '').trim())
          .filter(Boolean)
          .join('\n');
        return { code: `export default ${JSON.stringify(bare)};`, map: null };
      },
    },
  };
}

/** The commit the page is built from; an archive without history has none. */
function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown';
  }
}

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as {
  version: string;
};

export default defineConfig({
  define: { __APP_VERSION__: JSON.stringify(version), __COMMIT__: JSON.stringify(commit()) },
  // One page without routes: a missing file is a 404, not the page again.
  appType: 'mpa',
  plugins: [react(), openingShell(), bareShaders(), contentSecurityPolicy()],
  build: { target: 'es2023', sourcemap: true, assetsInlineLimit: 0 },
  worker: { format: 'es', plugins: () => [bareShaders()] },
  server: { headers: ISOLATION_HEADERS },
  // A worker takes its policy from its own response, not from the page's meta element.
  preview: { headers: { ...ISOLATION_HEADERS, 'Content-Security-Policy': CONTENT_SECURITY_POLICY } },
});
