/** @file How often a curve moves by itself where a person asks for little motion. Pure. */

/** Least time between two drawings, ms. */
const calmMs = 1000;

/** How long a drawing with new numbers waits, ms; 0 for not at all. */
export function calmWaitMs(drawnAtMs: number, nowMs: number, isCalm: boolean): number {
  return isCalm ? Math.max(0, drawnAtMs + calmMs - nowMs) : 0;
}
