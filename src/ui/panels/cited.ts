/** @file What an answer copied from the text it read: runs of equal words, whatever their case and punctuation. */
import type { Span } from '../../tasks/types';

export interface Word {
  text: string;
  start: number;
  end: number;
}

export interface Citations {
  /** Ranges of the document, sorted, without overlap. */
  spans: Span[];
  /** Words of the answer that stand in one of them, of all its words. */
  copied: number;
  words: number;
}

/** Shorter runs are found everywhere and say nothing. */
const leastWords = 3;

/** Letters and digits in a row, lower case, with their places in the text. */
export function wordsOf(text: string, from = 0, to = text.length): Word[] {
  return [...text.slice(from, to).matchAll(/[\p{L}\p{N}]+/gu)].map((match) => ({
    text: match[0].toLowerCase(),
    start: from + match.index,
    end: from + match.index + match[0].length,
  }));
}

/** At each place of the document the longest run that also stands in the answer, of at least three words. */
export function citations(answer: string, document: readonly Word[]): Citations {
  const said = wordsOf(answer);
  const places = new Map<string, number[]>();
  for (let a = 0; a + leastWords <= said.length; a++) {
    const key = keyAt(said, a);
    const known = places.get(key);
    if (known) known.push(a);
    else places.set(key, [a]);
  }
  const spans: Span[] = [];
  const copied = new Set<number>();
  let d = 0;
  while (d + leastWords <= document.length) {
    let longest = 0;
    let begin = 0;
    for (const a of places.get(keyAt(document, d)) ?? []) {
      let length = leastWords;
      while (
        a + length < said.length &&
        d + length < document.length &&
        said[a + length].text === document[d + length].text
      )
        length++;
      if (length > longest) [longest, begin] = [length, a];
    }
    if (longest === 0) {
      d++;
      continue;
    }
    spans.push({ start: document[d].start, end: document[d + longest - 1].end });
    for (let i = 0; i < longest; i++) copied.add(begin + i);
    d += longest;
  }
  return { spans, copied: copied.size, words: said.length };
}

function keyAt(words: readonly Word[], at: number): string {
  return `${words[at].text} ${words[at + 1].text} ${words[at + 2].text}`;
}
