/** @file The page's keys. Letters are silent in text fields; buttons keep Space, sliders and plots keep their arrows. */
import { useEffect } from 'react';
import { colourKeys } from '../panels/TokenPanel';
import { stepOnce, toggle } from '../state/commands';
import { showCompare, useCompare } from '../state/compare';
import { askReset, useAsked } from '../state/new-run';
import { showRuns, useRuns } from '../state/runs';
import { colourBy, getUi, pinToken, showAnswer, stepGroup } from '../state/store';
import { nextTheme } from '../theme';

const actions: Record<string, () => void> = {
  ' ': toggle,
  '.': stepOnce,
  r: askReset,
  j: () => showAnswer(getUi().answer + 1),
  k: () => showAnswer(getUi().answer - 1),
  n: () => stepGroup(1),
  p: () => stepGroup(-1),
  v: () => void showCompare(),
  f: () => showRuns(getUi().runId),
  t: nextTheme,
  ArrowRight: () => pinToken(getUi().token + 1),
  ArrowLeft: () => pinToken(getUi().token - 1),
  ...Object.fromEntries(colourKeys.map(([key, colour]) => [key, () => colourBy(colour)])),
};

export function useKeys(): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const action = actions[event.key];
      if (
        !action ||
        useAsked.getState().asked ||
        useRuns.getState().isShown ||
        useCompare.getState().isShown ||
        belongsTo(event.target, event.key)
      )
        return;
      event.preventDefault();
      action();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, []);
}

/** Whether the focused control has its own use for the key. */
function belongsTo(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof Element)) return false;
  if (
    target.closest(
      'textarea, select, [contenteditable], input:not([type=range], [type=checkbox], [type=file])',
    )
  )
    return true;
  if (key.startsWith('Arrow')) return target.closest('input, [data-own-arrows]') !== null;
  return key === ' ' && target.closest('button, summary, a[href], input[type=checkbox]') !== null;
}
