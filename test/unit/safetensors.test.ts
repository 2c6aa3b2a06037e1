import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodedError } from '../../src/errors';
import { fromBfloatBits, fromHalfBits, toHalfBits } from '../../src/policy/half';
import { parseSafetensors, serializeSafetensors, type Tensors } from '../../src/policy/safetensors';

/** A file with this header text and data. */
function file(header: unknown, data: Uint8Array = new Uint8Array(), headerBytes?: number): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const out = new Uint8Array(8 + json.length + data.length);
  new DataView(out.buffer).setBigUint64(0, BigInt(headerBytes ?? json.length), true);
  out.set(json, 8);
  out.set(data, 8 + json.length);
  return out;
}

function refuses(bytes: Uint8Array): string {
  try {
    parseSafetensors(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(CodedError);
    expect((error as CodedError).code).toBe('checkpoint.format');
    return (error as CodedError).message;
  }
  throw new Error('accepted');
}

const entry = (dtype: string, shape: unknown, from: unknown, to: unknown) => ({
  dtype,
  shape,
  data_offsets: [from, to],
});

describe('half precision', () => {
  it('reads every half exactly and writes it back', () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = fromHalfBits(bits);
      if (Number.isNaN(value)) expect(toHalfBits(value) & 0x7c00).toBe(0x7c00);
      else if (toHalfBits(value) !== bits) expect.fail(`bits ${bits}`);
    }
  });

  it('rounds to the nearest, ties to even', () => {
    expect(fromHalfBits(toHalfBits(1 + 2 ** -11))).toBe(1);
    expect(fromHalfBits(toHalfBits(1 + 3 * 2 ** -11))).toBe(1 + 2 ** -9);
    expect(fromHalfBits(toHalfBits(1 + 2 ** -11 + 2 ** -20))).toBe(1 + 2 ** -10);
    expect(toHalfBits(65519.996)).toBe(0x7bff);
    expect(toHalfBits(65520)).toBe(0x7c00);
    expect(toHalfBits(2 ** -25)).toBe(0);
    expect(toHalfBits(Math.fround(2 ** -25 * 1.001))).toBe(1);
    expect(toHalfBits(-(2 ** -24))).toBe(0x8001);
    expect(toHalfBits(1e-40)).toBe(0);
  });

  it('is never further away than the neighbouring halves', () => {
    fc.assert(
      fc.property(fc.float({ min: -65504, max: 65504, noNaN: true }), (value) => {
        const bits = toHalfBits(value);
        const error = Math.abs(fromHalfBits(bits) - value);
        for (const other of [bits - 1, bits + 1]) {
          const near = fromHalfBits(other & 0xffff);
          if (Number.isFinite(near)) expect(error).toBeLessThanOrEqual(Math.abs(near - value));
        }
      }),
    );
  });

  it('reads bfloat16', () => {
    expect(fromBfloatBits(0x3f80)).toBe(1);
    expect(fromBfloatBits(0xc049)).toBe(-3.140625);
    expect(fromBfloatBits(0x7f80)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('safetensors', () => {
  const floats = fc.array(fc.float({ noNaN: true }), { maxLength: 24 });
  const tensors: fc.Arbitrary<Tensors> = fc
    .dictionary(
      fc.string({ minLength: 1 }).filter((name) => name !== '__proto__' && name !== '__metadata__'),
      floats,
    )
    .map((entries) =>
      Object.fromEntries(
        Object.entries(entries).map(([name, data]) => [
          name,
          { shape: [data.length], data: Float32Array.from(data) },
        ]),
      ),
    );

  it('F32 comes back bit for bit', () => {
    fc.assert(
      fc.property(tensors, (given) => {
        expect(parseSafetensors(serializeSafetensors(given, 'F32'))).toEqual(given);
      }),
    );
  });

  it('F16 comes back as the nearest halves', () => {
    const data = Float32Array.from([0, -0, 1, -2.5, 1e-3, 65504, 1e-8]);
    const back = parseSafetensors(serializeSafetensors({ w: { shape: [7, 1], data } }, 'F16'));
    expect(back.w.shape).toEqual([7, 1]);
    expect([...back.w.data]).toEqual([...data].map((value) => fromHalfBits(toHalfBits(value))));
  });

  it('equal weights give equal bytes whatever their order, with aligned data', () => {
    const a = { shape: [2], data: Float32Array.of(1, 2) };
    const b = { shape: [], data: Float32Array.of(3) };
    const one = serializeSafetensors({ a, b }, 'F32');
    expect(one).toEqual(serializeSafetensors({ b, a }, 'F32'));
    expect(new DataView(one.buffer).getUint32(0, true) % 8).toBe(0);
    expect(parseSafetensors(one)).toEqual({ a, b });
  });

  it('reads BF16, a file at an odd place in memory, and no tensor at all', () => {
    const bytes = file(
      { __metadata__: { format: 'pt' }, w: entry('BF16', [2], 0, 4) },
      Uint8Array.of(0x80, 0x3f, 0x49, 0xc0),
    );
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect([...parseSafetensors(shifted.subarray(3)).w.data]).toEqual([1, -3.140625]);
    expect(parseSafetensors(file({}))).toEqual({});
  });

  it.each([
    ['nothing', new Uint8Array()],
    ['a header longer than the file', file('{}', new Uint8Array(), 2 ** 40)],
    ['a header length past 2^53', Uint8Array.from([255, 255, 255, 255, 255, 255, 255, 255, 123, 125])],
    ['no JSON', file('{"w":')],
    ['a JSON list', file('[]')],
    ['bytes that are not UTF-8', file({}, Uint8Array.of(0xff), 3)],
    ['an unknown type', file({ w: entry('I64', [1], 0, 8) }, new Uint8Array(8))],
    ['a negative size', file({ w: entry('F32', [-1], 0, -4) })],
    ['a fractional size', file({ w: entry('F32', [0.5], 0, 2) }, new Uint8Array(2))],
    ['a huge shape', file({ w: entry('F32', [2 ** 40, 2 ** 40], 0, 8) }, new Uint8Array(8))],
    ['a huge number of sizes', file({ w: entry('F32', Array(1000).fill(1), 0, 4) }, new Uint8Array(4))],
    ['offsets past the end', file({ w: entry('F32', [2], 0, 8) }, new Uint8Array(4))],
    ['offsets the wrong way round', file({ w: entry('F32', [1], 4, 0) }, new Uint8Array(4))],
    [
      'overlapping tensors',
      file({ a: entry('F32', [1], 0, 4), b: entry('F32', [1], 0, 4) }, new Uint8Array(4)),
    ],
    ['a hole', file({ a: entry('F32', [1], 4, 8) }, new Uint8Array(8))],
    ['bytes left over', file({ a: entry('F32', [1], 0, 4) }, new Uint8Array(8))],
    ['an entry that is no object', file({ a: null })],
    [
      'a name that is no key',
      file('{"__proto__":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}', new Uint8Array(4)),
    ],
  ])('refuses %s', (_, bytes) => {
    expect(refuses(bytes)).toContain('safetensors');
  });

  it('arbitrary bytes and headers are read or refused, never anything else', () => {
    const attempt = (bytes: Uint8Array) => {
      try {
        parseSafetensors(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(CodedError);
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), attempt));
    fc.assert(
      fc.property(fc.json(), fc.uint8Array({ maxLength: 64 }), (json, data) => attempt(file(json, data))),
    );
    const wild = fc.record({
      dtype: fc.constantFrom('F32', 'F16', 'BF16', 'I8', 4),
      shape: fc.array(fc.oneof(fc.nat(4), fc.double())),
      data_offsets: fc.array(fc.oneof(fc.nat(64), fc.double()), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.dictionary(fc.string(), wild), fc.uint8Array({ maxLength: 64 }), (header, data) =>
        attempt(file(header, data)),
      ),
    );
  });

  it('will not write what it could not read', () => {
    expect(() => serializeSafetensors({ w: { shape: [3], data: new Float32Array(2) } }, 'F32')).toThrow(
      CodedError,
    );
    expect(() => serializeSafetensors({ w: { shape: [1], data: Float32Array.of(7e4) } }, 'F16')).toThrow(
      'F16 ends at 65504',
    );
  });
});
