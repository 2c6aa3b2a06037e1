/** Path of a Chrome or Chromium program, or null. */
export function findBrowser(): string | null;
export function softwareFlags(): string[];
