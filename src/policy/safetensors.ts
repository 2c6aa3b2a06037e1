/**
 * @file The safetensors format: 8 bytes header length (little-endian), a JSON header
 * `{name: {dtype, shape, data_offsets: [from, to)}}`, then the data. F32, F16 and BF16 are read, F32 and F16 written.
 *
 * A file may come from anywhere: every number in it is checked before it is used, and what the format forbids
 * (holes, overlaps, bytes left over) is refused as the reference implementation does.
 */
import { CodedError } from '../errors';
import { fromBfloatBits, fromHalfBits, writeHalves } from './half';

export interface Tensor {
  /** Row-major; `[]` is one number. */
  shape: readonly number[];
  data: Float32Array;
}

export type Tensors = Record<string, Tensor>;

/** The reference implementation's own bound. */
const maxHeaderBytes = 100_000_000;
const maxRank = 8;
const bytesOf = { F32: 4, F16: 2, BF16: 2 } as const;
type Dtype = keyof typeof bytesOf;

interface Entry {
  name: string;
  dtype: Dtype;
  shape: number[];
  from: number;
  to: number;
}

/**
 * Reads a whole file into 32-bit floats.
 * @throws CodedError `checkpoint.format`.
 */
export function parseSafetensors(bytes: Uint8Array): Tensors {
  if (bytes.length < 8) throw bad('it is shorter than its header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  if (headerBytes > maxHeaderBytes || headerBytes > bytes.length - 8)
    throw bad('its header is longer than the file');
  const dataStart = 8 + headerBytes;
  const entries = parseHeader(bytes.subarray(8, dataStart)).sort((a, b) => a.from - b.from || a.to - b.to);
  let end = 0;
  for (const entry of entries) {
    if (entry.from !== end)
      throw bad(`the data of "${entry.name}" does not begin where the tensor before it ends`);
    end = entry.to;
  }
  if (end !== bytes.length - dataStart)
    throw bad(`its tensors need ${end} bytes and it holds ${bytes.length - dataStart}`);
  return Object.fromEntries(
    entries
      .sort(byName)
      .map((entry) => [
        entry.name,
        { shape: entry.shape, data: readFloats(view, dataStart + entry.from, entry) },
      ]),
  );
}

/**
 * Writes tensors, sorted by name, so that equal weights give equal bytes. F16 rounds to the nearest, ties to even.
 * @throws CodedError `checkpoint.format` where shape and data disagree, `checkpoint.range` where a weight is finite but
 * too large for F16.
 */
export function serializeSafetensors(tensors: Readonly<Tensors>, dtype: 'F32' | 'F16'): Uint8Array {
  const width = bytesOf[dtype];
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  const names = Object.keys(tensors).sort(byCode);
  let offset = 0;
  for (const name of names) {
    const { shape, data } = tensors[name];
    checkName(name);
    if (!shape.every(isCount) || product(shape) !== data.length)
      throw bad(`"${name}" has shape [${shape}] and ${data.length} values`);
    header[name] = { dtype, shape, data_offsets: [offset, offset + data.length * width] };
    offset += data.length * width;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  // Spaces up to a multiple of 8 keep the data aligned for readers that map the file into memory.
  const headerBytes = Math.ceil(json.length / 8) * 8;
  const out = new Uint8Array(8 + headerBytes + offset);
  const view = new DataView(out.buffer);
  view.setUint32(0, headerBytes, true);
  out.fill(0x20, 8, 8 + headerBytes);
  out.set(json, 8);
  let at = 8 + headerBytes;
  for (const name of names) {
    const { data } = tensors[name];
    if (dtype === 'F32') for (let i = 0; i < data.length; i++) view.setFloat32(at + 4 * i, data[i], true);
    else writeHalves(view, at, name, data);
    at += data.length * width;
  }
  return out;
}

function readFloats(view: DataView, at: number, { dtype, shape }: Entry): Float32Array {
  const out = new Float32Array(product(shape));
  switch (dtype) {
    case 'F32':
      for (let i = 0; i < out.length; i++) out[i] = view.getFloat32(at + 4 * i, true);
      return out;
    case 'F16':
      for (let i = 0; i < out.length; i++) out[i] = fromHalfBits(view.getUint16(at + 2 * i, true));
      return out;
    case 'BF16':
      for (let i = 0; i < out.length; i++) out[i] = fromBfloatBits(view.getUint16(at + 2 * i, true));
      return out;
    default:
      return dtype satisfies never;
  }
}

function parseHeader(bytes: Uint8Array): Entry[] {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw bad('its header is not JSON');
  }
  if (!isObject(header)) throw bad('its header is not a JSON object');
  return Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => parseEntry(name, entry));
}

function parseEntry(name: string, entry: unknown): Entry {
  checkName(name);
  if (!isObject(entry)) throw bad(`the entry of "${shown(name)}" is not an object`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (dtype !== 'F32' && dtype !== 'F16' && dtype !== 'BF16')
    throw bad(`"${shown(name)}" has type ${shown(dtype)}; F32, F16 and BF16 are read`);
  if (!Array.isArray(shape) || shape.length > maxRank || !shape.every(isCount))
    throw bad(`"${shown(name)}" has no valid shape`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    throw bad(`"${shown(name)}" has no valid offsets`);
  const [from, to] = offsets;
  // A product past 2^53 is inexact, but far from any length a file can have.
  if (to - from !== product(shape) * bytesOf[dtype])
    throw bad(`"${shown(name)}" has shape [${shape}] and ${to - from} bytes of ${dtype}`);
  return { name, dtype, shape, from, to };
}

function checkName(name: string): void {
  // As an object key this one would not be a key.
  if (name === '__proto__' || name === '__metadata__') throw bad(`"${name}" cannot be the name of a tensor`);
}

function product(shape: readonly number[]): number {
  return shape.reduce((size, n) => size * n, 1);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** By code units, the same in every locale. */
function byCode(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function byName(a: Entry, b: Entry): number {
  return byCode(a.name, b.name);
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'none');
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function bad(why: string): CodedError {
  return new CodedError(
    'checkpoint.format',
    `The safetensors file cannot be used: ${why}.`,
    'Choose another file, or download it again.',
  );
}
