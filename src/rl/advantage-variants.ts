/**
 * @file Advantage estimators beside GRPO, for comparison on identical data (verl `core_algos.py`). Each takes the
 * rewards of one group and returns one number an answer, except REINFORCE++-baseline and the task-level advantage, which look at a batch.
 */

import { groupAdvantages, groupIndices } from './advantage';
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

/**
 * Task-level advantage of QwenLong-L1.5 (Eq. 7): (reward − group mean) / (std + epsilon), the sample deviation of all
 * rewards of the row's task in the batch. One task for all rows divides by the deviation of the whole batch (TRL's
 * `scale_rewards` batch). A task with one row has deviation 0, a group of one has mean 0, as released. One number a row.
 */
export function taskAdvantage<G, T>(
  rewards: ArrayLike<number>,
  groups: readonly G[],
  tasks: readonly T[],
  epsilon = 1e-6,
): Float64Array {
  const result = new Float64Array(rewards.length);
  for (const members of groupIndices(groups).values()) {
    const { advantages } = groupAdvantages(
      members.map((index) => rewards[index]),
      { normaliseByStd: false },
    );
    for (const [position, index] of members.entries()) result[index] = advantages[position];
  }
  for (const members of groupIndices(tasks).values()) {
    const own = members.map((index) => rewards[index]);
    const isUniform = own.every((reward) => reward === own[0]);
    const scale = (isUniform ? 0 : standardDeviation(own, 1)) + epsilon;
    for (const index of members) result[index] /= scale;
  }
  return result;
}
