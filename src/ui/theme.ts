/** @file Light, dark, or as the system says: kept on this machine, applied before the first paint of React. */
import { useSyncExternalStore } from 'react';

export type Theme = 'system' | 'light' | 'dark';

const storageKey = 'longview.theme';
const order: Theme[] = ['system', 'light', 'dark'];
const listeners = new Set<() => void>();
const systemDark = matchMedia('(prefers-color-scheme: dark)');
const strong = matchMedia('(prefers-contrast: more)');
const forced = matchMedia('(forced-colors: active)');
for (const query of [systemDark, strong, forced]) query.addEventListener('change', tell);

let theme = stored();
apply();

export function nextTheme(): void {
  theme = order[(order.indexOf(theme) + 1) % order.length];
  try {
    localStorage.setItem(storageKey, theme);
  } catch {
    // Storage may be off; the choice then lasts as long as the page.
  }
  apply();
  tell();
}

/**
 * The choice and what is shown.
 * @returns look: another one for every set of colours, those of high contrast and of the system's own among them;
 * what is drawn on a canvas is drawn anew when it changes.
 */
export function useTheme(): { theme: Theme; dark: boolean; look: string } {
  const key = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => `${theme} ${isDark()} ${strong.matches} ${forced.matches}`,
  );
  const [name, dark] = key.split(' ');
  return { theme: name as Theme, dark: dark === 'true', look: key };
}

function isDark(): boolean {
  return theme === 'dark' || (theme === 'system' && systemDark.matches);
}

function stored(): Theme {
  try {
    const value = localStorage.getItem(storageKey);
    return order.find((name) => name === value) ?? 'system';
  } catch {
    return 'system';
  }
}

function apply(): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

function tell(): void {
  for (const listener of listeners) listener();
}
