/** @file What the person looks at, apart from the run: level, view of the Lab, chosen step, axes, pins, what is hidden. */
import { create } from 'zustand';
import { defaultView, type LabView, type Level, type PageLink, type ViewLink } from './link';

export interface ViewState
  extends Pick<ViewLink, 'view' | 'step' | 'smooth' | 'x' | 'log' | 'band' | 'filter' | 'pins'> {
  level: Level;
  /** Names that `?hide=` took away. */
  hidden: readonly string[];
  /** Whether the Lab's inspector is open. */
  inspecting: boolean;
  /** Whether the link to share is shown. */
  sharing: boolean;
  /** Group of a step that the page's window no longer holds: its uid, and the answer looked at. */
  past: { uid: string; answer: number } | null;
}

const storageKey = 'longview.level';

export const useView = create<ViewState>()(() => ({
  ...chartDefaults(),
  level: 'play',
  view: defaultView.view,
  step: null,
  hidden: [],
  inspecting: true,
  sharing: false,
  past: null,
}));

export const getView = useView.getState;
export const setView = useView.setState;

/** Takes the page's switches of a link; the level falls back to the one chosen last on this machine. */
export function takePage(page: PageLink): void {
  setView({ level: page.level ?? storedLevel(), hidden: page.hide });
}

/** Takes the view of a link, but for the group, which may not be there yet. */
export function takeView({ view, step, smooth, x, log, band, filter, pins }: ViewLink): void {
  setView({ view, step, smooth, x, log, band, filter, pins, past: null });
}

export function chooseLevel(level: Level): void {
  try {
    localStorage.setItem(storageKey, level);
  } catch {
    // Storage may be off; the address still says it.
  }
  setView({ level });
}

export function chooseView(view: LabView): void {
  setView({ view });
}

export function togglePin(metric: string): void {
  const { pins } = getView();
  setView({ pins: pins.includes(metric) ? pins.filter((pin) => pin !== metric) : [...pins, metric] });
}

function chartDefaults(): Pick<ViewState, 'smooth' | 'x' | 'log' | 'band' | 'filter' | 'pins'> {
  const { smooth, x, log, band, filter, pins } = defaultView;
  return { smooth, x, log, band, filter, pins };
}

function storedLevel(): Level {
  try {
    return localStorage.getItem(storageKey) === 'lab' ? 'lab' : 'play';
  } catch {
    return 'play';
  }
}
