/**
 * @file Times one engine's train step in a process of its own, and prints one line of JSON.
 *
 *   node bench/peers/run.mjs jax 512 5        engine (jax | tfjs), tokens, timed steps
 *
 * The first step is told apart: it compiles. The engines are bundled as for a browser, which is where they are at home.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';
import { create, globals } from 'webgpu';

const here = dirname(fileURLToPath(import.meta.url));
const [engine, count, repeats] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
if (engine !== 'jax' && engine !== 'tfjs') throw new Error(`unknown engine ${engine}`);

Object.assign(globalThis, globals);
// Kept for the whole process: Dawn crashes when its instance is collected.
const gpu = create([]);
Object.defineProperty(globalThis, 'navigator', {
  value: { gpu, userAgent: 'node' },
  configurable: true,
});
// Node 20 lacks the iterator helper that jax-js uses; browsers have it.
const iterators = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
iterators.map ??= function* map(change) {
  let index = 0;
  for (const value of this) yield change(value, index++);
};
iterators.filter ??= function* filter(wanted) {
  let index = 0;
  for (const value of this) if (wanted(value, index++)) yield value;
};
iterators.toArray ??= function toArray() {
  return [...this];
};

const { prepare } = await import(pathToFileURL(await bundle(engine)).href);
const started = performance.now();
const step = await prepare(count);
const losses = [await step()];
const firstMs = performance.now() - started;
const times = [];
for (let i = 0; i < repeats; i++) {
  const begin = performance.now();
  losses.push(await step());
  times.push(performance.now() - begin);
}
const medianMs = times.sort((a, b) => a - b)[Math.floor(repeats / 2)];
const tokensPerSecond = (count / medianMs) * 1000;
console.log(JSON.stringify({ engine, tokens: count, firstMs, medianMs, tokensPerSecond, losses }));
process.exit(0);

async function bundle(name) {
  const { output } = await build({
    root: here,
    configFile: false,
    publicDir: false,
    logLevel: 'error',
    resolve: { mainFields: ['module', 'main'] },
    ssr: { noExternal: true },
    build: {
      ssr: join(here, `${name}.mjs`),
      write: false,
      target: 'node20',
      minify: false,
      rollupOptions: { output: { format: 'es', entryFileNames: `${name}.mjs` } },
    },
  });
  const folder = join(here, 'node_modules/.cache');
  for (const { fileName, code, source } of output) {
    mkdirSync(dirname(join(folder, fileName)), { recursive: true });
    writeFileSync(join(folder, fileName), code ?? source);
  }
  return join(folder, `${name}.mjs`);
}
