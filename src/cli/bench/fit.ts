/** @file Least squares over a few measured points: how a cost grows with the length. */

export interface LineFit {
  slope: number;
  intercept: number;
  /** Share of the variance that the line explains, 1 = all. */
  r2: number;
}

/** The line through (x, y) with the smallest squared error. At least two different x. */
export function fitLine(x: readonly number[], y: readonly number[]): LineFit {
  if (x.length !== y.length || new Set(x).size < 2)
    throw new RangeError('a line needs points at two places at least');
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(x), mean(y)];
  const products = x.reduce((sum, value, i) => sum + (value - meanX) * (y[i] - meanY), 0);
  const squares = x.reduce((sum, value) => sum + (value - meanX) ** 2, 0);
  const slope = products / squares;
  const intercept = meanY - slope * meanX;
  const rest = x.reduce((sum, value, i) => sum + (y[i] - intercept - slope * value) ** 2, 0);
  const total = y.reduce((sum, value) => sum + (value - meanY) ** 2, 0);
  return { slope, intercept, r2: total === 0 ? 1 : 1 - rest / total };
}

/** The power p with which y grows, y ≈ c·xᵖ: the slope in logarithms. All values above 0. */
export function growthExponent(x: readonly number[], y: readonly number[]): number {
  return fitLine(x.map(Math.log), y.map(Math.log)).slope;
}

/** The largest relative distance of y from c·expected, with the c that makes it smallest in logarithms' mean. */
export function largestDeviation(expected: readonly number[], y: readonly number[]): number {
  const logs = y.map((value, i) => Math.log(value / expected[i]));
  const scale = logs.reduce((sum, value) => sum + value, 0) / logs.length;
  return Math.max(...logs.map((value) => Math.abs(Math.exp(value - scale) - 1)));
}
