/**
 * @file Windows: which part of a document the policy reads.
 *
 * Only the neighbourhood of the window is ever looked at, so a text of many megabytes costs no more than a short one.
 */
import type { Random } from './random';
import type { Span } from './types';

/** Token count of a text under the policy's tokenizer; handed in, because tasks know no tokenizer. */
export type CountTokens = (text: string) => number;

/** A window cut at sentences may waste some of its tokens; below this share it is cut between words instead. */
const MIN_FILL = 0.6;

/**
 * Positions in [from, to] where a sentence or line ends. A position stands *before* the space that follows a
 * sentence, so that a window opens with ` Word`, the same token as in running text.
 */
export function sentenceBreaks(text: string, from: number, to: number): number[] {
  const breaks: number[] = [];
  for (const match of text.slice(from, to + 1).matchAll(/[.!?…]["'”’)\]]*(?=\s)|[。！？]|\n+/gu)) {
    const end = from + match.index + match[0].length;
    if (end <= to) breaks.push(end);
  }
  if (to >= text.length) breaks.push(text.length);
  return breaks;
}

function wordBreaks(text: string, from: number, to: number): number[] {
  const breaks: number[] = [];
  for (const match of text.slice(from, to).matchAll(/\S(?=\s)/g)) breaks.push(from + match.index + 1);
  if (to >= text.length) breaks.push(text.length);
  return breaks;
}

function characterBreaks(text: string, from: number, to: number): number[] {
  const breaks: number[] = [];
  for (let i = from + 1; i <= Math.min(to, text.length); i++) if (!isLowSurrogate(text, i)) breaks.push(i);
  return breaks;
}

/** Whether position `i` would split a surrogate pair. */
export function isLowSurrogate(text: string, i: number): boolean {
  const unit = text.charCodeAt(i);
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** Guesses by proportion before bisection: counting a long window takes a tenth of a second. */
const maxGuesses = 6;

/**
 * The largest candidate end whose window still fits, or null. Candidates ascend.
 * @param density characters a token, roughly: where to look first.
 */
function largestFit(
  text: string,
  start: number,
  ends: readonly number[],
  windowTokens: number,
  countTokens: CountTokens,
  density: number,
): { end: number; tokens: number } | null {
  let best: { end: number; tokens: number } | null = null;
  let low = 0;
  let high = ends.length - 1;
  for (let guesses = 0; low <= high; guesses++) {
    const guess = lastAtMost(ends, start + density * windowTokens);
    const middle = guesses < maxGuesses ? Math.min(high, Math.max(low, guess)) : (low + high) >> 1;
    const tokens = countTokens(text.slice(start, ends[middle]));
    if (tokens > 0) density = (ends[middle] - start) / tokens;
    if (tokens <= windowTokens) {
      best = { end: ends[middle], tokens };
      low = middle + 1;
    } else {
      high = middle - 1;
    }
  }
  return best;
}

/** Index of the last of ascending `values` that is at most `limit`; −1 where none is. */
function lastAtMost(values: readonly number[], limit: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * The longest window of at most `windowTokens` tokens that opens at or shortly after `position`, at a sentence or
 * line start where one is near, and ends at a sentence or line end where that fills it well.
 */
export function windowAt(
  text: string,
  position: number,
  windowTokens: number,
  countTokens: CountTokens,
): Span {
  const probe = text.slice(position, position + windowTokens * 4);
  const charactersPerToken = probe.length / Math.max(1, countTokens(probe));
  const reach = Math.max(16, Math.ceil(charactersPerToken * windowTokens * 1.3));
  let start = position;
  if (position > 0) {
    const next = sentenceBreaks(text, position, position + Math.ceil(reach / 2)).find((b) => b < text.length);
    start = next ?? wordBreaks(text, position, position + Math.ceil(reach / 4))[0] ?? position;
    if (start >= text.length) start = position;
    if (isLowSurrogate(text, start)) start++;
  }
  while (start < text.length && /[\n\r]/.test(text[start])) start++;
  const candidates = [sentenceBreaks, wordBreaks, characterBreaks];
  let best: { end: number; tokens: number } | null = null;
  for (const breaks of candidates) {
    const ends = breaks(text, start + 1, Math.min(text.length, start + reach)).filter((end) => end > start);
    const fit = largestFit(text, start, ends, windowTokens, countTokens, charactersPerToken);
    if (fit !== null && (best === null || fit.tokens > best.tokens)) best = fit;
    if (best !== null && (best.tokens >= windowTokens * MIN_FILL || best.end === text.length)) break;
  }
  let end = best?.end ?? start;
  while (end > start && /\s/.test(text[end - 1])) end--;
  return { start, end };
}

/** A window at a seeded place of the text; the whole text where it fits. */
export function drawWindow(
  text: string,
  windowTokens: number,
  random: Random,
  countTokens: CountTokens,
): Span {
  if (text.length <= windowTokens * 8 && countTokens(text) <= windowTokens)
    return windowAt(text, 0, windowTokens, countTokens);
  // Windows open up to half a window before the end, so that the last sentences are asked about as well.
  const last = Math.max(1, text.length - Math.ceil(windowTokens * 1.5));
  const window = windowAt(text, random.int(last), windowTokens, countTokens);
  return window.end > window.start ? window : windowAt(text, 0, windowTokens, countTokens);
}
