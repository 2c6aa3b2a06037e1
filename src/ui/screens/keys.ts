/** @file The page's keys. Letters are silent in text fields; buttons keep Space, sliders and plots keep their arrows. */
import { useEffect } from 'react';
import { findNext, tokenColours, walkTokens } from '../panels/token-walk';
import { stepOnce, stepPart, toggle, undo } from '../state/commands';
import { showCompare, useCompare } from '../state/compare';
import { useFailedStep } from '../state/failed-step';
import { takesGoKey } from '../state/go-to';
import { changeDetail, useHints } from '../state/hints';
import { isFixed, type KeyName, nameOfKey } from '../state/key-map';
import { showMarked, toggleMark, useMarks } from '../state/marks';
import { askReset, useAsked } from '../state/new-run';
import { nextLayers, nextSpot, openSearch } from '../state/reader';
import { showRuns, useRuns } from '../state/runs';
import {
  colourBy,
  getUi,
  levelUp,
  setUi,
  showAnswer,
  showExtreme,
  showStep,
  stepGroup,
} from '../state/store';
import { setView } from '../state/view';
import { setWindows, useWindows } from '../state/windows';
import { strings } from '../strings';
import { nextTheme } from '../theme';
import { speakNumbers } from './speak';

/** What the keys of the map do on the page; those of a window of its own are heard there. */
export const actions: Readonly<Partial<Record<KeyName, () => unknown>>> = {
  toggle,
  step: stepOnce,
  part: stepPart,
  reset: askReset,
  answerNext: () => showAnswer(getUi().answer + 1),
  answerPrevious: () => showAnswer(getUi().answer - 1),
  best: () => showExtreme('best'),
  worst: () => showExtreme('worst'),
  questionNext: () => stepGroup(1),
  questionPrevious: () => stepGroup(-1),
  stepNewer: () => showStep(1),
  stepOlder: () => showStep(-1),
  mark: toggleMark,
  less: () => sayDetail(-1),
  more: () => sayDetail(1),
  clippedNext: () => findNext('clipped'),
  surprisingNext: () => findNext('surprising'),
  spotNext: () => nextSpot('all', 1),
  spotPrevious: () => nextSpot('all', -1),
  layers: nextLayers,
  speak: speakNumbers,
  compare: () => showMarked() || void showCompare(),
  fork: () => showRuns(getUi().runId),
  theme: nextTheme,
  share: () => setView({ sharing: true }),
  search: openSearch,
  keys: () => setWindows({ keys: true }),
  up: levelUp,
  tokenNext: () => walkTokens(1),
  tokenPrevious: () => walkTokens(-1),
  ...Object.fromEntries(tokenColours.map((colour) => [colour, () => colourBy(colour)])),
};

function sayDetail(by: 1 | -1): void {
  setUi({ spoken: strings.spoken.detail[changeDetail(by)] });
}

export function useKeys(): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      // On many keyboards signs such as [ need AltGr, which counts as Ctrl and Alt.
      const isSign = event.getModifierState('AltGraph');
      if (event.defaultPrevented || (event.altKey && !isSign) || isCovered()) return;
      if (goesTo(event)) {
        event.preventDefault();
        return;
      }
      const isCommand = (event.ctrlKey || event.metaKey) && !isSign;
      const name = isCommand ? null : nameOfKey(pressedKey(event));
      const action = isCommand ? commandOf(event) : name && actions[name];
      if (!action || belongsTo(event.target, event.key)) return;
      // Whoever dictates or shakes a little can switch single letters off; Space, arrows and Esc stay.
      if (name && event.key.length === 1 && !isFixed(name) && !useHints.getState().letters) return;
      event.preventDefault();
      action();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, []);
}

/** `g` and a letter; before the keys of their own that some of the letters are. */
function goesTo(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || !useHints.getState().letters) return false;
  return !belongsTo(event.target, event.key) && takesGoKey(event.key, event.timeStamp);
}

/** Whether a window over the page has the keys. */
function isCovered(): boolean {
  const { keys, palette } = useWindows.getState();
  const { isShown: runs } = useRuns.getState();
  const { isShown: compare } = useCompare.getState();
  const { isShown: failedStep } = useFailedStep.getState();
  const { isShown: marked } = useMarks.getState();
  return keys || palette || runs || compare || failedStep || marked || useAsked.getState().asked !== null;
}

/** What a key is called in the map: Shift and the full stop give another sign on each layout. */
export function pressedKey(event: KeyboardEvent): string {
  return event.shiftKey && event.code === 'Period' ? 'Shift .' : event.key;
}

const withControl: Readonly<Record<string, () => void>> = {
  z: undo,
  k: () => setWindows({ palette: true }),
};

function commandOf(event: KeyboardEvent): (() => unknown) | undefined {
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
