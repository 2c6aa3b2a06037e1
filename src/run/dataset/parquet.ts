/** @file The rows of a parquet file, of the columns that a question is made of. The reader is loaded with the first such file. */
import type { Compressors } from 'hyparquet';
import { CodedError } from '../../errors';
import { type ColumnMapping, columnRoles } from '../../tasks/dataset/columns';
import { isKnownShape, neededColumns, readColumns } from '../../tasks/dataset/row';
import { datasetLimits } from './limits';
import { reasoningColumns } from './reasoning';

/** Bytes of the wanted columns once unpacked. */
const maxUnpackedBytes = 256e6;
/** Columns and rows that are read of a file of which no column is known. */
const maxUnknownColumns = 64;
const maxUnknownRows = 8;
/** What the reader unpacks by itself. */
const ownCodecs: ReadonlySet<string> = new Set(['UNCOMPRESSED', 'SNAPPY']);
/** What it unpacks with code that is loaded for it. */
const moreCodecs: ReadonlySet<string> = new Set(['GZIP', 'ZSTD', 'BROTLI']);

export interface ParquetRows {
  /** Rows in order, `datasetLimits.rows` at most. */
  rows: readonly unknown[];
  /** Rows of the file. */
  total: number;
  /** Names of all its columns. */
  columns: string[];
}

/**
 * Rows of the columns that a question is made of, or that a mapping names; of all columns, and only the first few rows, where
 * there is none of them, for a person to see.
 * @throws CodedError `document.parquet`, `document.large`, `document.rows` where it has no column at all.
 */
export async function parquetRows(
  title: string,
  bytes: Uint8Array,
  mapping: ColumnMapping | null = null,
): Promise<ParquetRows> {
  const { parquetMetadata, parquetReadObjects, parquetSchema } = await import('hyparquet');
  const refuse = (what: string, advice: string, cause?: unknown) =>
    new CodedError('document.parquet', `"${title}" ${what}`, advice, { cause });
  // A copy with nothing around it: a small file read in Node is a view of a larger pool.
  const { buffer } = new Uint8Array(bytes);
  let metadata: ReturnType<typeof parquetMetadata>;
  try {
    metadata = parquetMetadata(buffer);
  } catch (cause) {
    throw refuse(
      'is not a parquet file.',
      'Choose a whole .parquet file, or write the rows as JSONL.',
      cause,
    );
  }
  const columns = parquetSchema(metadata).children.map(({ element }) => element.name);
  const named: readonly (string | null)[] = mapping ? columnRoles.map((role) => mapping[role]) : [];
  const isRead = (name: string) =>
    readColumns.has(name) || reasoningColumns.some((reasoning) => reasoning === name);
  const known = columns.filter((name) => isRead(name.toLowerCase()) || named.includes(name));
  const isUnknown = mapping === null && !isKnownShape(columns);
  const wanted = isUnknown ? columns.slice(0, maxUnknownColumns) : known;
  if (wanted.length === 0)
    throw new CodedError(
      'document.rows',
      `"${title}" has no columns.`,
      `Columns understood: ${neededColumns}.`,
    );
  const parts = metadata.row_groups
    .flatMap((group) => group.columns.map(({ meta_data }) => meta_data))
    .filter((part) => part !== undefined && wanted.includes(part.path_in_schema[0]))
    .filter((part) => part !== undefined);
  const packed = parts.find(({ codec }) => !ownCodecs.has(codec) && !moreCodecs.has(codec));
  if (packed)
    throw refuse(
      `is packed with ${packed.codec}.`,
      'Write it with zstd, gzip, snappy or without compression, or write the rows as JSONL.',
    );
  const unpacked = parts.reduce((sum, part) => sum + Number(part.total_uncompressed_size), 0);
  if (unpacked > maxUnpackedBytes)
    throw new CodedError(
      'document.large',
      `"${title}" holds ${Math.ceil(unpacked / 1e6)} MB of questions and contexts; ${maxUnpackedBytes / 1e6} MB are read.`,
      'Choose a file with fewer rows.',
    );
  try {
    const total = Number(metadata.num_rows);
    const rows = await parquetReadObjects({
      file: { byteLength: buffer.byteLength, slice: (start, end) => buffer.slice(start, end) },
      metadata,
      columns: wanted,
      compressors: parts.some(({ codec }) => moreCodecs.has(codec)) ? await loadCodecs() : undefined,
      rowEnd: Math.min(total, isUnknown ? maxUnknownRows : datasetLimits.rows),
    });
    return { rows, total, columns };
  } catch (cause) {
    throw refuse(
      'cannot be read: it is damaged, or written in a way that is not understood.',
      'Write it again with snappy or without compression, or write the rows as JSONL.',
      cause,
    );
  }
}

/** Codecs that unpack into a buffer of the length that the page tells, within the bound, and no further. */
async function loadCodecs(): Promise<Compressors> {
  const { decompressBrotli, decompressGzip, decompressZstd } = await import('hyparquet-compressors');
  const bounded = (length: number): number => {
    if (length > maxUnpackedBytes)
      throw new RangeError(`A page of ${length} bytes is larger than what is read.`);
    return length;
  };
  return {
    GZIP: (input, length) => decompressGzip(input, bounded(length)),
    ZSTD: (input, length) => decompressZstd(input, new Uint8Array(bounded(length))),
    BROTLI: (input, length) => decompressBrotli(input, bounded(length)),
  };
}
