/**
 * @file How long a step takes on this machine: measured while it trains, remembered for the next visit. A processor in a
 * GPU's place needs seconds a step, and whoever is asked to wait should know how many.
 */
import type { AdapterSummary } from '../../gpu';
import { differenceFromPreset, type RunConfig } from '../../run/config';
import type { MetricRow } from './history';

const storageKey = 'longview.step-times';
/** Adapters with their settings that are remembered, the last used. */
const mostKept = 12;
/** The last steps that count; the first of a run compiles and is left out where there are others. */
const window = 8;

/** Adapter and everything a step's time may depend on: settings by their difference from the preset, but for the seed. */
function keyOf(adapter: AdapterSummary, config: RunConfig): string {
  const { seed: _, ...difference } = differenceFromPreset(config);
  const names = [adapter.vendor, adapter.architecture, adapter.description];
  return JSON.stringify([...names, config.preset, difference]);
}

/** Median seconds of the last steps; null without one. */
export function medianStepSeconds(rows: readonly MetricRow[]): number | null {
  const times = rows
    .slice(-window)
    .filter(({ step }) => step > 1 || rows.length === 1)
    .flatMap(({ metrics }) => metrics['perf/time_per_step'] ?? [])
    .sort((a, b) => a - b);
  return times.length > 0 ? times[Math.floor(times.length / 2)] : null;
}

/** Notes the time of a step; a browser that keeps nothing forgets it with its tab. */
export function rememberStepTime(adapter: AdapterSummary, config: RunConfig, seconds: number): void {
  const key = keyOf(adapter, config);
  const others = read().filter(([known]) => known !== key);
  try {
    localStorage.setItem(storageKey, JSON.stringify([[key, seconds], ...others].slice(0, mostKept)));
  } catch {
    // Not known then, as on a first visit.
  }
}

/** Seconds a step took when such a run last trained on this adapter; null where none has. */
export function rememberedStepTime(adapter: AdapterSummary, config: RunConfig): number | null {
  const key = keyOf(adapter, config);
  return read().find(([known]) => known === key)?.[1] ?? null;
}

function read(): [key: string, seconds: number][] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '[]');
    if (!Array.isArray(value)) return [];
    return value.filter(
      (entry): entry is [string, number] =>
        Array.isArray(entry) && typeof entry[0] === 'string' && Number.isFinite(entry[1]) && entry[1] > 0,
    );
  } catch {
    return [];
  }
}
