/** @file Numbers that must be numbers. */
import { CodedError } from '../errors';

/** Fails with `train.nonfinite` if a value is NaN or infinite. */
export function assertFinite(name: string, value: number): void {
  if (!Number.isFinite(value)) {
    throw new CodedError(
      'train.nonfinite',
      `${name} became ${value}.`,
      'Continue from the last checkpoint with half the learning rate.',
    );
  }
}
