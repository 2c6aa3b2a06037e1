/** @file Ends and ticks of an axis, on the page and on paper. */

/** The axis of a curve that is one point: a step, or a hundredth of a large place, to both sides; no negative step. */
export function aroundPlace(x: number): { low: number; high: number } {
  const room = Math.max(1, Math.abs(x) / 100);
  return { low: x >= 0 ? Math.max(0, x - room) : x - room, high: x + room };
}

/** At most `count` + 1 round values (1, 2 or 5 times a power of ten apart) inside [low, high]. */
export function roundTicks(low: number, high: number, count: number): number[] {
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span)) return Number.isFinite(low) ? [low] : [];
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? 10 * power;
  // Closer together than numbers of this size can be told apart.
  if (!(step > Math.max(1e-300, Math.abs(low) * 1e-12, Math.abs(high) * 1e-12))) return [low];
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}
