/**
 * @file What a step brings, read at leisure: the page first answers a person, and draws a new group when it has time, in
 * pieces that leave the main thread free in between.
 */
import { useDeferredValue } from 'react';
import type { UiState } from '../state/model';
import { useUi } from '../state/store';

/** A part of the store, once the browser has time for it. What reads it belongs inside `memo`, else it is drawn twice. */
export function useSettled<T>(select: (state: UiState) => T): T {
  return useDeferredValue(useUi(select));
}
