/** @file Float64 reference of the token embedding. */

/** X[row] = E[tokens[row]]. */
export function embeddingForwardReference(
  tokens: ArrayLike<number>,
  e: ArrayLike<number>,
  width: number,
): Float64Array {
  const x = new Float64Array(tokens.length * width);
  for (let row = 0; row < tokens.length; row++) {
    for (let c = 0; c < width; c++) x[row * width + c] = e[tokens[row] * width + c];
  }
  return x;
}

/** dE + the rows of dX scattered to their tokens. */
export function embeddingBackwardReference(
  tokens: ArrayLike<number>,
  dX: ArrayLike<number>,
  dE: ArrayLike<number>,
  width: number,
): Float64Array {
  const sum = Float64Array.from(dE);
  for (let row = 0; row < tokens.length; row++) {
    for (let c = 0; c < width; c++) sum[tokens[row] * width + c] += dX[row * width + c];
  }
  return sum;
}
