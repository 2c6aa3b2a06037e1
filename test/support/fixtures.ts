/** @file Reads recorded cases from `test/fixtures` and compares numbers at their stated tolerance. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';

/** The parsed content of `test/fixtures/<name>.json`; the caller names its shape. */
export function readFixture<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8')) as T;
}

/** Absolute difference at most `tolerance`; −0 equals 0. */
export function expectNear(actual: number, expected: number, tolerance: number, label = ''): void {
  const difference = Math.abs(actual - expected);
  expect(difference <= tolerance, `${label}: ${actual} is not within ${tolerance} of ${expected}`).toBe(true);
}

/** `expectNear` over arrays of equal length. */
export function expectAllNear(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  label = '',
): void {
  expect(actual.length, label).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) expectNear(actual[i], expected[i], tolerance, `${label}[${i}]`);
}
