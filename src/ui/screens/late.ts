/**
 * @file What opens over the page, as chunks of their own, and the ways on from what goes wrong. They are fetched when the
 * first screen stands and nothing else is to be done, so that it comes sooner and nothing is asked of the network when they
 * open.
 */
import { late } from '../kit/late';
import { ErrorPanel } from './Problems';

export const SettingsPanel = late(() => import('../panels/SettingsPanel'));
export const NewRunPanel = late(() => import('./NewRunPanel'));
export const SharePanel = late(() => import('./SharePanel'));
export const KeysDialog = late(() => import('./KeysDialog'));
export const Palette = late(() => import('./Palette'));
export const NewRunQuestion = late(() => import('./NewRunQuestion'));

const all = [ErrorPanel, SettingsPanel, NewRunPanel, SharePanel, KeysDialog, Palette, NewRunQuestion];

/** A page that is never idle fetches them after so long. */
const longestWaitMs = 2000;

/** Fetches all of them when the browser is idle. What does not come now is asked for again when it is opened. */
export function fetchWhenIdle(): void {
  const fetchAll = () => Promise.allSettled(all.map(({ fetch }) => fetch()));
  if ('requestIdleCallback' in window) requestIdleCallback(() => void fetchAll(), { timeout: longestWaitMs });
  else setTimeout(fetchAll, longestWaitMs);
}
