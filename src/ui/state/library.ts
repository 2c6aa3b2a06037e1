/** @file The library worker of the page, which reads a person's files; started once. */
import { type Remote, wrap } from 'comlink';
import type { LibraryApi } from '../../../workers/protocol';

let library: Remote<LibraryApi> | null = null;

export function openLibrary(): Remote<LibraryApi> {
  library ??= wrap<LibraryApi>(
    new Worker(new URL('../../../workers/library.worker.ts', import.meta.url), { type: 'module' }),
  );
  return library;
}
