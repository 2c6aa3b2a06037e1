/** @file Where documents come from: the one the page ships with, and files a person opens. */
import { transfer } from 'comlink';
import { CodedError } from '../../errors';
import type { ColumnMapping } from '../../tasks/dataset/columns';
import type { LongDocument } from '../../tasks/types';
import { problemStrings } from '../strings-problems';

/** Larger files are refused before they are read. */
const maxBytes = 64e6;

/** Texts, and data sets of questions. */
const fileEndings = /\.(txt|md|markdown|text|jsonl|ndjson|parquet)$/i;

const shipped = 'documents/chronicle.md';

/** The opening document, from the page's own origin. */
export async function fetchOpeningDocument(): Promise<LongDocument> {
  const response = await fetch(`${import.meta.env.BASE_URL}${shipped}`);
  if (!response.ok) {
    const { message, advice } = problemStrings.openingDocument;
    throw new CodedError('document.missing', message(response.status), advice);
  }
  return openingDocument(await response.text());
}

export function openingDocument(text: string): LongDocument {
  const title = /^#\s+(.+)$/m.exec(text)?.[1] ?? shipped;
  return { id: 'chronicle', title, text, source: 'generated' };
}

/**
 * @param mapping which columns of a data set are meant, where a person said so.
 * @throws CodedError `document.*`, or what the library worker threw.
 */
export async function readFile(file: File, mapping: ColumnMapping | null): Promise<LongDocument> {
  const { type, large } = problemStrings;
  if (!fileEndings.test(file.name) && !file.type.startsWith('text/')) {
    throw new CodedError('document.type', type.message(file.name), type.advice);
  }
  if (file.size > maxBytes) throw new CodedError('document.large', large.message(file.name), large.advice);
  const bytes = await file.arrayBuffer();
  const { openLibrary } = await import('./library');
  return openLibrary().read(file.name, transfer(bytes, [bytes]), mapping);
}
