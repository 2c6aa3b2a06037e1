/**
 * @file Bundles a TypeScript program for Node, once per change of its sources.
 *
 * A record beside the bundle lists each source with its size and modification time; while they all agree, the
 * bundle of last time is used again and starting costs only Node's own start.
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, isAbsolute, join, relative } from 'node:path';

/** Bundles nobody has used for a day are removed; a long run may still load a chunk of an older one. */
const KEEP_MS = 24 * 3600 * 1000;

/**
 * @param {string} entry absolute path of a TypeScript file
 * @param {string} root repository root
 * @returns {Promise<string>} absolute path of the bundle
 */
export async function bundle(entry, root) {
  const cache = join(root, 'node_modules/.cache/longview');
  // Checkouts may share their node_modules through a link; each has its own bundles.
  const checkout = createHash('sha256').update(root).digest('hex').slice(0, 8);
  const name = `${checkout}-${relative(root, entry).replace(/[^\w]+/g, '-')}`;
  const recordPath = join(cache, `${name}.json`);
  const known = readRecord(recordPath);
  if (known && existsSync(known.program) && known.sources.every(([path, stamp]) => stampOf(path) === stamp)) {
    return known.program;
  }

  // Vite is loaded only when there is something to build.
  const { build } = await import('vite');
  const result = await build({
    root,
    configFile: false,
    publicDir: false,
    logLevel: 'error',
    build: {
      ssr: entry,
      write: false,
      target: 'node20',
      minify: false,
      sourcemap: 'inline',
      rollupOptions: {
        output: { format: 'es', entryFileNames: 'main.mjs', chunkFileNames: '[name]-[hash].mjs' },
      },
    },
  });
  const { output } = Array.isArray(result) ? result[0] : result;
  const chunks = output.filter((file) => file.type === 'chunk');
  const hash = createHash('sha256');
  for (const chunk of chunks) hash.update(chunk.fileName).update(chunk.code);
  const folder = join(cache, `${name}-${hash.digest('hex').slice(0, 12)}`);
  const program = join(folder, 'main.mjs');
  if (!existsSync(program)) {
    // Written aside and renamed, so that two commands started together never read half a bundle.
    const aside = `${folder}.${process.pid}`;
    for (const chunk of chunks) {
      mkdirSync(dirname(join(aside, chunk.fileName)), { recursive: true });
      writeFileSync(join(aside, chunk.fileName), chunk.code);
    }
    try {
      renameSync(aside, folder);
    } catch {
      rmSync(aside, { recursive: true, force: true });
    }
  }

  const paths = chunks.flatMap((chunk) =>
    chunk.moduleIds.map((id) => id.replace(/\?.*$/, '').replace(/^\0/, '')),
  );
  const sources = [...new Set([...paths, join(root, 'package-lock.json')])]
    .filter((path) => isAbsolute(path) && existsSync(path))
    .map((path) => [path, stampOf(path)]);
  writeFileSync(`${recordPath}.${process.pid}`, JSON.stringify({ program, sources }));
  renameSync(`${recordPath}.${process.pid}`, recordPath);
  removeOld(cache, `${name}-`, folder);
  return program;
}

function readRecord(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

function stampOf(path) {
  try {
    const { size, mtimeMs } = statSync(path);
    return `${size} ${mtimeMs}`;
  } catch {
    return 'gone';
  }
}

function removeOld(cache, prefix, current) {
  for (const name of readdirSync(cache)) {
    const path = join(cache, name);
    if (!name.startsWith(prefix) || path === current) continue;
    try {
      if (Date.now() - statSync(path).mtimeMs > KEEP_MS) rmSync(path, { recursive: true, force: true });
    } catch {
      // Another command removed it first.
    }
  }
}
