/** @file The GPU room's public face. */
export { alignBytes, Buffers, largestBinding, type Slice, storageBytes, sub, tail } from './buffers';
export { type AdapterSummary, type DeviceOptions, Gpu, openGpu } from './device';
export { defineKernel, type Kernel, Kernels, type ParamValues } from './kernel';
export { assertFinite, grid, type Piece, paramRingBytes, Queue, readBackBytes } from './queue';
export type { SliceOptions } from './slice-budget';
