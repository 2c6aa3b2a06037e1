/**
 * @file The variants of the training attention kernels, as data: sources and what they need of a device. All read the
 * same tables and buffers.
 *
 * Variants of one family give the same bits on one adapter and differ in speed: `register` and `subgroup` are one family,
 * those of workgroup memory the other. The kind of adapter decides the family, a race the variant within it. A *role*
 * is one of the three kernels, for which a variant is chosen on its own.
 */
import type { Gpu } from '../../gpu';
import { hasWideSubgroups } from '../shared/subgroups';
import { specialise } from '../shared/template';
import backwardKVCode from './attention-backward-kv.wgsl?raw';
import backwardKVSubgroupCode from './attention-backward-kv-subgroup.wgsl?raw';
import backwardKVWorkgroupCode from './attention-backward-kv-workgroup.wgsl?raw';
import backwardQCode from './attention-backward-q.wgsl?raw';
import backwardQSubgroupCode from './attention-backward-q-subgroup.wgsl?raw';
import backwardQWorkgroupCode from './attention-backward-q-workgroup.wgsl?raw';
import forwardCode from './attention-forward.wgsl?raw';
import forwardSubgroupCode from './attention-forward-subgroup.wgsl?raw';
import forwardWorkgroupCode from './attention-forward-workgroup.wgsl?raw';
import { forHeadDim } from './template';
import { tileItems } from './tiles';
import operandCode from './workgroup-operand.wgsl?raw';
import tileCode from './workgroup-tile.wgsl?raw';

/** forward: o; backward_q: dQ; backward_kv: dK and dV. */
export const attentionRoles = ['forward', 'backward_q', 'backward_kv'] as const;
export type AttentionRole = (typeof attentionRoles)[number];

/** The name of the variant that each role uses. */
export type AttentionChoice = Readonly<Record<AttentionRole, string>>;

export interface AttentionVariant {
  name: string;
  /** Subgroups of at least eight lanes. */
  subgroups: boolean;
  /** Barriers: slow where a CPU plays the GPU. */
  barriers: boolean;
  /** Workgroups that share a tile. */
  parts: number;
  /** The source of a role for one head dimension; null where it would not fit a device's registers or memory. */
  source(role: AttentionRole, headDim: number): string | null;
}

type Codes = Readonly<Record<AttentionRole, string>>;

const registerCodes: Codes = { forward: forwardCode, backward_q: backwardQCode, backward_kv: backwardKVCode };
const subgroupCodes: Codes = {
  forward: forwardSubgroupCode,
  backward_q: backwardQSubgroupCode,
  backward_kv: backwardKVSubgroupCode,
};

/** Every key, value and row is loaded by each thread that needs it; runs everywhere. */
const register: AttentionVariant = {
  name: 'register',
  subgroups: false,
  barriers: false,
  parts: 1,
  source: (role, headDim) => forHeadDim(registerCodes[role], headDim),
};

/** Loaded once a subgroup, in pieces, and handed round. */
const subgroup: AttentionVariant = {
  name: 'subgroup',
  subgroups: true,
  barriers: false,
  parts: 2,
  source: (role, headDim) => {
    const vectors = headDim / 4;
    return specialise(subgroupCodes[role], {
      HEAD_DIM_VEC4: vectors,
      FOUR: 4,
      LOADS: Math.ceil(vectors / 8),
    });
  },
};

/** The buffers of each role that lie in workgroup memory or meet it. */
const workgroupCodes: Record<AttentionRole, { code: string; operands: readonly string[] }> = {
  forward: { code: forwardWorkgroupCode, operands: ['queries', 'keys', 'values'] },
  backward_q: { code: backwardQWorkgroupCode, operands: ['queries', 'dO', 'keys', 'values'] },
  backward_kv: { code: backwardKVWorkgroupCode, operands: ['queries', 'dO', 'keys', 'values'] },
};

/** Threads side by side, in every shape. */
const threadsX = 8;
/** Floats that a thread may keep in scores and sums: a GPU has 255 registers a thread at most. */
const mostKept = 208;

/** Rows of the other operand in workgroup memory: at most 8 KiB, so that a number a pair fits beside them. */
export function tileOthers(headDim: number): number {
  return headDim <= 64 ? 32 : headDim <= 128 ? 16 : 8;
}

/** Tiles of `items` items in workgroup memory, with `threadItems` items a thread; `loops` where long loops stay loops. */
function workgroup(items: number, threadItems: 4 | 8, loops = false): AttentionVariant {
  return {
    name: `workgroup-${items}-${threadItems}x${threadsX}${loops ? '-loops' : ''}`,
    subgroups: false,
    barriers: true,
    parts: tileItems / items,
    source: (role, headDim) => {
      const vectors = headDim / 4;
      const others = tileOthers(headDim) / threadsX;
      const sums = threadItems * Math.ceil(vectors / threadsX) * 4;
      const kept = role === 'forward' ? sums + threadItems * others : 2 * threadItems * others;
      const all = role === 'backward_kv' ? kept + 2 * sums : role === 'backward_q' ? kept + sums : kept;
      if (headDim > 256 || (all > mostKept && threadItems > 4)) return null;
      const { code, operands } = workgroupCodes[role];
      const parts = operands.map((name) => operandCode.replace(/operand/g, name));
      return specialise([code, tileCode, ...parts].join('\n'), {
        HEAD_DIM_VEC4: vectors,
        FOUR: 4,
        THREADS_X: threadsX,
        THREADS_Y: items / threadItems,
        ITEM_VECTORS: threadItems / 4,
        OTHERS: others,
        DIM_VECTORS: Math.ceil(vectors / threadsX),
        FETCHES: Math.ceil((tileOthers(headDim) * vectors * threadItems) / (items * threadsX)),
        LOOPS: loops ? 1 : 0,
      });
    },
  };
}

/** Every variant; where two are equally fast the earlier one wins a race. */
export const attentionVariants: readonly AttentionVariant[] = [
  register,
  subgroup,
  workgroup(64, 4),
  workgroup(64, 4, true),
  workgroup(32, 4, true),
  workgroup(64, 8, true),
];

export function attentionVariant(name: string): AttentionVariant | undefined {
  return attentionVariants.find((variant) => variant.name === name);
}

/** Whether this device can run a variant. */
export function attentionRunsOn(gpu: Gpu, variant: AttentionVariant): boolean {
  return !variant.subgroups || hasWideSubgroups(gpu);
}

/** One variant for every role. */
export function attentionChoiceOf(name: string): AttentionChoice {
  return { forward: name, backward_q: name, backward_kv: name };
}

/** The choice that every device can run. */
export const portableAttention: AttentionChoice = attentionChoiceOf('register');

/** The choice of a run without barriers: of software adapters, where loads are slow. */
export function barrierFreeAttention(gpu: Gpu): AttentionChoice {
  return gpu.adapter.software && hasWideSubgroups(gpu) ? attentionChoiceOf('subgroup') : portableAttention;
}

/** The choice without a race: by the kind of adapter. */
export function defaultAttention(gpu: Gpu): AttentionChoice {
  return gpu.adapter.software ? barrierFreeAttention(gpu) : attentionChoiceOf('workgroup-64-4x8');
}
