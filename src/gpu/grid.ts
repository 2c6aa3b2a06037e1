/** @file Long one-dimensional grids of workgroups. */

/** Folds a one-dimensional grid of `count` workgroups into two dimensions of at most 65,535. */
export function grid(count: number): [number, number] {
  if (count <= 65535) return [count, 1];
  const y = Math.ceil(count / 65535);
  return [Math.ceil(count / y), y];
}
