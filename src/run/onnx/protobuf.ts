/**
 * @file Writing the protobuf wire format: each field is a key (number · 8 + wire type) and a value.
 *
 * A message keeps its parts apart until the whole is finished, so that weights are copied once.
 */

const varintType = 0;
const bytesType = 2;
const fixed32Type = 5;

const encoder = new TextEncoder();

export class Message {
  private readonly parts: Uint8Array[] = [];
  private length = 0;

  /** A whole number; negative ones take ten bytes, as int64 asks. */
  int(field: number, value: number): this {
    return this.key(field, varintType).add(varint(value));
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.key(field, fixed32Type).add(bytes);
  }

  /** The bytes are kept, not copied, until `finish`. */
  bytes(field: number, value: Uint8Array): this {
    return this.key(field, bytesType).add(varint(value.length)).add(value);
  }

  text(field: number, value: string): this {
    return this.bytes(field, encoder.encode(value));
  }

  /** A message inside this one; complete when it is added. */
  message(field: number, value: Message): this {
    this.key(field, bytesType).add(varint(value.length));
    for (const part of value.parts) this.add(part);
    return this;
  }

  /** Bytes so far. */
  get size(): number {
    return this.length;
  }

  finish(): Uint8Array {
    const out = new Uint8Array(this.length);
    let at = 0;
    for (const part of this.parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }

  private key(field: number, wireType: number): this {
    return this.add(varint(field * 8 + wireType));
  }

  private add(bytes: Uint8Array): this {
    this.parts.push(bytes);
    this.length += bytes.length;
    return this;
  }
}

/** Seven bits a byte, the lowest first; the top bit says that more follow. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
