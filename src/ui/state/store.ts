/** @file The one store of the page. Components read slices of it; commands and engine events write to it. */
import { create } from 'zustand';
import { newestUpdated, worthShowing } from './groups';
import { tick } from './hints';
import { initialState, shownGroup, type TokenColour, type UiState } from './model';
import type { Problem } from './problems';
import { flip } from './what-if';

export const useUi = create<UiState>()(() => initialState);

export const getUi = useUi.getState;
export const setUi = useUi.setState;

/** Shows another group of the window; the page stops following until asked to again. */
export function showGroup(uid: string): void {
  setUi({ shownUid: uid, follow: false, answering: null, token: 0, cursor: null, whatIf: null });
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
    cursor: null,
    whatIf: null,
  });
}

export function showAnswer(answer: number): void {
  const count = shownGroup(getUi())?.answers.length ?? 0;
  if (count > 0) setUi({ answer: Math.min(count - 1, Math.max(0, answer)), token: 0, cursor: null });
}

/** The answer with the highest or lowest reward; of equals the first. */
export function showExtreme(which: 'best' | 'worst'): void {
  const totals = shownGroup(getUi())?.answers.map(({ score }) => score.total) ?? [];
  if (totals.length > 0)
    showAnswer(totals.indexOf(which === 'best' ? Math.max(...totals) : Math.min(...totals)));
}

/** The group worth showing of the next newer (1) or older (−1) step the page still has. */
export function showStep(by: 1 | -1): void {
  const { groups } = getUi();
  const shown = shownGroup(getUi());
  if (!shown) return;
  const steps = [...new Set(groups.map(({ step }) => step))].sort((a, b) => (a - b) * by);
  const step = steps.find((other) => (other - shown.step) * by > 0);
  const next = step === undefined ? null : worthShowing(groups.filter((group) => group.step === step));
  if (next) showGroup(next.uid);
}

/** Pins a token: it stays in the slot until another one is pinned. */
export function pinToken(token: number): void {
  const at = inAnswer(token);
  if (at !== null) setUi({ token: at, cursor: null });
}

/** Moves the arrow keys' place; what is pinned stays pinned. */
export function moveCursor(token: number): void {
  const cursor = inAnswer(token);
  if (cursor === null) return;
  setUi({ cursor });
  tick('token');
}

function inAnswer(token: number): number | null {
  const group = shownGroup(getUi());
  const length = group?.answers[Math.min(getUi().answer, group.answers.length - 1)]?.tokens.length ?? 0;
  return length > 0 ? Math.min(length - 1, Math.max(0, token)) : null;
}

/** Turns a verdict of the shown group round, or back. The group stays on screen meanwhile. */
export function flipReward(answer: number): void {
  const { whatIf, shownUid } = getUi();
  if (!shownUid) return;
  setUi({ whatIf: flip(whatIf, shownUid, answer), follow: false });
}

/** One level up: out of what-if first, then back from the arrow keys to the pinned token. Nothing is lost. */
export function levelUp(): void {
  const { whatIf, cursor } = getUi();
  if (whatIf) setUi({ whatIf: null });
  else if (cursor !== null) setUi({ cursor: null });
}

export function colourBy(colour: TokenColour): void {
  setUi({ colour });
}

export function dismiss(problem: Problem): void {
  setUi({ problems: getUi().problems.filter((other) => other !== problem) });
}
