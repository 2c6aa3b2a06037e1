/** @file What a key does on a focused plot: every pointer action has one. Pure. */

/** How much longer or shorter the stretch in sight becomes at one turn of the wheel, or one key. */
export const zoomFactor = 1.3;

/** @param factor of the stretch in sight; 0 for all of the curve. */
export type PlotKey = { what: 'read'; index: number } | { what: 'pick' } | { what: 'zoom'; factor: number };

/** @param at the point that is read now, of 0 … `last`. Null where the key is none of the plot's. */
export function plotKey(key: string, at: number, last: number): PlotKey | null {
  switch (key) {
    case 'ArrowRight':
      return { what: 'read', index: Math.min(last, at + 1) };
    case 'ArrowLeft':
      return { what: 'read', index: Math.max(0, at - 1) };
    case 'Home':
      return { what: 'read', index: 0 };
    case 'End':
      return { what: 'read', index: last };
    case 'Enter':
      return { what: 'pick' };
    case '+':
      return { what: 'zoom', factor: 1 / zoomFactor };
    case '-':
      return { what: 'zoom', factor: zoomFactor };
    case '0':
      return { what: 'zoom', factor: 0 };
    default:
      return null;
  }
}
