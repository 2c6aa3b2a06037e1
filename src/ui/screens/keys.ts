/** @file The page's keys. Letters are silent in text fields; buttons keep Space, sliders and plots keep their arrows. */
import { useEffect } from 'react';
import { findNext, tokenColours, walkTokens } from '../panels/token-walk';
import { stepOnce, stepPart, toggle, undo } from '../state/commands';
import { showCompare, useCompare } from '../state/compare';
import { useFailedStep } from '../state/failed-step';
import { useHints } from '../state/hints';
import { askReset, useAsked } from '../state/new-run';
import { nextLayers, nextSpot, openSearch } from '../state/reader';
import { showRuns, useRuns } from '../state/runs';
import { colourBy, getUi, levelUp, showAnswer, showExtreme, showStep, stepGroup } from '../state/store';
import { setView } from '../state/view';
import { setWindows, useWindows } from '../state/windows';
import { nextTheme } from '../theme';
import { speakNumbers } from './speak';

/** What each key does; Space is ' '. */
export const actions: Readonly<Partial<Record<string, () => void>>> = {
  ' ': toggle,
  '.': stepOnce,
  'Shift .': stepPart,
  r: askReset,
  j: () => showAnswer(getUi().answer + 1),
  k: () => showAnswer(getUi().answer - 1),
  b: () => showExtreme('best'),
  w: () => showExtreme('worst'),
  n: () => stepGroup(1),
  p: () => stepGroup(-1),
  N: () => showStep(1),
  P: () => showStep(-1),
  c: () => findNext('clipped'),
  e: () => findNext('surprising'),
  h: () => nextSpot('all', 1),
  H: () => nextSpot('all', -1),
  l: nextLayers,
  i: speakNumbers,
  v: () => void showCompare(),
  f: () => showRuns(getUi().runId),
  t: nextTheme,
  s: () => setView({ sharing: true }),
  '/': openSearch,
  '?': () => setWindows({ keys: true }),
  Escape: levelUp,
  ArrowRight: () => walkTokens(1),
  ArrowLeft: () => walkTokens(-1),
  ...Object.fromEntries(tokenColours.map((colour, i) => [String(i + 1), () => colourBy(colour)])),
};

export function useKeys(): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey || isCovered()) return;
      const action = event.ctrlKey || event.metaKey ? commandOf(event) : actions[nameOf(event)];
      if (!action || belongsTo(event.target, event.key)) return;
      // Whoever dictates or shakes a little can switch single letters off; Space, arrows and Esc stay.
      if (
        /^[a-z./?>:1-7]$/i.test(event.key) &&
        !useHints.getState().letters &&
        !event.ctrlKey &&
        !event.metaKey
      )
        return;
      event.preventDefault();
      action();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, []);
}

/** Whether a window over the page has the keys. */
function isCovered(): boolean {
  const { keys, palette } = useWindows.getState();
  const { isShown: runs } = useRuns.getState();
  const { isShown: compare } = useCompare.getState();
  const { isShown: failedStep } = useFailedStep.getState();
  return keys || palette || runs || compare || failedStep || useAsked.getState().asked !== null;
}

/** What a key is called here: Shift and the full stop give another sign on each layout. */
function nameOf(event: KeyboardEvent): string {
  return event.shiftKey && event.code === 'Period' ? 'Shift .' : event.key;
}

const withControl: Readonly<Record<string, () => void>> = {
  z: undo,
  k: () => setWindows({ palette: true }),
};

function commandOf(event: KeyboardEvent): (() => void) | undefined {
  return event.shiftKey ? undefined : withControl[event.key];
}

/** Whether the focused control has its own use for the key. */
export function belongsTo(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof Element)) return false;
  // An open dialog or popover has its own Escape.
  if (key === 'Escape') return target.closest('[role=dialog], [role=alertdialog]') !== null;
  if (
    target.closest(
      'textarea, select, [contenteditable], input:not([type=range], [type=checkbox], [type=file])',
    )
  )
    return true;
  if (key.startsWith('Arrow')) return target.closest('input, [data-own-arrows]') !== null;
  return key === ' ' && target.closest('button, summary, a[href], input[type=checkbox]') !== null;
}
