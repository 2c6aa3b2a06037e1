/** @file The library worker: decodes and checks imported files away from the page. */
import * as Comlink from 'comlink';
import { decodeDocument } from '../src/run/document';
import type { LibraryApi } from './protocol';

const api: LibraryApi = {
  read: async (name, bytes) => decodeDocument(name, new Uint8Array(bytes)),
};

Comlink.expose(api);
