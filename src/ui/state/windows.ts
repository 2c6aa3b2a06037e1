/** @file Which of the windows over the page is open: keys, commands, settings. Their code comes when one is opened. */
import { create } from 'zustand';

interface Windows {
  keys: boolean;
  palette: boolean;
  settings: boolean;
  /** What the settings are searched for when they open. */
  setting: string;
}

export const useWindows = create<Windows>()(() => ({
  keys: false,
  palette: false,
  settings: false,
  setting: '',
}));

export const setWindows = useWindows.setState;

/** Opens the settings at those with a word; all of them without one. */
export function showSettings(setting = ''): void {
  setWindows({ settings: true, setting });
}
