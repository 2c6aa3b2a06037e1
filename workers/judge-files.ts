/** @file A judge's model as a read-only file store, that tells every byte it reads. */
import { CodedError } from '../src/errors';
import { type FileStore, missingFile, pathNames } from '../src/run/store';
import type { JudgeChoice, JudgeProgress } from './protocol';

type OnProgress = (progress: JudgeProgress) => void;

/** @param base absolute URL of the embedded judge's folder, ending with `/`. */
export function judgeFiles(choice: JudgeChoice, base: string, onProgress: OnProgress): FileStore {
  switch (choice.kind) {
    case 'embedded':
      return readOnly([], async (path) => {
        const response = await fetch(new URL(path, base)).catch((cause: unknown) => {
          throw missingFile(path, cause);
        });
        if (!response.ok || response.body === null) throw missingFile(path);
        // With a content encoding the header counts other bytes than those that come out.
        const size = response.headers.has('content-encoding') ? null : response.headers.get('content-length');
        return readStream(path, response.body, size === null ? null : Number(size), onProgress);
      });
    case 'folder': {
      const files = new Map(choice.files.map(({ path, file }) => [path, file]));
      return readOnly([...files.keys()], async (path) => {
        const file = files.get(path);
        if (!file) throw missingFile(path);
        return readStream(path, file.stream(), file.size, onProgress);
      });
    }
  }
  return choice satisfies never;
}

async function readStream(
  path: string,
  stream: ReadableStream<Uint8Array>,
  total: number | null,
  onProgress: OnProgress,
): Promise<Uint8Array> {
  // Of known size, a model of gigabytes stands in memory once.
  const whole = total === null ? null : new Uint8Array(total);
  const parts: Uint8Array[] = [];
  let bytes = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (whole === null) parts.push(value);
    else if (bytes + value.length <= whole.length) whole.set(value, bytes);
    bytes += value.length;
    onProgress({ path, bytes, total });
  }
  if (whole !== null) {
    if (bytes === whole.length) return whole;
    throw new CodedError(
      'judge.files',
      `${path} ended after ${bytes} of ${whole.length} bytes.`,
      'Load the judge again.',
    );
  }
  const joined = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function readOnly(paths: readonly string[], read: (path: string) => Promise<Uint8Array>): FileStore {
  const refused = async () => {
    throw new CodedError('store.read_only', 'The folder of a judge is only read.', 'Save to the run folder.');
  };
  return {
    read: async (path) => read(pathNames(path).join('/')),
    async list(folder) {
      const prefix = folder === '' ? '' : `${folder}/`;
      const inside = paths.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
      return [...new Set(inside.map((path) => path.split('/')[0]))].sort();
    },
    exists: async (path) => paths.includes(path),
    write: refused,
    append: refused,
    remove: refused,
  };
}
