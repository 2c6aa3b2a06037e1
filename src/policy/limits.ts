/**
 * @file How much the policy processes at once. These numbers, not the machine, decide where batches and chunks are cut:
 * sums over chunks are added in one order everywhere.
 */
import type { RolloutRequest, TrainGroup } from './types';

export interface PolicyLimits {
  /** Rows of the flat token buffer that are trained together; a longer group comes alone. */
  maxRows: number;
  /** Generated tokens trained together; a group of more comes alone. */
  maxPairs: number;
  /** Rows of a chunk of what is wider than the residual stream. A multiple of 64: chunks begin where a binding may. */
  chunkRows: number;
  /** Answers decoded together, and prompt tokens whose keys and values are kept meanwhile; at least one prompt. */
  maxRollouts: number;
  maxPromptRows: number;
  /** Whether log-probs may be measured behind the prompts of a prefill (held-prompts.ts), which takes a little room. */
  reusePrefix: boolean;
  /** Whether attention's outputs are kept for the backward pass, layer by layer, or computed again. */
  keepAttention: boolean;
}

export const defaultLimits: PolicyLimits = {
  maxRows: 8192,
  maxPairs: 4096,
  chunkRows: 2048,
  maxRollouts: 256,
  maxPromptRows: 24576,
  reusePrefix: true,
  keepAttention: true,
};

/** Rows a group takes in the flat buffer. */
export function groupRows(group: TrainGroup): number {
  return group.answers.reduce(
    (sum, answer) => sum + Math.max(0, answer.tokens.length - 1),
    group.promptTokens.length,
  );
}

/** Pairs a group takes: one a generated token. */
export function groupPairs(group: TrainGroup): number {
  return group.answers.reduce((sum, answer) => sum + answer.tokens.length, 0);
}

/** Splits groups, in order, into batches within the limits; a group is never cut. */
export function splitGroups(groups: readonly TrainGroup[], limits: PolicyLimits): TrainGroup[][] {
  return splitBySize(groups, [groupRows, groupPairs], [limits.maxRows, limits.maxPairs]);
}

/** Splits requests, in order, into batches decoded together. */
export function splitRequests(requests: readonly RolloutRequest[], limits: PolicyLimits): RolloutRequest[][] {
  return splitBySize(
    requests,
    [(request) => request.groupSize, (request) => request.promptTokens.length],
    [limits.maxRollouts, limits.maxPromptRows],
  );
}

/** Runs of items whose sizes stay within the maxima, each at least one item long. */
export function splitBySize<T>(
  items: readonly T[],
  sizes: readonly ((item: T) => number)[],
  maxima: readonly number[],
): T[][] {
  const runs: T[][] = [];
  let current: T[] = [];
  let sums = maxima.map(() => 0);
  for (const item of items) {
    const next = sums.map((sum, i) => sum + sizes[i](item));
    if (current.length > 0 && next.some((sum, i) => sum > maxima[i])) {
      runs.push(current);
      current = [];
      sums = maxima.map(() => 0);
    }
    current.push(item);
    sums = sums.map((sum, i) => sum + sizes[i](item));
  }
  if (current.length > 0) runs.push(current);
  return runs;
}
