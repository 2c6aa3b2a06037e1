/** @file Float64 reference of the column sums. */

/** out[c] + Σ_b partials[b, c]; `partials` is [blocks, width]. */
export function sumRowsReference(
  partials: ArrayLike<number>,
  out: ArrayLike<number>,
  blocks: number,
  width: number,
): Float64Array {
  const sums = Float64Array.from(out);
  for (let b = 0; b < blocks; b++) for (let c = 0; c < width; c++) sums[c] += partials[b * width + c];
  return sums;
}
