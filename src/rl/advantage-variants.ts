/**
 * @file Advantage estimators beside GRPO, for comparison on identical data (verl `core_algos.py`). Each takes the
 * rewards of one group and returns one number an answer, except REINFORCE++-baseline, which whitens over a batch.
 */

import { groupIndices } from './advantage';
import { maskedWhiten, mean, standardDeviation } from './statistics';

/** RLOO: reward − mean of the other rewards of the group. A group of one keeps its reward. */
export function rlooAdvantage(rewards: ArrayLike<number>): Float64Array {
  const n = rewards.length;
  if (n === 1) return Float64Array.from(rewards);
  const center = mean(rewards);
  return Float64Array.from(rewards, (reward) => ((reward - center) * n) / (n - 1));
}

/**
 * Pass@k training (2503.19595): the best answer gets (best − second) / (std + epsilon), the others 0; the first one
 * wins a tie. `normaliseByStd` false drops the division. Throws RangeError for a group of one.
 */
export function passAtKAdvantage(
  rewards: ArrayLike<number>,
  options: { normaliseByStd: boolean; epsilon: number },
): Float64Array {
  if (rewards.length < 2) throw new RangeError('Pass@k advantages need a group of at least 2.');
  let best = 0;
  for (let i = 1; i < rewards.length; i++) if (rewards[i] > rewards[best]) best = i;
  let second = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < rewards.length; i++) if (i !== best) second = Math.max(second, rewards[i]);
  const result = new Float64Array(rewards.length);
  const scale = options.normaliseByStd ? standardDeviation(rewards, 1) + options.epsilon : 1;
  result[best] = (rewards[best] - second) / scale;
  return result;
}

/** OPO: reward − length-weighted mean reward of the group. A group of one gets baseline 0. */
export function opoAdvantage(rewards: ArrayLike<number>, lengths: ArrayLike<number>): Float64Array {
  if (rewards.length === 1) return Float64Array.from(rewards);
  let weighted = 0;
  let total = 0;
  for (let i = 0; i < rewards.length; i++) {
    weighted += rewards[i] * lengths[i];
    total += lengths[i];
  }
  return Float64Array.from(rewards, (reward) => reward - weighted / total);
}

/**
 * REINFORCE++ with a group baseline: (reward − group mean), whitened over all tokens of the batch, so that a long
 * answer counts more. One number a row. Throws RangeError if the batch has fewer than two tokens.
 */
export function reinforcePlusPlusAdvantage<K>(
  rewards: ArrayLike<number>,
  keys: readonly K[],
  lengths: ArrayLike<number>,
): Float64Array {
  const centered = new Float64Array(rewards.length);
  for (const members of groupIndices(keys).values()) {
    const center = members.length === 1 ? 0 : mean(members.map((index) => rewards[index]));
    for (const index of members) centered[index] = rewards[index] - center;
  }
  // A token weight of `length` a row is the same as repeating the row's value for each of its tokens.
  return maskedWhiten(centered, lengths);
}
