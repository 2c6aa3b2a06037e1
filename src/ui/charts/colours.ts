/** @file Colours of the style sheet for canvases, which know neither custom properties nor `light-dark()`. */

/** Custom properties as colours of this element, in the scheme it is shown in. */
export function canvasColours<N extends string>(
  element: HTMLElement,
  names: readonly N[],
): Record<N, string> {
  const style = getComputedStyle(element);
  const before = element.style.color;
  const colours = {} as Record<N, string>;
  for (const name of names) {
    element.style.color = style.getPropertyValue(name).trim();
    colours[name] = style.color;
  }
  element.style.color = before;
  return colours;
}
