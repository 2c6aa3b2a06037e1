/** @file What the page says of the machine it is on: kept files, memory that has worked, the browser to use, sizes to load. */
import { statSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { platform } from '../../src/ui/state/adapter';
import { largestMemory, rememberMemory } from '../../src/ui/state/largest-memory';
import { keepRuns, useRuns } from '../../src/ui/state/runs';
import { judgeBytes, judgeStrings } from '../../src/ui/strings-judge';
import { runStrings } from '../../src/ui/strings-runs';
import { setupStrings } from '../../src/ui/strings-setup';

const adapter = { vendor: 'apple', architecture: 'metal-3', description: '', software: false };
const memory = (bytes: number) => [
  { part: 'weights' as const, bytes: bytes / 4 },
  { part: 'gradients' as const, bytes: (bytes * 3) / 4 },
];

let kept: Map<string, string>;
beforeEach(() => {
  kept = new Map();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  });
});
afterEach(() => vi.unstubAllGlobals());

describe('store.evictable', () => {
  it('says so where the browser refuses to keep runs, and what to do instead', async () => {
    for (const storage of [{ persist: async () => false }, {}, undefined]) {
      useRuns.setState({ persisted: null, done: null });
      vi.stubGlobal('navigator', { storage });
      await keepRuns();
      expect(useRuns.getState()).toMatchObject({ persisted: false, done: runStrings.keepRefused });
    }
    expect(runStrings.keepRefused).toContain('Download');
  });

  it('says that runs are kept where the browser promises it', async () => {
    vi.stubGlobal('navigator', { storage: { persist: async () => true } });
    await keepRuns();
    expect(useRuns.getState()).toMatchObject({ persisted: true, done: runStrings.kept });
  });
});

describe('the memory of a new run', () => {
  it('stands beside the most that a run has had on this adapter', () => {
    expect(largestMemory(adapter)).toBeNull();
    rememberMemory(adapter, memory(4e8));
    rememberMemory(adapter, memory(2e8));
    expect(largestMemory(adapter)).toBe(4e8);
    expect(largestMemory({ ...adapter, architecture: 'metal-4' })).toBeNull();
    expect(setupStrings.newRun.memory(1.4e9, ['weights 200 MB'], largestMemory(adapter))).toContain(
      '400.0 MB',
    );
    expect(setupStrings.newRun.memory(1.4e9, ['weights 200 MB'], null)).toMatch(/is free\.$/);
    kept.set('longview.largest-memory', '["apple metal-3 ", "much"]');
    expect(largestMemory(adapter)).toBeNull();
  });
});

describe('the browser to use', () => {
  it.each([
    ['iphone', 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15', 5],
    ['iphone', 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15', 5],
    ['mac', 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15', 0],
    ['android', 'Mozilla/5.0 (Linux; Android 11; Pixel 4) Chrome/110', 5],
    ['chromeos', 'Mozilla/5.0 (X11; CrOS x86_64 15000) Chrome/110', 0],
    ['linux', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0', 0],
    ['windows', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:120.0) Firefox/120.0', 0],
  ])('is named for %s', (name, userAgent, maxTouchPoints) => {
    expect(platform({ userAgent, maxTouchPoints })).toBe(name);
  });
});

describe('the button that loads the judge', () => {
  it('names what is read: the files of the judge and its runtime, as long as they are', () => {
    const root = path.resolve(import.meta.dirname, '../..');
    const sizeOf = (file: string) => statSync(path.join(root, file)).size;
    const files = ['model.onnx', 'config.json', 'tokenizer.json'].map((name) =>
      sizeOf(`public/judge/${name}`),
    );
    expect(judgeBytes).toEqual({
      files: files.reduce((sum, size) => sum + size, 0),
      runtime: sizeOf('node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.asyncify.wasm'),
    });
    expect(judgeStrings.embedded).toMatch(/[\d.]+ [KM]B and 26\.8 MB/);
  });
});
