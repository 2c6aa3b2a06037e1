/** @file The one store of the page. Components read slices of it; commands and engine events write to it. */
import { create } from 'zustand';
import { newestUpdated } from './groups';
import { initialState, shownGroup, type TokenColour, type UiState } from './model';
import type { Problem } from './problems';

export const useUi = create<UiState>()(() => initialState);

export const getUi = useUi.getState;
export const setUi = useUi.setState;

/** Shows another group of the window; the page stops following until asked to again. */
export function showGroup(uid: string): void {
  setUi({ shownUid: uid, follow: false, token: 0 });
}

/** The next or previous group in the order of the window. */
export function stepGroup(by: 1 | -1): void {
  const { groups, shownUid } = getUi();
  if (groups.length === 0) return;
  const at = groups.findIndex((group) => group.uid === shownUid);
  const next = groups[Math.min(groups.length - 1, Math.max(0, at + by))];
  if (next.uid !== shownUid) showGroup(next.uid);
}

export function followNewest(): void {
  const { groups } = getUi();
  setUi({
    follow: true,
    shownUid: (newestUpdated(groups) ?? groups[0])?.uid ?? null,
    token: 0,
  });
}

export function showAnswer(answer: number): void {
  const count = shownGroup(getUi())?.answers.length ?? 0;
  if (count > 0) setUi({ answer: Math.min(count - 1, Math.max(0, answer)), token: 0 });
}

export function pinToken(token: number): void {
  const { answer } = getUi();
  const length = shownGroup(getUi())?.answers[answer]?.tokens.length ?? 0;
  if (length > 0) setUi({ token: Math.min(length - 1, Math.max(0, token)) });
}

export function colourBy(colour: TokenColour): void {
  setUi({ colour });
}

export function dismiss(problem: Problem): void {
  setUi({ problems: getUi().problems.filter((other) => other !== problem) });
}
