/**
 * @file What a step brings, read at leisure: the page first answers a person, and draws a new group when it has time, in
 * pieces that leave the main thread free in between.
 */
import { useDeferredValue, useRef } from 'react';
import type { UiState } from '../state/model';
import { useUi } from '../state/store';

/** Where steps come faster than they can be drawn in pieces, the newest one is drawn at once after so long. */
const maxStaleMs = 1000;

/** A part of the store, once the browser has time for it. What reads it belongs inside `memo`, else it is drawn twice. */
export function useSettled<T>(select: (state: UiState) => T): T {
  const newest = useUi(select);
  const settled = useDeferredValue(newest);
  const settledAt = useRef(0);
  const now = performance.now();
  if (Object.is(newest, settled)) settledAt.current = now;
  return now - settledAt.current > maxStaleMs ? newest : settled;
}
