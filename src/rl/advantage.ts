/**
 * @file The group-relative advantage of GRPO and DAPO (paper Eq. 5 and 8; verl `compute_grpo_outcome_advantage`).
 * One number an answer; every token of the answer carries it.
 */

import { mean, standardDeviation } from './statistics';

export interface AdvantageOptions {
  /** Divide by the group's standard deviation (GRPO); false leaves reward − mean (Dr. GRPO). */
  normaliseByStd: boolean;
  /** Added to the standard deviation: 1e-6 (default) in verl and QwenLong-L1, 1e-4 in TRL. */
  epsilon?: number;
}

export const GRPO_ADVANTAGE: AdvantageOptions = { normaliseByStd: true, epsilon: 1e-6 };

export interface GroupAdvantage {
  /** Mean subtracted: 0 for a group of one. */
  mean: number;
  /** Sample standard deviation (ddof 1): 1 for a group of one. */
  std: number;
  /** (reward − mean) / (std + epsilon), one an answer. */
  advantages: Float64Array;
}

/**
 * Advantages of one group of rewards. A group of one gets mean 0 and std 1, as in verl; a group of equal rewards gets
 * exactly 0.
 */
export function groupAdvantages(
  rewards: ArrayLike<number>,
  options: AdvantageOptions = GRPO_ADVANTAGE,
): GroupAdvantage {
  const isSingle = rewards.length === 1;
  const isUniform =
    !isSingle && Array.prototype.every.call(rewards, (reward: number) => reward === rewards[0]);
  // The mean of equal numbers can round away from them, and a tiny std would blow that difference up.
  const center = isSingle ? 0 : isUniform ? rewards[0] : mean(rewards);
  const std = isSingle ? 1 : isUniform ? 0 : standardDeviation(rewards, 1);
  const denominator = std + (options.epsilon ?? 1e-6);
  // PyTorch makes the 1 of a group of one in float32, and the sum with epsilon stays there.
  const scale = options.normaliseByStd ? 1 / (isSingle ? Math.fround(denominator) : denominator) : 1;
  return { mean: center, std, advantages: Float64Array.from(rewards, (reward) => (reward - center) * scale) };
}

/** The members of each group, by key, in order of first appearance. */
export function groupIndices<K>(keys: readonly K[]): Map<K, number[]> {
  const groups = new Map<K, number[]>();
  for (const [index, key] of keys.entries()) {
    const members = groups.get(key);
    if (members === undefined) groups.set(key, [index]);
    else members.push(index);
  }
  return groups;
}

/** Advantages of a flat batch whose rows belong to the groups named by `keys`; one number a row. */
export function batchAdvantages<K>(
  rewards: ArrayLike<number>,
  keys: readonly K[],
  options: AdvantageOptions = GRPO_ADVANTAGE,
): Float64Array {
  const result = new Float64Array(rewards.length);
  for (const members of groupIndices(keys).values()) {
    const { advantages } = groupAdvantages(
      members.map((index) => rewards[index]),
      options,
    );
    for (const [position, index] of members.entries()) result[index] = advantages[position];
  }
  return result;
}
