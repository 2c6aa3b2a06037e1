/** @file The runs that the real page has stored in its browser, read by the run folder's own code. */
import type { Page } from 'playwright-core';
import { RunFolder } from '../../src/run/folder';
import { MemoryStore } from '../../src/run/memory-store';

/** Every file under `runs/`, as the browser has them on disk. */
export async function storedRuns(page: Page): Promise<Map<string, RunFolder>> {
  const files = await page.evaluate(async () => {
    const found: { path: string; content: string }[] = [];
    const walk = async (folder: FileSystemDirectoryHandle, path: string): Promise<void> => {
      for await (const handle of (
        folder as unknown as { values(): AsyncIterable<FileSystemHandle> }
      ).values()) {
        const here = `${path}${handle.name}`;
        if (handle.kind === 'directory') await walk(handle as FileSystemDirectoryHandle, `${here}/`);
        else {
          const bytes = new Uint8Array(
            await (await (handle as FileSystemFileHandle).getFile()).arrayBuffer(),
          );
          let text = '';
          for (let at = 0; at < bytes.length; at += 8192)
            text += String.fromCharCode(...bytes.subarray(at, at + 8192));
          found.push({ path: here, content: btoa(text) });
        }
      }
    };
    const root = await navigator.storage.getDirectory();
    await walk(await root.getDirectoryHandle('runs', { create: true }), '');
    return found;
  });
  const stores = new Map<string, MemoryStore>();
  for (const { path, content } of files.sort((a, b) => a.path.localeCompare(b.path))) {
    const [id, ...rest] = path.split('/');
    const store = stores.get(id) ?? new MemoryStore();
    await store.write(rest.join('/'), Buffer.from(content, 'base64'));
    stores.set(id, store);
  }
  return new Map([...stores].map(([id, store]) => [id, new RunFolder(store)]));
}

/** What of a step must repeat: all but the clock. */
export const repeatable = (row: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(row).filter(([name]) => !/^time$|^timing_s|^perf\//.test(name)));
