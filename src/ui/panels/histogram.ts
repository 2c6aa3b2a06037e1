/** @file Values counted in equal steps. */

export interface Bar {
  from: number;
  to: number;
  count: number;
}

/** Up to `most` bars over [min, max]; equal values make one bar. */
export function histogram(values: readonly number[], most = 12): Bar[] {
  if (values.length === 0) return [];
  const low = Math.min(...values);
  const high = Math.max(...values);
  if (low === high) return [{ from: low, to: high, count: values.length }];
  const bars = Array.from({ length: most }, (_, i) => ({
    from: low + ((high - low) * i) / most,
    to: low + ((high - low) * (i + 1)) / most,
    count: 0,
  }));
  for (const value of values)
    bars[Math.min(most - 1, Math.floor(((value - low) / (high - low)) * most))].count++;
  return bars;
}
