/** @file Sixteen-bit floats: IEEE half (F16) both ways, bfloat16 (BF16) in. */
import { CodedError } from '../errors';

const scratch = new DataView(new ArrayBuffer(4));

/** Largest finite half. */
export const maxHalf = 65504;

/** Bits of the half nearest to `value`, ties to even; beyond the range, infinity. */
export function toHalfBits(value: number): number {
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const exponent = (bits >>> 23) & 0xff;
  const mantissa = bits & 0x7fffff;
  if (exponent === 0xff) return sign | 0x7c00 | (mantissa ? 0x200 : 0);
  const halfExponent = exponent - 112;
  if (halfExponent >= 31) return sign | 0x7c00;
  // Below the normal range the implicit one joins the mantissa, and more bits fall off.
  const shift = halfExponent > 0 ? 13 : 14 - halfExponent;
  if (shift > 24) return sign;
  const whole = halfExponent > 0 ? (halfExponent << 23) | mantissa : mantissa | 0x800000;
  const kept = whole >>> shift;
  const rest = whole & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  // A carry runs into the exponent and gives the next power of two, or infinity: both are the right neighbour.
  return sign | (rest > half || (rest === half && (kept & 1) === 1) ? kept + 1 : kept);
}

/** Value of the half with these bits; exact. */
export function fromHalfBits(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0x1f) return mantissa ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * mantissa * 2 ** -24 : sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

/** Value of the bfloat16 with these bits: the upper half of a 32-bit float. */
export function fromBfloatBits(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}

/** Writes the weights called `name` as halves from byte `at` on. @throws CodedError `checkpoint.range` where one is finite but too large. */
export function writeHalves(view: DataView, at: number, name: string, data: Float32Array): void {
  for (let i = 0; i < data.length; i++) {
    const bits = toHalfBits(data[i]);
    if ((bits & 0x7fff) === 0x7c00 && Number.isFinite(data[i])) {
      throw new CodedError(
        'checkpoint.range',
        `A weight of "${name}" is ${data[i]}; F16 ends at ${maxHalf}.`,
        'Write the checkpoint as F32.',
      );
    }
    view.setUint16(at + 2 * i, bits, true);
  }
}
