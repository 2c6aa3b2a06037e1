/** @file Colours of the style sheet for canvases, which know neither custom properties nor `light-dark()`. */

/** Colours found so far, until the page is shown in another scheme: they are the same everywhere in it. */
const known = new Map<string, string>();
let scheme = '';

/** Custom properties of the page as colours, in the scheme that it is shown in. */
export function canvasColours<N extends string>(
  element: HTMLElement,
  names: readonly N[],
): Record<N, string> {
  const now = currentScheme();
  if (now !== scheme) known.clear();
  scheme = now;
  // Asking for a style makes the browser work out every style of the page, so each colour is asked for once.
  const missing = names.filter((name) => !known.has(name));
  if (missing.length > 0) {
    const style = getComputedStyle(element);
    const before = element.style.color;
    // Where the system forces its colours, all would be read as the one of its text.
    element.style.setProperty('forced-color-adjust', 'none');
    for (const name of missing) {
      element.style.color = style.getPropertyValue(name).trim();
      known.set(name, style.color);
    }
    element.style.color = before;
    element.style.removeProperty('forced-color-adjust');
  }
  return Object.fromEntries(names.map((name) => [name, known.get(name) ?? ''])) as Record<N, string>;
}

const queries = ['(prefers-color-scheme: dark)', '(prefers-contrast: more)', '(forced-colors: active)'];

function currentScheme(): string {
  const { theme = '' } = document.documentElement.dataset;
  return [theme, ...queries.map((query) => matchMedia(query).matches)].join();
}
