/** @file A file that a person opens → a document: a data set by its ending, else a text. For the page and the command line. */
import { CodedError } from '../../errors';
import type { ColumnMapping } from '../../tasks/dataset/columns';
import type { LongDocument } from '../../tasks/types';
import { decodeDocument } from '../document';
import { datasetLimits } from './limits';

const parquetEnding = /\.parquet$/i;
const jsonlEnding = /\.(?:jsonl|ndjson)$/i;

/**
 * @param name file name, shown as the title; its ending says what the bytes are.
 * @param mapping which columns of a data set are meant, where a person said so.
 * @throws ShapeError where no row has columns that are known; CodedError `document.rows` where none gives a question,
 * `document.parquet`, `document.large`, `import.map`; what `decodeDocument` throws.
 */
export async function openDocument(
  name: string,
  bytes: Uint8Array,
  mapping: ColumnMapping | null = null,
): Promise<LongDocument> {
  if (!jsonlEnding.test(name) && !parquetEnding.test(name)) {
    if (mapping === null) return decodeDocument(name, bytes);
    throw new CodedError(
      'import.map',
      `"${name}" has no columns to map.`,
      'Choose a .jsonl or .parquet file, or leave the mapping out.',
    );
  }
  if (bytes.length > datasetLimits.bytes)
    throw new CodedError(
      'document.large',
      `"${name}" is larger than ${datasetLimits.bytes / 1e6} MB.`,
      'Choose a file with fewer rows.',
    );
  const { readDataset } = await import('./read');
  return readDataset(jsonlEnding.test(name) ? 'jsonl' : 'parquet', name, bytes, mapping);
}
