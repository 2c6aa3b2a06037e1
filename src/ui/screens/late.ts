/**
 * @file What opens over the page, as chunks of their own. They are fetched when the first screen stands and nothing else is
 * to be done, so that it comes sooner and nothing is asked of the network when they open.
 */
import { lazy } from 'react';

const loads = {
  settings: () => import('../panels/SettingsPanel'),
  newRun: () => import('./NewRunPanel'),
  share: () => import('./SharePanel'),
  keys: () => import('./KeysDialog'),
  palette: () => import('./Palette'),
  question: () => import('./NewRunQuestion'),
};

export const SettingsPanel = lazy(loads.settings);
export const NewRunPanel = lazy(loads.newRun);
export const SharePanel = lazy(loads.share);
export const KeysDialog = lazy(loads.keys);
export const Palette = lazy(loads.palette);
export const NewRunQuestion = lazy(loads.question);

/** Fetches all of them when the browser is idle. What does not come now is asked for again when it is opened. */
export function fetchWhenIdle(): void {
  const fetchAll = () => Promise.allSettled(Object.values(loads).map((load) => load()));
  if ('requestIdleCallback' in window) requestIdleCallback(() => void fetchAll());
  else setTimeout(fetchAll, 200);
}
