/** @file The library worker: decodes and checks imported files, data sets too, away from the page. */
import * as Comlink from 'comlink';
import { asCodedError } from '../src/errors';
import { openDocument } from '../src/run/dataset/open';
import { ShapeError } from '../src/run/dataset/shape';
import type { LibraryApi } from './protocol';

const api: LibraryApi = {
  async read(name, bytes, mapping) {
    try {
      return await openDocument(name, new Uint8Array(bytes), mapping);
    } catch (error) {
      // An Error loses its own fields on the way between threads; a plain object keeps them.
      const { code, message, advice } = asCodedError(error);
      throw { code, message, advice, ...(error instanceof ShapeError && { preview: error.preview }) };
    }
  },
};

Comlink.expose(api);
