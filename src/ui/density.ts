/** @file How close things stand: roomy, or compact for more rows on a screen. Kept on this machine. */

const storageKey = 'longview.density';

let compact = stored();
apply();

export function nextDensity(): void {
  compact = !compact;
  try {
    localStorage.setItem(storageKey, compact ? 'compact' : 'roomy');
  } catch {
    // Storage may be off; the choice then lasts as long as the page.
  }
  apply();
}

function stored(): boolean {
  try {
    return localStorage.getItem(storageKey) === 'compact';
  } catch {
    return false;
  }
}

function apply(): void {
  if (compact) document.documentElement.dataset.density = 'compact';
  else delete document.documentElement.dataset.density;
}
