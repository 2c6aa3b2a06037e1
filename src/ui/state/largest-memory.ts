/**
 * @file The most GPU memory that a run has had on this machine. WebGPU does not tell how much there is; what was allocated
 * before will most likely be again.
 */
import type { AdapterSummary } from '../../gpu';
import type { MemoryItem } from '../../policy/plan';

const storageKey = 'longview.largest-memory';

/** Notes that a run with these buffers is open: all of them are allocated then. */
export function rememberMemory(adapter: AdapterSummary, memory: readonly MemoryItem[]): void {
  const bytes = memory.reduce((sum, item) => sum + item.bytes, 0);
  if (bytes <= (largestMemory(adapter) ?? 0)) return;
  try {
    localStorage.setItem(storageKey, JSON.stringify([nameOf(adapter), bytes]));
  } catch {
    // Not known then, as on a first visit.
  }
}

/** Bytes of the largest run that has opened on this adapter; null where none has, or another adapter was used since. */
export function largestMemory(adapter: AdapterSummary | null): number | null {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(storageKey) ?? 'null');
    if (!adapter || !Array.isArray(value) || value[0] !== nameOf(adapter)) return null;
    return typeof value[1] === 'number' && value[1] > 0 ? value[1] : null;
  } catch {
    return null;
  }
}

function nameOf({ vendor, architecture, description }: AdapterSummary): string {
  return [vendor, architecture, description].join(' ');
}
