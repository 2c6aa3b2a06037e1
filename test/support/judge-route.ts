/** @file Serves a judge to the page where the build has none, or another one than the build's. */
import type { Page } from 'playwright-core';
import type { MemoryStore } from '../../src/run/memory-store';

/** What the page finds under judge/ from now on; a file that `store` lacks is not there. */
export async function serveJudgeFiles(page: Page, store: MemoryStore): Promise<void> {
  await page.unrouteAll();
  await page.route('**/judge/*', async (route) => {
    const path = new URL(route.request().url()).pathname.split('/').pop() ?? '';
    const headers = { 'cross-origin-resource-policy': 'same-origin' };
    if (!(await store.exists(path))) return route.fulfill({ status: 404, headers, body: 'none' });
    await route.fulfill({ status: 200, headers, body: Buffer.from(await store.read(path)) });
  });
}
