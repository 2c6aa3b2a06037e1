/** @file Float64 reference of RMSNorm. */

/** y = gain * x * (mean(x²) + epsilon)^-1/2, row by row. */
export function rmsNormForwardReference(
  x: ArrayLike<number>,
  gain: ArrayLike<number>,
  rows: number,
  width: number,
  epsilon: number,
): Float64Array {
  const y = new Float64Array(rows * width);
  for (let row = 0; row < rows; row++) {
    const r = inverseRms(x, row, width, epsilon);
    for (let c = 0; c < width; c++) y[row * width + c] = gain[c] * x[row * width + c] * r;
  }
  return y;
}

/** Gradients with respect to `x` and `gain`, given dY. */
export function rmsNormBackwardReference(
  x: ArrayLike<number>,
  gain: ArrayLike<number>,
  dY: ArrayLike<number>,
  rows: number,
  width: number,
  epsilon: number,
): { dX: Float64Array; dGain: Float64Array } {
  const dX = new Float64Array(rows * width);
  const dGain = new Float64Array(width);
  for (let row = 0; row < rows; row++) {
    const at = row * width;
    const r = inverseRms(x, row, width, epsilon);
    let projection = 0;
    for (let c = 0; c < width; c++) projection += gain[c] * dY[at + c] * x[at + c];
    for (let c = 0; c < width; c++) {
      dX[at + c] = r * gain[c] * dY[at + c] - (x[at + c] * r ** 3 * projection) / width;
      dGain[c] += dY[at + c] * x[at + c] * r;
    }
  }
  return { dX, dGain };
}

function inverseRms(x: ArrayLike<number>, row: number, width: number, epsilon: number): number {
  let sum = 0;
  for (let c = 0; c < width; c++) sum += x[row * width + c] ** 2;
  return 1 / Math.sqrt(sum / width + epsilon);
}
