/**
 * @file Python exceptions as values. The released scorers let some exceptions escape; the faithful mode returns them
 * with the class name instead of throwing, so that a caller can show, count and compare them.
 */

export interface PythonError {
  /** Class name, such as `AttributeError`. */
  raises: string;
  message: string;
}

export function pythonError(raises: string, message: string): PythonError {
  return { raises, message };
}

export function isPythonError(value: unknown): value is PythonError {
  return typeof value === 'object' && value !== null && 'raises' in value;
}
