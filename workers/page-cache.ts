/** @file Small files that outlive the page, in the browser's Cache API, which workers have too. */
import type { KernelCache } from '../src/run/kernel-choice';
import { missingFile } from '../src/run/store';

const name = 'longview';

/** The browser may drop what is in it at any time. */
export function pageCache(): KernelCache {
  const url = (path: string) => new URL(`/.cache/${path}`, self.location.origin);
  return {
    async read(path) {
      const found = await (await caches.open(name)).match(url(path));
      if (!found) throw missingFile(path);
      return new Uint8Array(await found.arrayBuffer());
    },
    async write(path, content) {
      await (await caches.open(name)).put(url(path), new Response(content as BodyInit));
    },
  };
}
