/** @file What the page remembers about its reader: hints done, whether letters are keys, how much of answers is shown. */
import { create } from 'zustand';

/** In the order they are offered. */
export const hintNames = ['token', 'clip', 'fork'] as const;
export type HintName = (typeof hintNames)[number];

interface Hints {
  done: readonly HintName[];
  /** Closed for good. */
  ended: boolean;
  letters: boolean;
  /** How much of each answer is shown, from one line to the whole. */
  detail: Detail;
}

export type Detail = 0 | 1 | 2;

const storageKey = 'longview.hints';

export const useHints = create<Hints>()(() => ({
  done: [],
  ended: false,
  letters: true,
  detail: 1,
  ...stored(),
}));

/** The person has done what a hint offers, whether it was on screen or not. */
export function tick(name: HintName): void {
  const { done } = useHints.getState();
  if (!done.includes(name)) keep({ done: [...done, name] });
}

export function endHints(): void {
  keep({ ended: true });
}

export function setLetters(letters: boolean): void {
  keep({ letters });
}

/** Shows less or more of each answer; the new measure. */
export function changeDetail(by: 1 | -1): Detail {
  const detail = Math.min(2, Math.max(0, useHints.getState().detail + by)) as Detail;
  keep({ detail });
  return detail;
}

/** The hint on screen: the first that is not done. */
export function currentHint({ done, ended }: Pick<Hints, 'done' | 'ended'>): HintName | null {
  return ended ? null : (hintNames.find((name) => !done.includes(name)) ?? null);
}

function keep(change: Partial<Hints>): void {
  useHints.setState(change);
  const { done, ended, letters, detail } = useHints.getState();
  try {
    localStorage.setItem(storageKey, JSON.stringify({ done, ended, letters, detail }));
  } catch {
    // Storage may be off; the page then forgets with its tab.
  }
}

/** What earlier visits left; anything else in its place counts as nothing. */
function stored(): Partial<Hints> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '{}');
    if (typeof value !== 'object' || value === null) return {};
    const { done, ended, letters, detail } = value as Record<string, unknown>;
    return {
      done: Array.isArray(done) ? hintNames.filter((name) => done.includes(name)) : [],
      ended: ended === true,
      letters: letters !== false,
      detail: detail === 0 || detail === 2 ? detail : 1,
    };
  } catch {
    return {};
  }
}
