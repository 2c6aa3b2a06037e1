/** @file The GPU room's public face. */
export { alignBytes, Buffers, largestBinding, type Slice, storageBytes, sub, tail } from './buffers';
export { type AdapterSummary, type DeviceOptions, Gpu, openGpu } from './device';
export { defineKernel, type Kernel, Kernels, type ParamValues } from './kernel';
export { assertFinite, grid, paramRingBytes, Queue, readBackBytes } from './queue';
