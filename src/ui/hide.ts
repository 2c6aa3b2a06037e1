/** @file Takes away what `?hide=` names: any element whose `data-part` is among the names. */

/** The names come from a list (`hideable`), never straight from the address. */
export function hideParts(names: readonly string[]): void {
  if (names.length === 0) return;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(names.map((name) => `[data-part='${name}'] { display: none !important }`).join('\n'));
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}
