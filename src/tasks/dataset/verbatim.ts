/** @file Where an answer stands word for word in a text: the evidence of a question that came without any. */
import { UNSPACED } from '../chunks';
import type { Span } from '../types';

/** Places of one question at most; an answer that stands everywhere says nothing. */
const maxPlaces = 8;
/** Answers about the text as a whole; the same word in it is no evidence. */
const closed = new Set(['yes', 'no', 'true', 'false', 'unanswerable', 'none']);

/** The first places of the answers as whole words of `text`, ascending and apart, moved by `offset`. */
export function verbatim(text: string, answers: readonly string[], offset = 0): Span[] {
  const found: Span[] = [];
  for (const answer of answers) {
    if (answer === '' || closed.has(answer.toLowerCase())) continue;
    for (let at = text.indexOf(answer); at >= 0 && found.length < maxPlaces; ) {
      const end = at + answer.length;
      const isFree = found.every((span) => end <= span.start || at >= span.end);
      if (isFree && isWhole(text, at, end)) found.push({ start: at, end });
      at = text.indexOf(answer, end);
    }
  }
  return found
    .sort((a, b) => a.start - b.start)
    .map(({ start, end }) => ({ start: start + offset, end: end + offset }));
}

/** Neither end cuts a word or a number. */
function isWhole(text: string, start: number, end: number): boolean {
  return (
    !(isWord(text[start]) && isWord(text[start - 1])) &&
    !(isWord(text[end - 1]) && isWord(text[end])) &&
    !(/\d/.test(text[start]) && /\d[.,]$/.test(text.slice(Math.max(0, start - 2), start))) &&
    !(/\d/.test(text[end - 1]) && /^[.,]\d/.test(text.slice(end, end + 2)))
  );
}

function isWord(unit: string | undefined): boolean {
  return unit !== undefined && /[\p{L}\p{N}]/u.test(unit) && !UNSPACED.test(unit);
}
