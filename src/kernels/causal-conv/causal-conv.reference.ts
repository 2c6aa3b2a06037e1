/** @file Float64 reference of the Canon layer: each token's path is spelled out, then convolved. */
import type { Segment } from '../shared/segment';

/** Flat tokens on the way to each token, the token itself first, the prefix's first token last. */
export function pathsOf(spans: readonly Segment[]): number[][] {
  const paths: number[][] = [];
  for (const { start, end, parentStart, parentEnd } of spans) {
    for (let i = start; i < end; i++) {
      const path: number[] = [];
      for (let j = i; j >= start; j--) path.push(j);
      for (let j = parentEnd - 1; j >= parentStart; j--) path.push(j);
      paths[i] = path;
    }
  }
  return paths;
}

/** y = x + Σ_k weight[k] · x[path[k]]. */
export function causalConvForwardReference(
  x: ArrayLike<number>,
  weight: ArrayLike<number>,
  spans: readonly Segment[],
  width: number,
  taps: number,
): Float64Array {
  const paths = pathsOf(spans);
  const y = new Float64Array(paths.length * width);
  paths.forEach((path, i) => {
    for (let c = 0; c < width; c++) {
      let sum = x[i * width + c];
      for (let k = 0; k < Math.min(taps, path.length); k++)
        sum += weight[k * width + c] * x[path[k] * width + c];
      y[i * width + c] = sum;
    }
  });
  return y;
}

/** Gradients with respect to `x` and `weight`, scattered along the paths. */
export function causalConvBackwardReference(
  x: ArrayLike<number>,
  weight: ArrayLike<number>,
  dY: ArrayLike<number>,
  spans: readonly Segment[],
  width: number,
  taps: number,
): { dX: Float64Array; dWeight: Float64Array } {
  const paths = pathsOf(spans);
  const dX = new Float64Array(paths.length * width);
  const dWeight = new Float64Array(taps * width);
  paths.forEach((path, i) => {
    for (let c = 0; c < width; c++) {
      const dy = dY[i * width + c];
      dX[i * width + c] += dy;
      for (let k = 0; k < Math.min(taps, path.length); k++) {
        dX[path[k] * width + c] += dy * weight[k * width + c];
        dWeight[k * width + c] += dy * x[path[k] * width + c];
      }
    }
  });
  return { dX, dWeight };
}
