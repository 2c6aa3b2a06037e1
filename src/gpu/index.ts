/** @file The GPU room's public face. */

export { assertFinite } from './assert-finite';
export { alignBytes, Buffers, largestBinding, type Slice, storageBytes, sub, tail } from './buffers';
export { betterCalibration, type Calibration, calibrate, multiplyAdds } from './calibration';
export { type AdapterSummary, type DeviceOptions, Gpu, isSoftware, openGpu } from './device';
export { grid } from './grid';
export { defineKernel, type Kernel, Kernels, type ParamValues } from './kernel';
export { canProfile, type KernelTime, profile } from './profiler';
export { type Piece, paramRingBytes, Queue, readBackBytes } from './queue';
export { type Candidate, type RaceResult, race, winner } from './race';
export type { SliceOptions } from './slice-budget';
