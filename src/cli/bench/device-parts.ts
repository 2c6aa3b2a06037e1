/** @file The parts of the bench that need a device and nothing else: they run in Node and in a page alike. */
import type { Gpu } from '../../gpu';
import type { KernelChoice } from '../../run/kernel-choice';
import type { Findings } from './findings';
import { benchHotKernels } from './kernels';
import { benchProfiles } from './profiles';
import { benchShape } from './shape';
import { benchSharing, sharingCase } from './sharing';
import { benchShort } from './short';
import { benchSteps } from './steps';
import { benchVariants } from './variants';

/** Prompt lengths where none are given. */
export const defaultLengths = {
  steps: { software: [512, 1024, 2048], hardware: [1024, 4096, 16384] },
  shape: { software: [1024, 2048, 4096, 8192, 16384], hardware: [1024, 2048, 4096, 8192, 16384] },
  peers: { software: [512, 1024], hardware: [512, 1024] },
};

export interface DeviceBench {
  gpu: Gpu;
  kernels: KernelChoice;
  report: Findings;
  /** Timed runs a figure. */
  repeats: number;
  /** Prompt lengths of a part. */
  lengths(part: keyof typeof defaultLengths): readonly number[];
}

export const deviceParts = {
  kernels: ({ gpu, kernels, repeats, report }) => benchHotKernels(gpu, kernels, repeats, report),
  steps: ({ gpu, kernels, lengths, repeats, report }) =>
    benchSteps(gpu, kernels, lengths('steps'), repeats, report),
  sharing: ({ gpu, kernels, repeats, report }) => benchSharing(gpu, kernels, sharingCase, repeats, report),
  shape: ({ gpu, kernels, lengths, repeats, report }) =>
    benchShape(gpu, kernels, lengths('shape'), repeats, report),
  short: ({ gpu, kernels, report }) => benchShort(gpu, kernels, report),
  variants: ({ gpu, report }) => benchVariants(gpu, report),
  profile: ({ gpu, kernels, lengths, report }) => benchProfiles(gpu, kernels, lengths('steps'), report),
} satisfies Record<string, (bench: DeviceBench) => Promise<unknown>>;

export type DevicePart = keyof typeof deviceParts;

/** What a bench on this device is given: the lengths asked for, or the usual ones of its kind. */
export function deviceBench(
  gpu: Gpu,
  kernels: KernelChoice,
  report: Findings,
  { repeats, lengths }: { repeats: number; lengths: readonly number[] | null },
): DeviceBench {
  const kind = gpu.adapter.software ? 'software' : 'hardware';
  return { gpu, kernels, report, repeats, lengths: (part) => lengths ?? defaultLengths[part][kind] };
}
