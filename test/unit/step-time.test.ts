/** @file Seconds a step takes on this machine: measured, remembered, and unknown where nothing was measured. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { makeConfig } from '../../src/run/config';
import { medianStepSeconds, rememberedStepTime, rememberStepTime } from '../../src/ui/state/step-time';

const adapter = { vendor: 'google', architecture: 'swiftshader', description: '', software: true };
const micro = makeConfig('micro');

const rows = (...seconds: number[]) =>
  seconds.map((value, i) => ({ step: i + 1, metrics: { 'perf/time_per_step': value } }));

beforeEach(() => {
  const kept = new Map<string, string>();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  });
});

describe('the time of a step', () => {
  it('is the median of the last eight, without the first of a run where there are others', () => {
    expect(medianStepSeconds([])).toBeNull();
    expect(medianStepSeconds(rows(9))).toBe(9);
    expect(medianStepSeconds(rows(9, 2))).toBe(2);
    expect(medianStepSeconds(rows(9, 2, 4, 3))).toBe(3);
    expect(medianStepSeconds(rows(50, 50, 50, 1, 1, 1, 1, 1, 2, 2, 2))).toBe(1);
  });

  it('is known only of an adapter and settings that have trained here; the seed does not matter', () => {
    expect(rememberedStepTime(adapter, micro)).toBeNull();
    rememberStepTime(adapter, micro, 4.1);
    expect(rememberedStepTime(adapter, micro)).toBe(4.1);
    expect(rememberedStepTime(adapter, makeConfig('micro', { seed: 9 }))).toBe(4.1);
    expect(rememberedStepTime(adapter, makeConfig('micro', { group_size: 4 }))).toBeNull();
    expect(rememberedStepTime({ ...adapter, architecture: 'llvmpipe' }, micro)).toBeNull();
    rememberStepTime(adapter, micro, 3.5);
    expect(rememberedStepTime(adapter, micro)).toBe(3.5);
  });

  it('of the settings used last is kept longest, and what stands there instead counts as nothing', () => {
    for (let size = 2; size <= 16; size++)
      rememberStepTime(adapter, makeConfig('micro', { group_size: size }), size);
    expect(rememberedStepTime(adapter, makeConfig('micro', { group_size: 16 }))).toBe(16);
    expect(rememberedStepTime(adapter, makeConfig('micro', { group_size: 2 }))).toBeNull();
    localStorage.setItem('longview.step-times', '{"a":1}');
    expect(rememberedStepTime(adapter, micro)).toBeNull();
    localStorage.setItem('longview.step-times', 'no');
    expect(rememberedStepTime(adapter, micro)).toBeNull();
  });
});
