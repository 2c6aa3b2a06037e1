/** @file The library worker: decodes and checks imported files, data sets too, away from the page. */
import * as Comlink from 'comlink';
import { asCodedError } from '../src/errors';
import { openDocument } from '../src/run/dataset/open';
import type { ShapeError } from '../src/run/dataset/shape';
import type { LibraryApi } from './protocol';

const api: LibraryApi = {
  async read(name, bytes, mapping) {
    try {
      return await openDocument(name, new Uint8Array(bytes), mapping);
    } catch (error) {
      // An Error loses its own fields on the way between threads; a plain object keeps them.
      const { code, message, advice } = asCodedError(error);
      throw { code, message, advice, ...(isShape(error) && { preview: error.preview }) };
    }
  },
};

/** By its code: the class comes with the readers of data sets, which are loaded when a file needs them. */
function isShape(error: unknown): error is ShapeError {
  return asCodedError(error).code === 'import.shape';
}

Comlink.expose(api);
