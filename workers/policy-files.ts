/** @file The shipped checkpoint as a file store: read-only, from the page's own origin. */
import { CodedError } from '../src/errors';
import { type FileStore, pathNames } from '../src/run/store';

const shipped = [
  'config.json',
  'generation_config.json',
  'model.safetensors',
  'tokenizer.json',
  'tokenizer_config.json',
];

function refused(): never {
  throw new CodedError(
    'store.read_only',
    'The shipped checkpoint cannot be changed.',
    'Save to the run folder.',
  );
}

/** Files under `base`, an absolute URL that ends with `/`. */
export function shippedPolicy(base: string): FileStore {
  return {
    async read(path) {
      const name = pathNames(path).join('/');
      let response: Response;
      try {
        response = await fetch(new URL(name, base));
      } catch (cause) {
        throw new CodedError(
          'checkpoint.missing',
          `The checkpoint file ${name} could not be loaded.`,
          'Check the connection to the page and reload.',
          { cause },
        );
      }
      if (!response.ok)
        throw new CodedError(
          'checkpoint.missing',
          `There is no checkpoint file ${name}.`,
          'Run `npm run warmup` to make the checkpoint.',
        );
      return new Uint8Array(await response.arrayBuffer());
    },
    list: async () => [...shipped],
    exists: async (path) => shipped.includes(path),
    write: async () => refused(),
    append: async () => refused(),
    remove: async () => refused(),
  };
}
