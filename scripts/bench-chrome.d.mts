import type { ChromeAnswer, ChromeRequest } from '../src/cli/bench/chrome';

/** Builds the bench's page and runs parts of it in Chrome or Chromium; `say` hears what begins. */
export function runInChrome(
  request: ChromeRequest,
  say: (text: string) => void,
): Promise<{ answer: ChromeAnswer; browser: string }>;
