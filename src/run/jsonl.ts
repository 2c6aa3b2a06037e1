/** @file JSON lines that survive a crash: half lines are skipped on reading, closed on writing. */
import { type FileStore, readText } from './store';

export type JsonRow = Record<string, unknown>;

/** The objects of a JSON-lines text, in order; anything that is not a whole object is skipped. */
export function parseJsonLines(text: string): JsonRow[] {
  const rows: JsonRow[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    try {
      const value: unknown = JSON.parse(line);
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) rows.push(value as JsonRow);
    } catch {
      // A process that was killed while writing leaves half a line; the rows around it are whole.
    }
  }
  return rows;
}

/** Rows of a file; none where it is missing. */
export async function readJsonLines(store: FileStore, path: string): Promise<JsonRow[]> {
  return (await store.exists(path)) ? parseJsonLines(await readText(store, path)) : [];
}

/** Keeps the last row of each key, at the place of the first: a step run again replaces its record. */
export function lastOfEach<T>(rows: readonly T[], keyOf: (row: T) => string): T[] {
  const found = new Map<string, T>();
  for (const row of rows) found.set(keyOf(row), row);
  return [...found.values()];
}

/** Appends rows to files of one store, never onto the half line of an earlier process. */
export class JsonLinesWriter {
  private readonly store: FileStore;
  private readonly checked = new Set<string>();

  constructor(store: FileStore) {
    this.store = store;
  }

  async append(path: string, row: JsonRow): Promise<void> {
    let start = '';
    if (!this.checked.has(path)) {
      if (await this.store.exists(path)) {
        const old = await this.store.read(path);
        if (old.length > 0 && old[old.length - 1] !== 0x0a) start = '\n';
      }
      this.checked.add(path);
    }
    await this.store.append(path, `${start}${JSON.stringify(row)}\n`);
  }
}
