/** @file The Lab's own keys: `N` and `P` walk the steps, Escape closes the inspector. */
import { useEffect } from 'react';
import { belongsTo } from '../screens/keys';
import { useCompare } from '../state/compare';
import { nameOfKey } from '../state/key-map';
import { getUi } from '../state/store';
import { getView, setView } from '../state/view';
import { goToStep } from './rollouts-store';

export function useLabKeys(): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || belongsTo(event.target, event.key)) return;
      if (act(event.key)) {
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
function act(key: string): boolean {
  // The comparison has steps of its own.
  if (useCompare.getState().isShown) return false;
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
