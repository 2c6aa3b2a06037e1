/**
 * @file The variants of the training attention kernels, as data: sources and what they need of a device. All read the
 * same tables and buffers and add in the same order; the kind of adapter decides which is used.
 */
import type { Gpu } from '../../gpu';
import { hasWideSubgroups } from '../shared/subgroups';
import { specialise } from '../shared/template';
import backwardKVCode from './attention-backward-kv.wgsl?raw';
import backwardKVSubgroupCode from './attention-backward-kv-subgroup.wgsl?raw';
import backwardQCode from './attention-backward-q.wgsl?raw';
import backwardQSubgroupCode from './attention-backward-q-subgroup.wgsl?raw';
import forwardCode from './attention-forward.wgsl?raw';
import forwardSubgroupCode from './attention-forward-subgroup.wgsl?raw';
import { forHeadDim } from './template';

export interface AttentionVariant {
  name: string;
  /** Subgroups of at least eight lanes. */
  subgroups: boolean;
  /** Workgroups that share a tile. */
  parts: number;
  /** The sources for one head dimension. */
  sources(headDim: number): { forward: string; backwardQ: string; backwardKV: string };
}

/** Every key, value and row is loaded by each thread that needs it; runs everywhere. */
const register: AttentionVariant = {
  name: 'register',
  subgroups: false,
  parts: 1,
  sources: (headDim) => ({
    forward: forHeadDim(forwardCode, headDim),
    backwardQ: forHeadDim(backwardQCode, headDim),
    backwardKV: forHeadDim(backwardKVCode, headDim),
  }),
};

/** Loaded once a subgroup, in pieces, and handed round. */
const subgroup: AttentionVariant = {
  name: 'subgroup',
  subgroups: true,
  parts: 2,
  sources: (headDim) => {
    const vectors = headDim / 4;
    const sizes = { HEAD_DIM_VEC4: vectors, FOUR: 4, LOADS: Math.ceil(vectors / 8) };
    return {
      forward: specialise(forwardSubgroupCode, sizes),
      backwardQ: specialise(backwardQSubgroupCode, sizes),
      backwardKV: specialise(backwardKVSubgroupCode, sizes),
    };
  },
};

export const attentionVariants: readonly AttentionVariant[] = [register, subgroup];

/** The variant that every device can run. */
export const portableAttention = register;

/** The variant for this kind of adapter: loads are what software adapters are slow at. */
export function defaultAttention(gpu: Gpu): AttentionVariant {
  return gpu.adapter.software && hasWideSubgroups(gpu) ? subgroup : register;
}
