/** @file Float64 reference of SwiGLU. */

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** y = silu(g) * u; `gateUp` is [rows, 2*width], the result [rows, width]. */
export function swigluForwardReference(gateUp: ArrayLike<number>, rows: number, width: number): Float64Array {
  const y = new Float64Array(rows * width);
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < width; c++) {
      const g = gateUp[row * 2 * width + c];
      y[row * width + c] = g * sigmoid(g) * gateUp[row * 2 * width + width + c];
    }
  }
  return y;
}

/** Gradient with respect to `gateUp`, given dY [rows, width]. */
export function swigluBackwardReference(
  gateUp: ArrayLike<number>,
  dY: ArrayLike<number>,
  rows: number,
  width: number,
): Float64Array {
  const dGateUp = new Float64Array(rows * 2 * width);
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < width; c++) {
      const at = row * 2 * width + c;
      const g = gateUp[at];
      const u = gateUp[at + width];
      const s = sigmoid(g);
      const dy = dY[row * width + c];
      dGateUp[at] = dy * u * s * (1 + g * (1 - s));
      dGateUp[at + width] = dy * g * s;
    }
  }
  return dGateUp;
}
