/**
 * @file What a prefill leaves on the GPU, so that its answers run through the layers without their prompts: each layer's
 * keys and values, the last inputs of the Canon layers, and the last row of the residual stream of every prompt. Answers
 * stand behind all prompts in every buffer over rows:
 *
 *   [ prefix 0 | prefix 1 | … | to a multiple of 64 rows | answer 00 | answer 01 | … | answer 10 | … ]
 *
 * A row is computed from the same numbers in the same order as where each answer stands behind its prompt (batch.ts),
 * so its log-probs are those of `evaluate` to the bit. Held until the next prefill, and true as long as the weights are.
 */
import type { Queue, Slice } from '../gpu';
import type { KeysValues } from '../kernels/shared/attention-shape';
import type { Segment } from '../kernels/shared/segment';
import { type PackedBatch, packBehind } from './batch';
import { parameterLayout } from './layout';
import { groupPairs, type PolicyLimits, splitBySize } from './limits';
import type { Sizes } from './scratch';
import type { LayerTap } from './transformer';
import type { PolicyConfig, RolloutRequest, TrainGroup } from './types';

/** The prompts of a prefill. */
export interface HeldPrompts {
  prompts: readonly Segment[];
  /** First row behind them. */
  begin: number;
  /** Rows of answers that fit behind them. */
  answerRows: number;
  /** A layer's keys and values. */
  keys(layer: number): KeysValues;
  /** f32 [2 · layers, prompts, taps − 1, d], then [prompts, d]: the last rows of each prompt. */
  lastRows: Slice;
}

/** What the answers to one prompt can be at most. */
interface PromptShape {
  promptTokens: number;
  answers: number;
  answerTokens: number;
}

export function promptShape({ promptTokens, groupSize }: RolloutRequest, maxNew: number): PromptShape {
  return { promptTokens: promptTokens.length, answers: groupSize, answerTokens: maxNew };
}

/**
 * Whether log-probs are measured behind the held prompts: where running the prompts again would cost more than the
 * answers do, since of some answers the log-probs are never asked for. A choice of speed alone.
 */
export function reusePays(config: PolicyConfig, shapes: readonly PromptShape[]): boolean {
  const { hidden_size: d, num_hidden_layers: layers } = config;
  const weights = parameterLayout(config).parameters - config.vocab_size * d;
  const operations = (rows: number, pairs: number) => 2 * weights * rows + 4 * d * layers * pairs;
  let prompts = 0;
  let answers = 0;
  for (const { promptTokens: p, answers: count, answerTokens: s } of shapes) {
    prompts += operations(p, (p * (p + 1)) / 2);
    answers += count * operations(s - 1, (s - 1) * (p + s / 2));
  }
  return prompts > answers;
}

/** First row behind prompts of so many rows: a binding may begin there. */
export function rowsBehind(promptRows: number): number {
  return Math.ceil(promptRows / 64) * 64;
}

/** Rows of answers run together behind `promptRows` rows of prompts: those of one prompt at least. */
export function answerRowsTogether(
  limits: Pick<PolicyLimits, 'maxRows' | 'maxPairs'>,
  promptRows: number,
  answers: { all: number; longestGroup: number },
): number {
  const room = Math.min(limits.maxRows - rowsBehind(promptRows), limits.maxPairs);
  return Math.min(answers.all, Math.max(answers.longestGroup, room));
}

/** Bytes of the last rows of `prompts` prompts. */
export function heldSizes(config: PolicyConfig, prompts: number): Sizes {
  return { lastRows: (lastRowAt(config, prompts, 0) + prompts * config.hidden_size) * 4 };
}

/** Float at which the last inputs of a Canon layer begin. */
function canonAt(config: PolicyConfig, prompts: number, layer: number, which: 0 | 1, prompt: number): number {
  return ((2 * layer + which) * prompts + prompt) * Math.max(0, config.canon_kernel - 1) * config.hidden_size;
}

/** Float of a prompt's last row of the residual stream. */
function lastRowAt(config: PolicyConfig, prompts: number, prompt: number): number {
  return canonAt(config, prompts, config.num_hidden_layers, 0, 0) + prompt * config.hidden_size;
}

/** Copies the last inputs of a Canon layer between `rows` [tokens, d] and where they are held. */
function copyCanonRows(
  queue: Queue,
  config: PolicyConfig,
  held: HeldPrompts,
  place: { layer: number; which: 0 | 1 },
  rows: Slice,
  direction: 'hold' | 'give back',
): void {
  const rowBytes = config.hidden_size * 4;
  held.prompts.forEach(({ start, end }, prompt) => {
    const count = Math.min(config.canon_kernel - 1, end - start);
    if (count <= 0) return;
    const at = canonAt(config, held.prompts.length, place.layer, place.which, prompt) * 4;
    const first = (end - count) * rowBytes;
    if (direction === 'hold') queue.copy(rows, first, held.lastRows, at, count * rowBytes);
    else queue.copy(held.lastRows, at, rows, first, count * rowBytes);
  });
}

export function holdCanonRows(
  queue: Queue,
  config: PolicyConfig,
  held: HeldPrompts,
  layer: number,
  which: 0 | 1,
  input: Slice,
): void {
  copyCanonRows(queue, config, held, { layer, which }, input, 'hold');
}

/** Holds the last row of each prompt of `hidden` [tokens, d], the residual stream after the last layer. */
export function holdLastRows(queue: Queue, config: PolicyConfig, held: HeldPrompts, hidden: Slice): void {
  const rowBytes = config.hidden_size * 4;
  held.prompts.forEach(({ end }, prompt) => {
    const at = lastRowAt(config, held.prompts.length, prompt) * 4;
    queue.copy(hidden, (end - 1) * rowBytes, held.lastRows, at, rowBytes);
  });
}

/** The other way round: first tokens of answers are predicted from these rows. */
export function giveBackLastRows(queue: Queue, config: PolicyConfig, held: HeldPrompts, hidden: Slice): void {
  const rowBytes = config.hidden_size * 4;
  held.prompts.forEach(({ end }, prompt) => {
    const at = lastRowAt(config, held.prompts.length, prompt) * 4;
    queue.copy(held.lastRows, at, hidden, (end - 1) * rowBytes, rowBytes);
  });
}

/** The way through the layers behind held prompts. */
export function tapBehind(queue: Queue, config: PolicyConfig, held: HeldPrompts): LayerTap {
  return {
    keys: held.keys,
    canonInput: (layer, which, input) =>
      copyCanonRows(queue, config, held, { layer, which }, input, 'give back'),
  };
}

/** Batches of answers behind their held prompts, in order: one group a prompt, each batch within the room there is. */
export function packAnswers(
  groups: readonly TrainGroup[],
  held: HeldPrompts,
  limits: PolicyLimits,
): { part: TrainGroup[]; packed: PackedBatch }[] {
  const rows = (group: TrainGroup) =>
    group.answers.reduce((sum, { tokens }) => sum + Math.max(0, tokens.length - 1), 0);
  let next = 0;
  return splitBySize(groups, [rows, groupPairs], [held.answerRows, limits.maxPairs]).map((part) => {
    const prompts = held.prompts.slice(next, next + part.length);
    next += part.length;
    return { part, packed: packBehind(part, prompts, held.begin) };
  });
}
