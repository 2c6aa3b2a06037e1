/**
 * @file CPU twin of philox.wgsl: the same words and, up to the rounding of the logarithm, the same exponential
 * variates, so that a draw of the GPU can be checked or replayed.
 */

/** High 32 bits of the unsigned 64-bit product. */
function mulHigh(a: number, b: number): number {
  const [a0, a1] = [a & 0xffff, a >>> 16];
  const [b0, b1] = [b & 0xffff, b >>> 16];
  const p01 = Math.imul(a0, b1) >>> 0;
  const p10 = Math.imul(a1, b0) >>> 0;
  const mid = ((Math.imul(a0, b0) >>> 0) >>> 16) + (p01 & 0xffff) + (p10 & 0xffff);
  return ((Math.imul(a1, b1) >>> 0) + (p01 >>> 16) + (p10 >>> 16) + (mid >>> 16)) >>> 0;
}

/** Philox4x32-10: four unsigned words from a counter of four and a key of two. */
export function philox4x32(
  counter: readonly number[],
  key: readonly number[],
): [number, number, number, number] {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const [p, q] = [mulHigh(0xd2511f53, c0), mulHigh(0xcd9e8d57, c2)];
    const [pLow, qLow] = [Math.imul(0xd2511f53, c0) >>> 0, Math.imul(0xcd9e8d57, c2) >>> 0];
    [c0, c1, c2, c3] = [(q ^ c1 ^ k0) >>> 0, qLow, (p ^ c3 ^ k1) >>> 0, pLow];
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** The exponential variate of one word: −ln(1 − v), v = (word >> 9 + ½) · 2⁻²³. */
export function exponential(word: number): number {
  return -Math.log1p(-((word >>> 9) + 0.5) * 2 ** -23);
}
