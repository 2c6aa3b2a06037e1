/** @file The library worker: decodes and checks imported files away from the page. */
import * as Comlink from 'comlink';
import { asCodedError } from '../src/errors';
import { decodeDocument } from '../src/run/document';
import type { LibraryApi } from './protocol';

const api: LibraryApi = {
  async read(name, bytes) {
    try {
      return decodeDocument(name, new Uint8Array(bytes));
    } catch (error) {
      // An Error loses its own fields on the way between threads; a plain object keeps them.
      const { code, message, advice } = asCodedError(error);
      throw { code, message, advice };
    }
  },
};

Comlink.expose(api);
