/**
 * @file How many bytes the first visit downloads as code: the built page's scripts and styles, all they import
 * statically, and the workers they start, gzipped. What is loaded on demand is listed apart.
 *
 *   node scripts/bundle-size.mjs       fails above the budget
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { parseAst } from 'vite';

/** First-visit JavaScript and CSS, gzipped. */
const BUDGET_BYTES = 600_000;

const dist = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist');

/** @returns {Map<string, number>} built file → gzipped bytes, for all that the first visit loads */
function firstVisit() {
  const html = readFileSync(join(dist, 'index.html'), 'utf8');
  const waiting = [...html.matchAll(/<(?:script|link)\b[^>]*?\b(?:src|href)="([^"]+\.(?:js|css))"/g)].map(
    (match) => join(dist, match[1]),
  );
  if (!waiting.some((path) => path.endsWith('.js'))) throw new Error('dist/index.html loads no script.');
  const sizes = new Map();
  while (waiting.length > 0) {
    const path = waiting.pop();
    if (sizes.has(path)) continue;
    const text = readFileSync(path, 'utf8');
    sizes.set(path, gzipSync(text).byteLength);
    if (path.endsWith('.js')) waiting.push(...loadedAtOnce(path, text));
  }
  return sizes;
}

/** Files that a built script imports statically or starts as a worker. */
function loadedAtOnce(path, text) {
  const found = [];
  const add = (specifier) => {
    if (!/\.js$/.test(specifier)) return;
    const target = specifier.startsWith('/') ? join(dist, specifier) : join(dirname(path), specifier);
    if (!existsSync(target))
      throw new Error(`${relative(dist, path)} loads ${specifier}, which was not built.`);
    found.push(target);
  };
  visit(parseAst(text), (node) => {
    if (/^(Import|ExportNamed|ExportAll)Declaration$/.test(node.type) && node.source) add(node.source.value);
    if (node.type === 'NewExpression' && /^(Shared)?Worker$/.test(node.callee.name ?? '')) {
      // `new Worker(new URL('/assets/x.js', import.meta.url))` in whatever form the minifier leaves it.
      visit(node.arguments[0], (inner) => {
        if (inner.type === 'Literal' && typeof inner.value === 'string') add(inner.value);
        if (inner.type === 'TemplateElement') add(inner.value.cooked ?? '');
      });
    }
  });
  return found;
}

function visit(node, see) {
  if (Array.isArray(node)) {
    for (const item of node) visit(item, see);
  } else if (node && typeof node.type === 'string') {
    see(node);
    for (const value of Object.values(node)) if (value && typeof value === 'object') visit(value, see);
  }
}

if (!existsSync(join(dist, 'index.html'))) {
  console.error('There is no build: run `npm run build` first.');
  process.exit(1);
}
const sizes = firstVisit();
const total = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} KB`;
for (const [path, bytes] of [...sizes].sort((a, b) => b[1] - a[1])) {
  console.log(`${kilobytes(bytes).padStart(10)}  ${relative(dist, path)}`);
}
console.log(`${kilobytes(total).padStart(10)}  in all, of ${kilobytes(BUDGET_BYTES)} (gzip)`);
process.exit(total <= BUDGET_BYTES ? 0 : 1);
