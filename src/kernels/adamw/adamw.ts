/**
 * @file AdamW over the flat parameter buffer, and the global gradient norm, which stays on the GPU: the step reads
 * it from a buffer to clip, without a read-back in between.
 */
import { defineKernel, grid, type Kernel, type Queue, type Slice } from '../../gpu';
import code from './adamw.wgsl?raw';

const normParams = { count: 'u32', groups: 'u32' } as const;

const squareSums = defineKernel({
  label: 'adamw.square_sums',
  code,
  entryPoint: 'square_sums',
  storage: ['read', 'read-write'],
  params: normParams,
});

const root = defineKernel({
  label: 'adamw.root',
  code,
  entryPoint: 'root',
  storage: ['read', 'read-write'],
  params: normParams,
});

const adamw = defineKernel({
  label: 'adamw.step',
  code,
  entryPoint: 'adamw',
  storage: ['read-write', 'read', 'read-write', 'read-write', 'read', 'read'],
  params: {
    count: 'u32',
    lr: 'f32',
    beta1: 'f32',
    one_minus_beta1: 'f32',
    beta2: 'f32',
    one_minus_beta2: 'f32',
    eps: 'f32',
    bias1: 'f32',
    bias2: 'f32',
    weight_decay: 'f32',
    max_norm: 'f32',
  },
});

export const adamwKernels: readonly Kernel[] = [squareSums, root, adamw];

/** Floats one bit of the decay mask stands for: tensors begin at multiples of 256 bytes. */
const decayBlockFloats = 64;

/** Words of the decay mask for `count` floats. */
export function decayMaskLength(count: number): number {
  return Math.ceil(count / (decayBlockFloats * 32));
}

/** One bit per 64 floats: set where weight decay applies. Every range must begin at a multiple of 64. */
export function buildDecayMask(
  count: number,
  ranges: readonly { offset: number; count: number; decay: boolean }[],
): Uint32Array {
  const mask = new Uint32Array(decayMaskLength(count));
  for (const range of ranges) {
    if (range.offset % decayBlockFloats !== 0)
      throw new Error(`buildDecayMask: offset ${range.offset} is not a multiple of ${decayBlockFloats}`);
    if (!range.decay) continue;
    const end = Math.ceil((range.offset + range.count) / decayBlockFloats);
    for (let block = range.offset / decayBlockFloats; block < end; block++)
      mask[block >>> 5] |= 1 << (block & 31);
  }
  return mask;
}

const maxNormGroups = 256;

function normGroups(count: number): number {
  return Math.max(1, Math.min(maxNormGroups, Math.ceil(count / 4096)));
}

/** Bytes of the scratch `gradNorm` needs for any count. */
export const normPartialsBytes = maxNormGroups * 4;

function checkCount(name: string, count: number): void {
  if (!Number.isInteger(count) || count < 0 || count % 4 !== 0) {
    throw new Error(`${name}: count must be a multiple of 4, got ${count}`);
  }
}

/**
 * norm[0] = ‖g‖₂ over `count` floats, summed in a fixed order. Not finite when a gradient is NaN or infinite, or
 * the sum of squares overflows.
 * @param norm 4 bytes, read it as a float.
 */
export function gradNorm(queue: Queue, g: Slice, partials: Slice, norm: Slice, count: number): void {
  checkCount('gradNorm', count);
  const groups = normGroups(count);
  queue.run(squareSums, [g, partials], { count, groups }, [groups], 2 * count);
  queue.run(root, [partials, norm], { count, groups }, [1]);
}

export interface AdamWBuffers {
  p: Slice;
  g: Slice;
  m: Slice;
  v: Slice;
  /** From `buildDecayMask`. */
  decayMask: Slice;
  /** From `gradNorm`. */
  norm: Slice;
}

export interface AdamWStep {
  /** Floats of the flat buffers, padding included. */
  count: number;
  /** 1 for the first step. */
  step: number;
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
  /** Bound of the global gradient norm; 0 or Infinity = no clipping. */
  maxGradNorm: number;
}

/** One decoupled AdamW step; none at all, to the bit, if the gradient norm is not finite. */
export function adamWStep(queue: Queue, buffers: AdamWBuffers, step: AdamWStep): void {
  checkCount('adamWStep', step.count);
  if (!Number.isInteger(step.step) || step.step < 1)
    throw new Error(`adamWStep: step must be 1 or more, got ${step.step}`);
  const { p, g, m, v, decayMask, norm } = buffers;
  const params = {
    count: step.count,
    lr: step.learningRate,
    beta1: step.beta1,
    one_minus_beta1: 1 - step.beta1,
    beta2: step.beta2,
    one_minus_beta2: 1 - step.beta2,
    eps: step.epsilon,
    bias1: 1 - step.beta1 ** step.step,
    bias2: 1 - step.beta2 ** step.step,
    weight_decay: step.weightDecay,
    max_norm: Number.isFinite(step.maxGradNorm) ? step.maxGradNorm : 0,
  };
  queue.run(adamw, [p, g, m, v, decayMask, norm], params, grid(Math.ceil(step.count / 256)), step.count * 14);
}
