/** @file The house plan, held: imports between rooms point one way, kernels do not know each other, no cycles. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseSync } from 'vite';
import { describe, expect, it } from 'vitest';

interface Import {
  from: string;
  to: string;
  /** `import type`: gone after compilation. */
  typeOnly: boolean;
}

/**
 * The rooms and what each may import (docs/architecture.md). `types` names rooms of which only types may be
 * imported. Loose files in `src/` (errors) are words everybody shares and import nothing.
 */
const ROOMS: Record<string, { may: string[]; types?: string[] }> = {
  shared: { may: [] },
  gpu: { may: [] },
  kernels: { may: ['gpu'] },
  policy: { may: ['kernels', 'gpu'] },
  reward: { may: [], types: ['tasks'] },
  tasks: { may: [] },
  rl: { may: [], types: ['policy', 'reward', 'tasks'] },
  evaluation: { may: ['rl', 'tasks', 'reward'], types: ['policy'] },
  run: { may: ['evaluation', 'rl', 'tasks', 'reward', 'policy', 'kernels', 'gpu'] },
  workers: { may: ['run', 'evaluation', 'rl', 'tasks', 'reward', 'policy', 'kernels', 'gpu'] },
  // The page recomputes clip marks from stored log-probs with the same pure formula that the metrics use.
  ui: { may: ['workers', 'run', 'rl'], types: ['evaluation', 'tasks', 'reward', 'policy', 'gpu'] },
  cli: { may: ['run', 'evaluation', 'rl', 'tasks', 'reward', 'policy', 'kernels', 'gpu'] },
};

const root = process.cwd();
const files = ['src', 'workers'].flatMap((folder) => sources(join(root, folder)));
const imports = files.flatMap(importsOf);

describe('the import graph', () => {
  it('has files in it', () => {
    expect(files.length).toBeGreaterThan(5);
    expect(imports.length).toBeGreaterThan(5);
  });

  it('knows the room of every file', () => {
    expect(files.filter((path) => !ROOMS[roomOf(path)])).toEqual([]);
  });

  it('points only down the table of rooms', () => {
    const upward = imports.filter(({ from, to, typeOnly }) => {
      const [room, target] = [roomOf(from), roomOf(to)];
      if (room === target || target === 'shared') return false;
      const rule = ROOMS[room];
      return !(rule?.may.includes(target) || (typeOnly && rule?.types?.includes(target)));
    });
    expect(upward.map(describeImport)).toEqual([]);
  });

  it('lets the page see of the workers only their protocol', () => {
    const wrong = imports.filter(({ from, to, typeOnly }) => {
      // `new Worker(new URL(…))` is no import; anything else of a worker would pull its code into the page.
      return roomOf(from) === 'ui' && roomOf(to) === 'workers' && !typeOnly && !/\/protocol\.ts$/.test(to);
    });
    expect(wrong.map(describeImport)).toEqual([]);
  });

  it('keeps kernels apart from each other', () => {
    const kernelOf = (path: string) => /^src\/kernels\/([^/]+)\//.exec(path)?.[1];
    const wrong = imports.filter(({ from, to }) => {
      // `shared` holds what several operations need: shapes, ordered sums.
      return kernelOf(from) && kernelOf(to) && kernelOf(to) !== 'shared' && kernelOf(from) !== kernelOf(to);
    });
    expect(wrong.map(describeImport)).toEqual([]);
  });

  it('has no circle', () => {
    expect(circle()).toEqual([]);
  });
});

function describeImport({ from, to, typeOnly }: Import): string {
  return `${from} imports ${to}${typeOnly ? ' (types)' : ''}`;
}

function roomOf(path: string): string {
  const parts = path.split('/');
  if (parts[0] === 'workers') return 'workers';
  return parts.length === 2 ? 'shared' : parts[1];
}

function sources(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.d.ts'))
    .map((name) => relative(root, join(folder, name)).replaceAll('\\', '/'))
    .sort();
}

/** The project's own files that a file imports; packages and assets are left out. */
function importsOf(path: string): Import[] {
  const { module, program } = parseSync(path, readFileSync(join(root, path), 'utf8'));
  const found: { specifier: string; typeOnly: boolean }[] = [];
  for (const statement of module.staticImports) {
    // `import './x'` has no entries and runs code, so it is no type import.
    const typeOnly = statement.entries.length > 0 && statement.entries.every((entry) => entry.isType);
    found.push({ specifier: statement.moduleRequest.value, typeOnly });
  }
  for (const statement of module.staticExports) {
    for (const entry of statement.entries) {
      if (entry.moduleRequest) found.push({ specifier: entry.moduleRequest.value, typeOnly: entry.isType });
    }
  }
  const text = readFileSync(join(root, path), 'utf8');
  for (const { moduleRequest } of module.dynamicImports) {
    const literal = /^['"`]([^'"`]+)['"`]$/.exec(text.slice(moduleRequest.start, moduleRequest.end).trim());
    if (literal) found.push({ specifier: literal[1], typeOnly: false });
  }
  expect(program.type, path).toBe('Program');
  return found.flatMap(({ specifier, typeOnly }) => {
    const to = resolve(path, specifier);
    return to ? [{ from: path, to, typeOnly }] : [];
  });
}

function resolve(from: string, specifier: string): string | null {
  if (!specifier.startsWith('.')) return null;
  const base = join(dirname(join(root, from)), specifier.replace(/\?.*$/, ''));
  if (/\.(wgsl|css|json|svg|png)$/.test(base)) return null;
  const found = [base, `${base}.ts`, `${base}.tsx`, join(base, 'index.ts'), join(base, 'index.tsx')].find(
    (path) => existsSync(path) && statSync(path).isFile(),
  );
  // An import of nothing is the type check's to report.
  return found ? relative(root, found).replaceAll('\\', '/') : null;
}

/** The files of one circle of imports in order, or none. */
function circle(): string[] {
  const next = new Map<string, string[]>();
  for (const { from, to } of imports) next.set(from, [...(next.get(from) ?? []), to]);
  const done = new Set<string>();
  const path: string[] = [];
  const walk = (file: string): string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return [];
    path.push(file);
    for (const target of next.get(file) ?? []) {
      const found = walk(target);
      if (found.length > 0) return found;
    }
    path.pop();
    done.add(file);
    return [];
  };
  for (const file of files) {
    const found = walk(file);
    if (found.length > 0) return found;
  }
  return [];
}
