/** @file A ZIP file, of stored or deflated entries: a run folder as one file. */
import { CodedError } from '../errors';

export interface ZipEntry {
  path: string;
  bytes: Uint8Array;
}

const table = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

/** CRC-32 of ISO 3309, as ZIP wants it. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = table[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** What a Blob is made of. */
type Part = Uint8Array<ArrayBuffer> | Blob;

/** Ways to hold an entry. */
const stored = 0;
const deflated = 8;

/** Past this an archive needs the 64-bit form, which is not written here. */
const maxBytes = 0xffffffff;

/** Writes an archive entry by entry; names are UTF-8, the date is the format's first day (1980-01-01). */
export class ZipWriter {
  private readonly parts: Part[] = [];
  private readonly directory: Uint8Array<ArrayBuffer>[] = [];
  private offset = 0;

  /**
   * @param body stands for the bytes in the archive where given: a file on disk instead of its content in memory.
   * @throws CodedError `export.large` past 4 GB.
   */
  add(path: string, bytes: Uint8Array, body?: Blob): void {
    // A copy: the bytes may lie in memory that a Blob does not take.
    this.put(path, bytes, body ?? new Uint8Array(bytes), stored, bytes.length);
  }

  /** Adds an entry whose content the archive holds deflated (RFC 1951). @throws as `add`. */
  async addDeflated(path: string, bytes: Uint8Array): Promise<void> {
    const stream = new Blob([new Uint8Array(bytes)])
      .stream()
      .pipeThrough(new CompressionStream('deflate-raw'));
    const body = new Uint8Array(await new Response(stream).arrayBuffer());
    this.put(path, bytes, body, deflated, body.length);
  }

  private put(path: string, bytes: Uint8Array, body: Part, method: number, packed: number): void {
    const name = new TextEncoder().encode(path);
    const entry = { method, sum: crc32(bytes), packed, size: bytes.length, nameLength: name.length };
    const local = record(30, name, (view) => {
      view.setUint32(0, 0x04034b50, true);
      fields(view, 4, entry);
    });
    if (this.offset + local.length + packed > maxBytes)
      throw new CodedError(
        'export.large',
        'The run is larger than 4 GB.',
        'Remove old checkpoints, or copy the folder.',
      );
    this.directory.push(
      record(46, name, (view) => {
        view.setUint32(0, 0x02014b50, true);
        view.setUint16(4, 20, true);
        fields(view, 6, entry);
        view.setUint32(42, this.offset, true);
      }),
    );
    this.parts.push(local, body);
    this.offset += local.length + packed;
  }

  /** Parts of the archive, in order. */
  finish(): Part[] {
    const length = this.directory.reduce((sum, part) => sum + part.length, 0);
    const end = record(22, new Uint8Array(), (view) => {
      view.setUint32(0, 0x06054b50, true);
      view.setUint16(8, this.directory.length, true);
      view.setUint16(10, this.directory.length, true);
      view.setUint32(12, length, true);
      view.setUint32(16, this.offset, true);
    });
    return [...this.parts, ...this.directory, end];
  }
}

/** The archive of files in memory. */
export function zipParts(entries: readonly ZipEntry[]): Part[] {
  const zip = new ZipWriter();
  for (const { path, bytes } of entries) zip.add(path, bytes);
  return zip.finish();
}

function record(
  length: number,
  name: Uint8Array,
  fill: (view: DataView<ArrayBuffer>) => void,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length + name.length);
  fill(new DataView(bytes.buffer));
  bytes.set(name, length);
  return bytes;
}

interface EntryFields {
  method: number;
  /** CRC-32 of the content. */
  sum: number;
  /** Bytes in the archive, and unpacked. */
  packed: number;
  size: number;
  nameLength: number;
}

/** The run of fields that local and central headers share, from `version needed` on. */
function fields(view: DataView, at: number, { method, sum, packed, size, nameLength }: EntryFields): void {
  view.setUint16(at, 20, true);
  // Bit 11: the name is UTF-8.
  view.setUint16(at + 2, 0x0800, true);
  view.setUint16(at + 4, method, true);
  view.setUint16(at + 8, 0x21, true);
  view.setUint32(at + 10, sum, true);
  view.setUint32(at + 14, packed, true);
  view.setUint32(at + 18, size, true);
  view.setUint16(at + 22, nameLength, true);
}
