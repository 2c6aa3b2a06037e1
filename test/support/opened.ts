/** @file Pages that close by themselves when their test ends. */
import { afterEach } from 'vitest';
import type { OpenedPage } from './page';

/** `open`, of whose pages the last one is closed after each test of the file. */
export function closedAfterEach<Args extends unknown[]>(
  open: (...args: Args) => Promise<OpenedPage>,
): (...args: Args) => Promise<OpenedPage> {
  let opened: OpenedPage | null = null;
  afterEach(async () => {
    await opened?.close();
    opened = null;
  });
  return async (...args) => {
    opened = await open(...args);
    return opened;
  };
}
