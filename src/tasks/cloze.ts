/**
 * @file Cloze: any text asks its own questions. A name, number or term of a line is left out; the words around it say
 * which one is meant.
 *
 * The fragment stays inside one line and away from the line's first word, because there the tokens of the document
 * and of the one-line question would differ and copying would fail.
 */
import { type Chunk, chunksOf, type WordClass } from './chunks';
import type { QuestionDraft } from './draft';
import { onceIn } from './occurrences';
import type { Random } from './random';
import type { Span } from './types';

export const BLANK = '____';

/** A place that can be left out, with the fragment around it, as ranges into the text. */
export interface Blank {
  answer: Span;
  fragment: Span;
  wordClass: WordClass;
  /** How good a question it makes: class, distractors in the window, how short a left context already decides. */
  score: number;
}

const MIN_LEFT_WORDS = 3;
const MAX_LEFT_WORDS = 8;
const MAX_LEFT_CHARACTERS = 80;
const MAX_RIGHT_CHARACTERS = 40;
const MAX_ANSWER_CHARACTERS = 32;
const MAX_ANSWER_WORDS = 3;

const CLASS_SCORE: Record<WordClass, number> = { name: 3, number: 3, term: 1.5, other: 0 };

/** All blanks of a window whose left context occurs only once in it. */
export function blanksIn(text: string, window: Span, random: Random): Blank[] {
  const lines: Chunk[][] = [];
  for (let start = window.start; start < window.end; ) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? window.end : Math.min(newline, window.end);
    lines.push(chunksOf(text, start, end));
    start = end + 1;
  }
  const counts: Record<WordClass, number> = { name: 0, number: 0, term: 0, other: 0 };
  for (const chunk of lines.flat()) counts[chunk.wordClass]++;
  const isUnique = onceIn(text.slice(window.start, window.end));
  const blanks: Blank[] = [];
  for (const line of lines) {
    for (let i = 0; i < line.length; i++) {
      const blank = blankAt(text, window, isUnique, line, i, random);
      if (blank === null) continue;
      blank.score += Math.min(counts[blank.wordClass] - 1, 4) / 4;
      blanks.push(blank);
    }
  }
  return blanks;
}

function blankAt(
  text: string,
  window: Span,
  isUnique: (piece: string) => boolean,
  line: Chunk[],
  i: number,
  random: Random,
): Blank | null {
  const { word, wordClass, glued } = line[i];
  if (word === null || CLASS_SCORE[wordClass] === 0) return null;
  const previous = line[i - 1];
  if (previous === undefined) return null;
  if (!(glued && previous.glued) && text.slice(previous.end, word.start) !== ' ') return null;
  // A run of names is one answer and is asked for from its first word.
  if (wordClass === 'name' && previous.wordClass === 'name' && !previous.final && !glued) return null;
  let last = i;
  if (wordClass === 'name' && !glued) {
    while (last - i + 1 < MAX_ANSWER_WORDS && joinsRun(text, line[last], line[last + 1])) last++;
  }
  const answer = { start: word.start, end: line[last].word?.end ?? word.end };
  if (answer.end - answer.start > MAX_ANSWER_CHARACTERS) return null;

  const opensLine = line[0].start === window.start || text[line[0].start - 1] !== ' ';
  const available = i - (opensLine && !glued ? 1 : 0);
  if (available < MIN_LEFT_WORDS) return null;
  let leftWords = Math.min(random.between(5, MAX_LEFT_WORDS), available);
  while (leftWords > MIN_LEFT_WORDS && answer.start - line[i - leftWords].start > MAX_LEFT_CHARACTERS)
    leftWords--;
  const left = text.slice(line[i - leftWords].start, answer.start);
  if (left.length > MAX_LEFT_CHARACTERS || left.includes('__') || !isUnique(left)) return null;

  const end = rightEnd(line, last, answer.end, random);
  const near = text.slice(line[i - 2].start, answer.start);
  const decided = isUnique(near) ? 2 : isUnique(text.slice(line[i - 3].start, answer.start)) ? 1 : 0;
  return {
    answer,
    fragment: { start: line[i - leftWords].start, end },
    wordClass,
    score: CLASS_SCORE[wordClass] + decided,
  };
}

const joinsRun = (text: string, chunk: Chunk, next: Chunk | undefined): boolean =>
  next !== undefined &&
  next.word !== null &&
  next.wordClass === 'name' &&
  chunk.word?.end === chunk.end &&
  text.slice(chunk.end, next.start) === ' ';

/** Two or three chunks after the answer, not past the end of its sentence. */
function rightEnd(line: readonly Chunk[], last: number, answerEnd: number, random: Random): number {
  const limit = answerEnd + MAX_RIGHT_CHARACTERS;
  const count = random.between(2, 3);
  if (line[last].end > limit) return answerEnd;
  let end = line[last].end;
  for (let j = last; j < Math.min(line.length, last + count + 1) && line[j].end <= limit; j++) {
    end = line[j].end;
    if (line[j].final) break;
  }
  return end;
}

/** The blank that best joins quality and nearness to a depth in [0, 1] of the window. */
export function chooseBlank(blanks: readonly Blank[], window: Span, depth: number): Blank | null {
  let best: Blank | null = null;
  let bestValue = Number.NEGATIVE_INFINITY;
  for (const blank of blanks) {
    const at = (blank.answer.start - window.start) / (window.end - window.start);
    const value = blank.score - 8 * Math.abs(at - depth);
    if (value > bestValue) [best, bestValue] = [blank, value];
  }
  return best;
}

/** The question of a blank; its reasoning restates the fragment with the answer in place. */
export function clozeQuestion(text: string, blank: Blank): QuestionDraft {
  const { fragment, answer } = blank;
  const left = text.slice(fragment.start, answer.start);
  const right = text.slice(answer.end, fragment.end);
  return {
    family: 'cloze',
    text: `Fill the blank: ${left}${BLANK}${right}`,
    answers: [text.slice(answer.start, answer.end)],
    evidence: [{ ...answer }],
    reasoning: ` ${text.slice(fragment.start, fragment.end)}`,
  };
}
