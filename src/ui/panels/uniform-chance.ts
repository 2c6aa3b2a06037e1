/** @file p^G + (1 − p)^G: the chance that G independent answers are all right or all wrong. */

export function uniformChance(accuracy: number, groupSize: number): number {
  return accuracy ** groupSize + (1 - accuracy) ** groupSize;
}
