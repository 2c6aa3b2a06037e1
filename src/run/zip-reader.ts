/**
 * @file Reads ZIP files from anywhere: stored and deflated entries, every number checked before it is used, each entry
 * unpacked under a bound of its own. What is inside is data, never followed: no links, no paths out.
 */
import { CodedError } from '../errors';
import { crc32 } from './zip';

export interface ZipLimits {
  /** Files in the archive. */
  entries: number;
  /** Bytes of one file, unpacked. */
  entryBytes: number;
  /** Bytes of all files together, unpacked. */
  bytes: number;
}

export interface PackedFile {
  /** As written in the archive, unchecked. */
  path: string;
  /** Unpacked, as the archive says; `read` holds it to that. */
  size: number;
  /** @throws CodedError `import.zip` where the content is not what the directory says. */
  read(): Promise<Uint8Array>;
}

const endLength = 22;
const directoryEntryLength = 46;
const localLength = 30;
/** The longest comment after the end record. */
const maxComment = 0xffff;

/**
 * The files of an archive; folders are left out.
 * @throws CodedError `import.zip` for what is no archive or a kind not read here, `import.size` beyond a limit.
 */
export async function readZip(archive: Blob, limits: ZipLimits): Promise<PackedFile[]> {
  const end = await findEnd(archive);
  const count = end.getUint16(10, true);
  const length = end.getUint32(12, true);
  const offset = end.getUint32(16, true);
  if (count === 0xffff || length === 0xffffffff || offset === 0xffffffff)
    throw bad('it has the 64-bit form of more than 4 GB');
  if (end.getUint16(4, true) !== 0 || end.getUint16(8, true) !== count)
    throw bad('it is one part of several');
  if (count > limits.entries) throw tooMuch(`${count} files, and ${limits.entries} are read at most`);
  if (offset + length > archive.size || length < count * directoryEntryLength)
    throw bad('its directory lies outside the file');
  const directory = await view(archive, offset, offset + length);
  const files: PackedFile[] = [];
  let at = 0;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    if (at + directoryEntryLength > directory.byteLength || directory.getUint32(at, true) !== 0x02014b50)
      throw bad('its directory is damaged');
    const entry = readEntry(directory, at);
    at += entry.length;
    if (entry.path.endsWith('/')) continue;
    if (entry.size > limits.entryBytes)
      throw tooMuch(`"${shown(entry.path)}" of ${entry.size} bytes, and ${limits.entryBytes} is the most`);
    sum += entry.size;
    if (sum > limits.bytes) throw tooMuch(`more than ${limits.bytes} bytes`);
    files.push({ path: entry.path, size: entry.size, read: () => unpack(archive, entry) });
  }
  return files;
}

interface Entry {
  path: string;
  flags: number;
  method: number;
  crc: number;
  packed: number;
  size: number;
  offset: number;
  /** Of the directory record. */
  length: number;
}

function readEntry(directory: DataView, at: number): Entry {
  const nameLength = directory.getUint16(at + 28, true);
  const length =
    directoryEntryLength +
    nameLength +
    directory.getUint16(at + 30, true) +
    directory.getUint16(at + 32, true);
  if (at + length > directory.byteLength) throw bad('its directory is damaged');
  const name = new Uint8Array(directory.buffer, directory.byteOffset + at + directoryEntryLength, nameLength);
  return {
    path: new TextDecoder().decode(name),
    flags: directory.getUint16(at + 8, true),
    method: directory.getUint16(at + 10, true),
    crc: directory.getUint32(at + 16, true),
    packed: directory.getUint32(at + 20, true),
    size: directory.getUint32(at + 24, true),
    offset: directory.getUint32(at + 42, true),
    length,
  };
}

/** The record that ends the archive, behind which only a comment may stand. */
async function findEnd(archive: Blob): Promise<DataView> {
  if (archive.size < endLength) throw bad('it is too short');
  const from = Math.max(0, archive.size - endLength - maxComment);
  const tail = await view(archive, from, archive.size);
  for (let at = tail.byteLength - endLength; at >= 0; at--) {
    const isEnd =
      tail.getUint32(at, true) === 0x06054b50 &&
      at + endLength + tail.getUint16(at + 20, true) === tail.byteLength;
    if (isEnd) return new DataView(tail.buffer, tail.byteOffset + at, endLength);
  }
  throw bad('it has no end record');
}

async function unpack(archive: Blob, entry: Entry): Promise<Uint8Array> {
  const { path, flags, method, offset, packed, size, crc } = entry;
  // Deflate gives at most 1032 bytes for one: a larger claim is a lie, told to make us set the memory aside.
  if (size > packed * 1032 + 64) throw bad(`"${shown(path)}" cannot be as long as its directory says`);
  if (flags & 1) throw bad(`"${shown(path)}" is encrypted`);
  if (offset + localLength > archive.size) throw bad(`"${shown(path)}" lies outside the file`);
  const local = await view(archive, offset, offset + localLength);
  if (local.getUint32(0, true) !== 0x04034b50) throw bad(`"${shown(path)}" does not begin where it should`);
  const start = offset + localLength + local.getUint16(26, true) + local.getUint16(28, true);
  if (start + packed > archive.size) throw bad(`"${shown(path)}" lies outside the file`);
  const body = archive.slice(start, start + packed);
  let content: Uint8Array;
  if (method === 0) content = new Uint8Array(await body.arrayBuffer());
  else if (method === 8) content = await inflate(body, size, path);
  else throw bad(`"${shown(path)}" is packed in a way not read here (${method})`);
  if (content.length !== size || crc32(content) !== crc) throw bad(`"${shown(path)}" is damaged`);
  return content;
}

/** Stops as soon as more comes out than the directory says: a small file cannot fill the memory. */
async function inflate(body: Blob, size: number, path: string): Promise<Uint8Array> {
  const content = new Uint8Array(size);
  let filled = 0;
  const reader = body.stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return content.subarray(0, filled);
      if (filled + value.length > size) throw bad(`"${shown(path)}" is longer than its directory says`);
      content.set(value, filled);
      filled += value.length;
    }
  } catch (error) {
    await reader.cancel().catch(() => {});
    throw error instanceof CodedError ? error : bad(`"${shown(path)}" is damaged`);
  }
}

async function view(archive: Blob, from: number, to: number): Promise<DataView> {
  return new DataView(await archive.slice(from, to).arrayBuffer());
}

function shown(path: string): string {
  return path.length > 80 ? `${path.slice(0, 80)}…` : path;
}

function bad(reason: string): CodedError {
  return new CodedError(
    'import.zip',
    `This file cannot be read as a zip: ${reason}.`,
    'Choose the zip of a run folder, as Longview downloads it.',
  );
}

function tooMuch(what: string): CodedError {
  return new CodedError(
    'import.size',
    `The run has ${what}.`,
    'Leave out old checkpoints or answers, and zip it again.',
  );
}
