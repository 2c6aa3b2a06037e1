/**
 * @file The memory of a run before it is opened: what it takes on the GPU, and a refusal with the nearest settings that
 * fit where that is too much.
 */
import { CodedError } from '../errors';
import { evaluationSamples } from '../evaluation/held-out';
import { type Gpu, largestBinding } from '../gpu';
import { defaultLimits } from '../policy/limits';
import {
  type BatchShape,
  type MemoryPart,
  type MemoryPlan,
  planMemory,
  type SpareMemory,
} from '../policy/plan';
import type { PolicyConfig } from '../policy/types';
import { rewardBytes } from './gpu-rewards';
import { MemoryRefusal, type MemoryWay, memoryWays, nearestThatFit } from './memory-ways';
import { decodesPacked, oldLogProbOf } from './rollout-weights';
import type { RunConfig } from './settings';
import { hasWarmup } from './stages-text';

const mebibyte = 2 ** 20;

/** What may be allocated on a device. */
export interface MemoryRoom {
  budgetBytes: number;
  /** The longest buffer a kernel can bind. */
  bindingBytes: number;
}

/**
 * The room a run has. WebGPU does not say how much memory a GPU has; without a budget in the settings, twice the longest
 * buffer it offers is taken, between 1 and 8 GiB.
 */
export function memoryRoom(config: RunConfig, gpu: Gpu): MemoryRoom {
  const guess = Math.min(8192, Math.max(1024, (2 * gpu.device.limits.maxBufferSize) / mebibyte));
  const budget = config['memory.budget_mb'] || guess;
  return { budgetBytes: budget * mebibyte, bindingBytes: largestBinding(gpu) };
}

/** Sized by the policy alone. */
const lastingParts: ReadonlySet<MemoryPart> = new Set(['weights', 'gradients', 'moments', 'read-back']);

/** Of what batches take: as much less as one setting can bring. */
const triedShares = [0.5, 0.75, 0.9];

/** Everything that memory can be spent on, and the least. */
const allSpent: SpareMemory = { reusePrefix: true, keepAttention: true };
const noneSpent: SpareMemory = { reusePrefix: false, keepAttention: false };

/** The largest batches of a run with these settings. */
function batchShape(config: RunConfig, spare: SpareMemory): BatchShape {
  const documents = hasWarmup(config.curriculum) ? config['sft.documents'] : 0;
  // Examples are no longer than groups of answers; of short ones more sequences are packed together, and read back in
  // more parts.
  const sequences = documents * (2 + config['sft.questions']);
  return {
    promptTokens: config.max_prompt_length,
    responseTokens: config.max_response_length,
    groupSize: config.group_size,
    mostAnswers: Math.max(config.group_size, evaluationSamples),
    rolloutPrompts: config['filter_groups.enable'] ? config.gen_batch_size : config.train_batch_size,
    trainPrompts: Math.max(
      config.train_batch_size,
      2 * documents,
      Math.ceil(sequences / (1 + config.group_size)),
    ),
    miniBatch: Math.min(config.mini_batch_size, config.train_batch_size),
    reference: config.kl_loss_coef > 0,
    packedWeights: decodesPacked(config),
    ...spare,
    reusePrefix: spare.reusePrefix && oldLogProbOf(config) !== 'sampled',
  };
}

/**
 * Bytes of a run by kind, from the functions that size its buffers.
 * @param spare what saves time and takes memory.
 */
export function planRun(config: RunConfig, policy: PolicyConfig, spare = allSpent): MemoryPlan {
  const shape = batchShape(config, spare);
  const plan = planMemory(policy, shape, defaultLimits);
  const probed = hasWarmup(config.curriculum) ? config['sft.probe_questions'] : 0;
  const rewards = rewardBytes(Math.max(shape.rolloutPrompts, probed) * shape.groupSize);
  return {
    ...plan,
    items: [...plan.items, { part: 'rewards', bytes: rewards }],
    bytes: plan.bytes + rewards,
  };
}

/**
 * The plan of a run that fits, with as much of what saves time as there is memory for: first goes what takes more.
 * @param spare what may be spent on at all.
 * @throws MemoryRefusal `config.memory` with the byte sum and the nearest settings that fit.
 */
export function checkMemory(
  config: RunConfig,
  policy: PolicyConfig,
  room: MemoryRoom,
  spare: Partial<SpareMemory> = {},
): MemoryPlan {
  const most = { ...allSpent, ...spare };
  for (const spent of lessAndLess(most)) {
    const plan = planRun(config, policy, spent);
    if (fits(plan, room)) return plan;
  }
  const plan = planRun(config, policy, noneSpent);
  const { longest } = plan;
  const message =
    longest.bytes > room.bindingBytes
      ? `Buffer ${longest.name} needs ${mib(longest.bytes)} in one piece, and this GPU binds ${mib(room.bindingBytes)}.`
      : `The run needs ${describePlan(plan)}, and the budget is ${mib(room.budgetBytes)}.`;
  const fitting = (other: RunConfig) => fits(planRun(other, policy, noneSpent), room);
  const nearest = nearestThatFit(config, fitting).map(({ key, value }) => `${key} ${value}`);
  const advice =
    nearest.length === 0
      ? 'No single setting makes it fit: shorten prompt and answers together, or take a smaller policy.'
      : `It fits with ${nearest.join(', or ')}.`;
  throw new MemoryRefusal('config.memory', message, advice, memoryWays(config, fitting));
}

/** Ways to spend, each with less memory. */
function lessAndLess(most: SpareMemory): SpareMemory[] {
  return [most, { ...most, keepAttention: false }, noneSpent];
}

/**
 * Two runs side by side.
 * @returns what memory can be spent on in both of them.
 * @throws CodedError `config.memory` where one alone or both together do not fit.
 */
export function checkTwinMemory(
  a: RunConfig,
  b: RunConfig,
  policy: PolicyConfig,
  room: MemoryRoom,
): SpareMemory {
  let bytes = 0;
  for (const spare of lessAndLess(allSpent)) {
    bytes = checkMemory(a, policy, room, spare).bytes + checkMemory(b, policy, room, spare).bytes;
    if (bytes <= room.budgetBytes) return spare;
  }
  throw new CodedError(
    'config.memory',
    `Two runs side by side need ${mib(bytes)}, and the budget is ${mib(room.budgetBytes)}.`,
    'Shorten prompt or answers, halve the group size, or run one after the other: a fork has the same noise.',
  );
}

/** The plan in words: the sum and its items, largest first. */
export function describePlan(plan: MemoryPlan): string {
  const items = [...plan.items].sort((a, b) => b.bytes - a.bytes);
  return `${mib(plan.bytes)} on the GPU (${items.map(({ part, bytes }) => `${part} ${mib(bytes)}`).join(', ')})`;
}

function fits(plan: MemoryPlan, room: MemoryRoom): boolean {
  return plan.bytes <= room.budgetBytes && plan.longest.bytes <= room.bindingBytes;
}

/**
 * A refusal by the GPU itself, which has less memory than was thought, with settings that take half of what batches were
 * planned to take, or as little as one setting can make it; parameters stay as long as the policy does.
 * Any other error is given back as it is.
 */
export function refusedByGpu(
  error: unknown,
  config: RunConfig,
  policy: PolicyConfig,
  plan: MemoryPlan,
  room: MemoryRoom,
): unknown {
  if (!(error instanceof CodedError) || !(error.code === 'gpu.oom' || error.code === 'gpu.limits'))
    return error;
  const lasting = plan.items.reduce((sum, { part, bytes }) => sum + (lastingParts.has(part) ? bytes : 0), 0);
  const least = planRun(config, policy, noneSpent);
  const again: MemoryWay[] =
    error.code === 'gpu.oom' && plan.shape.keepAttention && least.bytes < plan.bytes
      ? [
          {
            key: 'memory.budget_mb',
            settings: { 'memory.budget_mb': Math.max(64, Math.ceil(least.bytes / mebibyte)) },
          },
        ]
      : [];
  const waysTo = (share: number) => {
    const less = { ...room, budgetBytes: lasting + share * (plan.bytes - lasting) };
    return memoryWays(config, (other) => fits(planRun(other, policy, noneSpent), less));
  };
  const ways = triedShares.map(waysTo).find(({ length }) => length > 0) ?? [];
  return new MemoryRefusal(error.code, error.message, error.advice, [...again, ...ways], { cause: error });
}

function mib(bytes: number): string {
  const value = bytes / mebibyte;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} MiB`;
}
