import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { openDocument } from '../../src/run/dataset/open';
import type { ShapeError } from '../../src/run/dataset/shape';
import { jsonl, plainRows, refusal, verlRow } from '../support/dataset';

/** A zstd frame of one block that is not packed (RFC 8878, 3.1.1): Node 20 has no zstd. */
function zstdFrame(bytes: Uint8Array, told = bytes.length): Uint8Array {
  const frame = Buffer.alloc(12 + bytes.length);
  frame.writeUInt32LE(0xfd2fb528, 0);
  // One segment, whose length stands in four bytes.
  frame[4] = 0b10100000;
  frame.writeUInt32LE(told, 5);
  // The last block, raw.
  frame.writeUIntLE((bytes.length << 3) | 1, 9, 3);
  frame.set(bytes, 12);
  return frame;
}

const packers = {
  GZIP: (bytes: Uint8Array) => gzipSync(bytes),
  BROTLI: (bytes: Uint8Array) => brotliCompressSync(bytes),
  ZSTD: (bytes: Uint8Array) => zstdFrame(bytes),
  LZ4: (bytes: Uint8Array) => bytes,
};

describe('a parquet file', () => {
  const column = (name: string, data: unknown[]) => ({ name, data });
  const write = (
    columnData: { name: string; data: unknown[] }[],
    codec: keyof typeof packers | 'SNAPPY' | 'UNCOMPRESSED' = 'SNAPPY',
    packer?: (bytes: Uint8Array) => Uint8Array,
  ) =>
    new Uint8Array(
      parquetWriteBuffer({
        columnData,
        codec,
        compressors: codec in packers ? { [codec]: packer ?? Reflect.get(packers, codec) } : undefined,
      }),
    );
  const rows = plainRows(5);
  const plain = ['id', 'context', 'question', 'answers'] as const;

  it.each(['SNAPPY', 'UNCOMPRESSED', 'GZIP', 'BROTLI', 'ZSTD'] as const)(
    'packed as %s gives the questions that JSONL gives',
    async (codec) => {
      const bytes = write(
        plain.map((name) =>
          column(
            name,
            rows.map((row) => row[name]),
          ),
        ),
        codec,
      );
      const parquet = await openDocument('mine.parquet', bytes);
      const lines = await openDocument('mine.parquet.jsonl', jsonl(rows));
      expect(parquet.dataset).toEqual(lines.dataset);
      expect(parquet.text).toBe(lines.text);
    },
  );

  it('of verl, with lists of messages, gives the questions that JSONL gives', async () => {
    const verl = rows.map(({ context, question, answers }, index) =>
      verlRow(context, question, `Therefore, the answer is ${answers[0]}`, { index }),
    );
    const names = ['data_source', 'prompt', 'ability', 'reward_model', 'extra_info'] as const;
    const bytes = write(
      names.map((name) =>
        column(
          name,
          verl.map((row) => row[name]),
        ),
      ),
    );
    const parquet = await openDocument('train.parquet', bytes);
    expect(parquet.dataset).toEqual((await openDocument('train.jsonl', jsonl(verl))).dataset);
    expect(parquet.dataset?.questions.map(({ answers }) => answers)).toEqual(
      rows.map(({ answers }) => answers),
    );
  });

  it.each(['docqa-rl.parquet', 'docqa-rl.zstd.parquet'])(
    '%s, by pyarrow in the shape of DocQA-RL, read from the disk, gives its three kinds of questions',
    async (name) => {
      const file = readFileSync(join(process.cwd(), 'test/fixtures', name));
      // Node reads small files into a part of a larger buffer.
      const part = Buffer.concat([Buffer.alloc(9), file, Buffer.alloc(9)]).subarray(9, 9 + file.length);
      const { text, dataset } = await openDocument('docqa-rl.parquet', part);
      expect(
        dataset?.questions.map(({ family, answers, text: question }) => [family, answers, question]),
      ).toEqual([
        ['given-text', ['Essen'], 'Where did the teacher of Anna live?'],
        ['given-number', ['46.5'], 'How much salt and wool together?'],
        ['given-choice', ['B'], 'When does the lease end? A. In April B. In May'],
      ]);
      expect(text.startsWith('Anna planned the harbour.\n\nBen, who taught')).toBe(true);
    },
  );

  it('without a column that is understood is refused by its columns', async () => {
    const error = await refusal(
      openDocument('x.parquet', write([column('q', ['a']), column('text', ['b'])])),
    );
    expect([error.code, error.message]).toEqual([
      'import.shape',
      '"x.parquet", line 1: no context. Found keys: q, text.',
    ]);
    expect((error as ShapeError).preview.rows).toEqual([{ line: 1, cells: ['a', 'b'] }]);
  });

  it('that is none, is cut, or is packed otherwise is refused', async () => {
    const bytes = write(
      plain.map((name) =>
        column(
          name,
          rows.map((row) => row[name]),
        ),
      ),
    );
    const text = [column('context', ['c'.repeat(999)])];
    const lz4 = write(text, 'LZ4');
    const broken = bytes.slice();
    broken.fill(0xff, 4, 400);
    for (const wrong of [
      new Uint8Array(3),
      new TextEncoder().encode('PAR1 no PAR1'),
      bytes.slice(0, -9),
      broken,
      lz4,
      // Packed pages that are none, are cut, or hold more than they tell.
      write(text, 'GZIP', (page) => page.slice(3)),
      write(text, 'ZSTD', (page) => zstdFrame(page).slice(0, -20)),
      write(text, 'ZSTD', (page) => zstdFrame(Buffer.concat([page, page]))),
      write(text, 'BROTLI', (page) => brotliCompressSync(page).subarray(0, 9)),
    ])
      expect((await refusal(openDocument('x.parquet', wrong))).code).toBe('document.parquet');
  });
});
