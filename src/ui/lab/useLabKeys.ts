/** @file The Lab's own keys: `g` then a letter goes to a view, `N` and `P` walk the steps, Escape closes the inspector. */
import { useEffect } from 'react';
import { belongsTo } from '../screens/keys';
import { showCompare } from '../state/compare';
import { nameOfKey } from '../state/key-map';
import { labViews } from '../state/link';
import { navigate } from '../state/link-sync';
import { getUi } from '../state/store';
import { getView, setView } from '../state/view';
import { goToStep } from './rollouts-store';
import { views } from './views';

/** A `g` is forgotten after so long. */
const prefixMs = 1500;

export function useLabKeys(): void {
  useEffect(() => {
    let prefixedAt = Number.NEGATIVE_INFINITY;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || belongsTo(event.target, event.key)) return;
      const isSecond = event.timeStamp - prefixedAt < prefixMs;
      prefixedAt = event.key === 'g' && !isSecond ? event.timeStamp : Number.NEGATIVE_INFINITY;
      if (act(event.key, isSecond)) {
        // Before the page's own keys, which know some of the letters too.
        event.preventDefault();
        event.stopPropagation();
      }
    };
    addEventListener('keydown', onKeyDown, { capture: true });
    return () => removeEventListener('keydown', onKeyDown, { capture: true });
  }, []);
}

/** Whether the key meant something. */
function act(key: string, afterG: boolean): boolean {
  if (afterG) {
    const view = labViews.find((name) => views[name].key === key && !getView().hidden.includes(name));
    if (view) navigate({ view });
    else if (key === 'v') void showCompare();
    return view !== undefined || key === 'v';
  }
  switch (nameOfKey(key)) {
    case 'stepNewer':
    case 'stepOlder': {
      const done = getUi().step;
      const step = (getView().step ?? done) + (nameOfKey(key) === 'stepNewer' ? 1 : -1);
      if (step >= 1) goToStep(step >= done ? null : step);
      return true;
    }
    case 'up': {
      if (getView().sharing || document.querySelector('[role=dialog], [role=alertdialog]')) return false;
      // One level up: an imagined reward goes before the inspector does.
      if (getUi().whatIf || !getView().inspecting) return false;
      setView({ inspecting: false, past: null });
      return true;
    }
    default:
      return false;
  }
}
