/** @file The rows of a data set's file → a document with its questions. Loaded with the first such file. */
import type { ColumnMapping } from '../../tasks/dataset/columns';
import type { LongDocument } from '../../tasks/types';
import { DatasetBuilder } from './builder';
import { jsonRows } from './jsonl';
import { parquetRows } from './parquet';

/** @throws as `openDocument`. */
export async function readDataset(
  kind: 'jsonl' | 'parquet',
  name: string,
  bytes: Uint8Array,
  mapping: ColumnMapping | null,
): Promise<LongDocument> {
  const builder = new DatasetBuilder(mapping);
  if (kind === 'jsonl') {
    for (const row of jsonRows(bytes)) {
      if ('reason' in row) builder.skip(row.line, row.reason);
      else builder.add(row.line, row.value);
    }
    return builder.finish(name);
  }
  const { rows, total, columns } = await parquetRows(name, bytes, mapping);
  builder.sees(columns);
  rows.forEach((row, i) => {
    builder.add(i + 1, row);
  });
  if (total > rows.length)
    builder.skip(rows.length + 1, `only the first ${rows.length} rows are read`, total - rows.length);
  return builder.finish(name);
}
