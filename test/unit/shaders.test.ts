/** @file Every shader, read without a GPU: it parses, stays inside WebGPU's default limits, and has its oracle. */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Kernel } from '../../src/gpu';
import { entryFacts } from '../support/shaders';

/** WebGPU's default limits, on which every kernel must run. */
const MAX_STORAGE_BUFFERS = 8;
const MAX_WORKGROUP_BYTES = 16 * 1024;
const MAX_INVOCATIONS = 256;

const shaders = Object.entries(
  import.meta.glob<string>('../../src/kernels/**/*.wgsl', { query: '?raw', import: 'default', eager: true }),
);
const modules = import.meta.glob<Record<string, unknown>>(
  ['../../src/kernels/**/*.ts', '!../../src/kernels/**/*.reference.ts'],
  { eager: true },
);
const kernels = [...new Set(Object.values(modules).flatMap(Object.values).flat())].filter(isKernel);

it('there are shaders, and kernels that use them', () => {
  expect(shaders.length).toBeGreaterThan(0);
  expect(kernels.length).toBeGreaterThanOrEqual(shaders.length);
});

describe.each(shaders)('%s', (path, code) => {
  // A fragment holds functions that kernels put before their own code, and binds nothing.
  const isFragment = !code.includes('@compute');

  it(isFragment ? 'parses, and binds nothing' : 'parses and has an entry point', () => {
    if (isFragment) expect(code).not.toMatch(/@(group|binding)\b/);
    expect(entryFacts(code).length > 0).toBe(!isFragment);
  });

  it('begins with a comment that names shapes and bindings', () => {
    const header = /^(?:\s*\/\/.*\n)+/.exec(code)?.[0] ?? '';
    expect(header.split('\n').length).toBeGreaterThan(3);
    expect(header).toMatch(/group|binding/i);
    if (!isFragment) expect(header).toMatch(/shape/i);
  });

  it('has its float64 reference beside it', () => {
    const folder = dirname(join(process.cwd(), 'test/unit', path));
    expect(readdirSync(folder).filter((name) => name.endsWith('.reference.ts'))).not.toEqual([]);
  });

  it('keeps to the default limits with its default constants', () => {
    for (const entry of entryFacts(code)) {
      expect(entry.storageCount, `${entry.name}: storage buffers`).toBeLessThanOrEqual(MAX_STORAGE_BUFFERS);
      expect(entry.workgroupBytes, `${entry.name}: workgroup bytes`).toBeLessThanOrEqual(MAX_WORKGROUP_BYTES);
      expect(entry.invocations, `${entry.name}: invocations`).toBeLessThanOrEqual(MAX_INVOCATIONS);
    }
  });
});

describe.each(kernels.map((kernel) => [kernel.label, kernel] as const))('kernel %s', (_, kernel) => {
  const read = () => entryFacts(kernel.code, kernel.constants).find(({ name }) => name === kernel.entryPoint);

  it('binds what its shader declares', () => {
    const entry = read();
    const access = (mode: string | undefined) => (mode === 'read-write' ? 'read_write' : mode);
    expect(entry, `entry point ${kernel.entryPoint}`).toBeDefined();
    expect(entry?.params).toEqual(Object.entries(kernel.params).map(([name, type]) => `${name}: ${type}`));
    // An entry point may leave a buffer of a shared layout alone, never use one that is not bound.
    for (const binding of new Set(entry?.storage.map((buffer) => buffer.binding))) {
      const modes = entry?.storage
        .filter((buffer) => buffer.binding === binding)
        .map((buffer) => buffer.access);
      expect(modes, `binding ${binding}`).toContain(access(kernel.storage[binding]));
    }
  });

  it('keeps to the default limits with its own constants', () => {
    const entry = read();
    expect(entry?.storageCount).toBeLessThanOrEqual(MAX_STORAGE_BUFFERS);
    expect(entry?.workgroupBytes).toBeLessThanOrEqual(MAX_WORKGROUP_BYTES);
    expect(entry?.invocations).toBeLessThanOrEqual(MAX_INVOCATIONS);
  });
});

function isKernel(value: unknown): value is Kernel {
  return (
    typeof value === 'object' &&
    value !== null &&
    'entryPoint' in value &&
    'storage' in value &&
    'code' in value
  );
}
