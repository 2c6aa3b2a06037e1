/**
 * @file The memory of a run before any of it is allocated: the same size functions that make the buffers, called with the
 * largest batch a run can bring. `GpuPolicy.reserve` allocates a plan as it stands, so what is planned is what is measured.
 */
import { paramRingBytes, readBackBytes, storageBytes } from '../gpu';
import { decayMaskLength, normPartialsBytes } from '../kernels/adamw/adamw';
import { packedBytes } from '../kernels/linear/packed';
import { ropeTableBytes } from '../kernels/rope/rope';
import {
  attentionShape,
  attentionSizes,
  backwardSizes,
  keySizes,
  layerSizes,
  residualSizes,
} from './activations';
import { cacheSizes, decodeSizes } from './decode-buffers';
import { tableSizes } from './device-batch';
import { headBackwardSizes, headSizes, pairColumns } from './head';
import { answerRowsTogether, reusePays, rowsBehind } from './held-prompts';
import { parameterLayout } from './layout';
import type { PolicyLimits } from './limits';
import type { ScratchSizes, Sizes } from './scratch';
import type { PolicyConfig } from './types';

/** What memory is spent on where there is enough: each saves time, none changes a bit. */
export interface SpareMemory {
  /** Room to measure log-probs behind the prompts of a rollout, where that pays (held-prompts.ts). */
  reusePrefix: boolean;
  /** Attention's outputs of every layer, from the forward to the backward pass. */
  keepAttention: boolean;
}

/** The largest batches of a run. */
export interface BatchShape extends SpareMemory {
  /** Longest prompt and longest answer. */
  promptTokens: number;
  responseTokens: number;
  /** Answers to a prompt in training. */
  groupSize: number;
  /** Answers to a prompt at most, in evaluations too. */
  mostAnswers: number;
  /** Prompts answered, learned from and updated on in one call. */
  rolloutPrompts: number;
  trainPrompts: number;
  miniBatch: number;
  /** Whether the weights at the start are kept for a KL term. */
  reference: boolean;
  /** Whether answers are decoded with 16-bit weights. */
  packedWeights: boolean;
}

/** What memory is taken for. */
export type MemoryPart =
  | 'weights'
  | 'gradients'
  | 'moments'
  | 'residuals'
  | 'activations'
  | 'backward'
  | 'caches'
  | 'decoding'
  | 'logits'
  | 'rewards'
  | 'tables'
  | 'read-back';

export interface MemoryItem {
  part: MemoryPart;
  bytes: number;
}

export interface MemoryPlan {
  /** What it is made for. */
  shape: BatchShape;
  items: MemoryItem[];
  /** Sum of the items. */
  bytes: number;
  /** The longest buffer: kernels bind it whole. */
  longest: { name: string; bytes: number };
  /** What the scratch buffers take. */
  scratch: ScratchSizes;
  /** The limits batches are cut by, so that none is larger than planned. */
  limits: PolicyLimits;
}

/** Bytes of the buffers that live as long as the policy. */
export function parameterSizes(config: PolicyConfig) {
  const { total } = parameterLayout(config);
  return {
    weights: total * 4,
    gradients: total * 4,
    momentM: total * 4,
    momentV: total * 4,
    decayMask: decayMaskLength(total) * 4,
  };
}

/** Bytes of what an optimiser step needs besides. */
export const optimizerSizes = { norm: 4, normPartials: normPartialsBytes };

/** How a run of this shape cuts its batches: the limits, brought down to whole groups and prompts of full length. */
export function fitLimits(config: PolicyConfig, limits: PolicyLimits, shape: BatchShape): PolicyLimits {
  const { promptTokens, responseTokens, groupSize } = shape;
  const groupRows = promptTokens + groupSize * (responseTokens - 1);
  const groupPairs = groupSize * responseTokens;
  const together = (count: number, ...shares: [most: number, each: number][]) =>
    Math.max(1, Math.min(count, ...shares.map(([most, each]) => Math.floor(most / each))));
  const trained = together(shape.miniBatch, [limits.maxRows, groupRows], [limits.maxPairs, groupPairs]);
  const decoded = together(
    shape.rolloutPrompts,
    [limits.maxPromptRows, promptTokens],
    [limits.maxRollouts, groupSize],
  );
  return {
    ...limits,
    maxRows: trained * groupRows,
    maxPairs: trained * groupPairs,
    maxRollouts: Math.max(decoded * groupSize, shape.mostAnswers),
    maxPromptRows: decoded * promptTokens,
    // Shorter prompts pay less.
    reusePrefix:
      limits.reusePrefix &&
      shape.reusePrefix &&
      reusePays(config, [{ promptTokens, answers: groupSize, answerTokens: responseTokens }]),
    keepAttention: limits.keepAttention && shape.keepAttention,
  };
}

/** Bytes a run of this shape takes, by kind, from the size functions of the buffers. */
export function planMemory(config: PolicyConfig, shape: BatchShape, limits: PolicyLimits): MemoryPlan {
  const fitted = fitLimits(config, limits, shape);
  const parameters = parameterSizes(config);
  const rope = ropeTableBytes(config.max_position_embeddings, attentionShape(config).headDim);
  const scratch = scratchSizes(config, shape, fitted);
  const all = (sizes: Sizes) => Object.values(sizes).reduce((sum, bytes) => sum + storageBytes(bytes), 0);
  const items: MemoryItem[] = [
    {
      part: 'weights',
      bytes:
        parameters.weights * (shape.reference ? 2 : 1) +
        (shape.packedWeights ? storageBytes(packedBytes(parameters.weights / 4)) : 0),
    },
    { part: 'gradients', bytes: parameters.gradients },
    { part: 'moments', bytes: parameters.momentM + parameters.momentV },
    { part: 'residuals', bytes: all(scratch.residuals) },
    { part: 'activations', bytes: all(scratch.layer) + all(scratch.attention) },
    { part: 'backward', bytes: all(scratch.backward) + all(scratch.optimizer) },
    { part: 'caches', bytes: all(scratch.caches) },
    { part: 'decoding', bytes: all(scratch.decode) },
    { part: 'logits', bytes: all(scratch.head) },
    { part: 'tables', bytes: all(scratch.tables) + all({ rope, decayMask: parameters.decayMask }) },
    { part: 'read-back', bytes: transferBytes(parameters.weights, shape, fitted) },
  ];
  const named = Object.entries({ parameters: { ...parameters, rope }, ...scratch }).flatMap(
    ([group, sizes]) =>
      Object.entries(sizes).map(([name, bytes]) => ({
        name: `${group}.${name}`,
        bytes: storageBytes(bytes),
      })),
  );
  return {
    shape,
    items,
    bytes: items.reduce((sum, { bytes }) => sum + bytes, 0),
    longest: named.reduce((longest, next) => (next.bytes > longest.bytes ? next : longest)),
    scratch,
    limits: fitted,
  };
}

/** Each scratch buffer at the length of its largest use: rollout, evaluation, update. */
function scratchSizes(config: PolicyConfig, shape: BatchShape, limits: PolicyLimits) {
  const { chunkRows, maxRows: rows, maxPairs: pairs, maxPromptRows: promptRows } = limits;
  const longestGroup = shape.groupSize * (shape.responseTokens - 1);
  const all = limits.maxRollouts * (shape.responseTokens - 1);
  const answerRows = limits.reusePrefix
    ? Math.max(1, answerRowsTogether(limits, promptRows, { all, longestGroup }))
    : 0;
  const decode = {
    rows: limits.maxRollouts,
    promptRows,
    sharing: shape.mostAnswers,
    maxNew: shape.responseTokens,
    answerRows,
    heldPrompts: Math.min(shape.rolloutPrompts, limits.maxRollouts),
  };
  // The longest pass without a backward pass.
  const forwardRows = answerRows > 0 ? rowsBehind(promptRows) + answerRows : promptRows;
  // Shorter groups pack more densely, so segments are counted apart from rows.
  const segments = shape.trainPrompts * (1 + shape.groupSize);
  return {
    residuals: longer(residualSizes(config, rows, true), residualSizes(config, forwardRows, false)),
    layer: {
      ...longer(layerSizes(config, rows, chunkRows), layerSizes(config, forwardRows, chunkRows)),
      ...keySizes(config, rows),
    },
    attention: limits.keepAttention ? attentionSizes(config, rows) : {},
    backward: backwardSizes(config, rows, chunkRows),
    caches: cacheSizes(config, decode),
    decode: decodeSizes(config, decode),
    head: { ...headSizes(config, pairs), ...headBackwardSizes(config, rows, pairs) },
    tables: longer(tableSizes(config, rows, segments), tableSizes(config, forwardRows, limits.maxRollouts)),
    optimizer: optimizerSizes,
  };
}

function longer(a: Sizes, b: Sizes): Sizes {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return Object.fromEntries(names.map((name) => [name, Math.max(a[name] ?? 0, b[name] ?? 0)]));
}

/** The uniform ring and the read-back buffers of the reads that are under way at the same time. */
function transferBytes(weightBytes: number, shape: BatchShape, limits: PolicyLimits): number {
  const rows = limits.maxRollouts;
  const tokens = rows * shape.responseTokens;
  const results = limits.maxPairs * pairColumns * 4;
  const groupPairs = shape.groupSize * shape.responseTokens;
  const parts = (prompts: number) => Math.ceil((prompts * groupPairs) / limits.maxPairs);
  const together = [
    [rows * 2 * 4, tokens * 4, tokens * 4 * 4],
    Array.from({ length: Math.max(parts(shape.trainPrompts), 2 * parts(shape.miniBatch)) }, () => results),
    // Both moments of a checkpoint.
    [weightBytes, weightBytes],
  ];
  // A read takes the shortest free buffer, so each length is there as often as it is needed at the same time.
  const most = new Map<number, number>();
  for (const reads of together) {
    const lengths = reads.map(readBackBytes);
    for (const length of lengths)
      most.set(length, Math.max(most.get(length) ?? 0, lengths.filter((other) => other === length).length));
  }
  return [...most].reduce((sum, [length, count]) => sum + length * count, paramRingBytes);
}
