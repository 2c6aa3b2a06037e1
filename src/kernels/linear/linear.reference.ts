/** @file Float64 reference of the linear layer. W is [outputs, inputs]. */

interface Shape {
  rows: number;
  inputs: number;
  outputs: number;
}

/** Y = X Wᵀ (+ bias). */
export function linearForwardReference(
  x: ArrayLike<number>,
  w: ArrayLike<number>,
  bias: ArrayLike<number> | null,
  { rows, inputs, outputs }: Shape,
): Float64Array {
  const y = new Float64Array(rows * outputs);
  for (let r = 0; r < rows; r++) {
    for (let o = 0; o < outputs; o++) {
      let sum = 0;
      for (let i = 0; i < inputs; i++) sum += x[r * inputs + i] * w[o * inputs + i];
      y[r * outputs + o] = sum + (bias ? bias[o] : 0);
    }
  }
  return y;
}

/** dX = dY W. */
export function linearBackwardInputReference(
  dY: ArrayLike<number>,
  w: ArrayLike<number>,
  { rows, inputs, outputs }: Shape,
): Float64Array {
  const dX = new Float64Array(rows * inputs);
  for (let r = 0; r < rows; r++) {
    for (let o = 0; o < outputs; o++) {
      for (let i = 0; i < inputs; i++) dX[r * inputs + i] += dY[r * outputs + o] * w[o * inputs + i];
    }
  }
  return dX;
}

/** dW = dYᵀ X. */
export function linearBackwardWeightReference(
  dY: ArrayLike<number>,
  x: ArrayLike<number>,
  { rows, inputs, outputs }: Shape,
): Float64Array {
  const dW = new Float64Array(outputs * inputs);
  for (let r = 0; r < rows; r++) {
    for (let o = 0; o < outputs; o++) {
      for (let i = 0; i < inputs; i++) dW[o * inputs + i] += dY[r * outputs + o] * x[r * inputs + i];
    }
  }
  return dW;
}

/** dBias = column sums of dY. */
export function biasGradientReference(dY: ArrayLike<number>, rows: number, outputs: number): Float64Array {
  const dBias = new Float64Array(outputs);
  for (let r = 0; r < rows; r++) {
    for (let o = 0; o < outputs; o++) dBias[o] += dY[r * outputs + o];
  }
  return dBias;
}
