/**
 * @file Counts the paper's four reasoning behaviours (section 4.3) in answers by their phrases: an approximation, where the
 * paper asks a large model.
 */
import {
  type Behaviour,
  type BehaviourPatterns,
  behaviours,
  defaultBehaviourPatterns,
  normaliseWord,
  type PatternElement,
  parsePattern,
} from './behaviour-patterns';

/** Where an answer shows a behaviour; characters [start, end) of the phrase. */
export interface BehaviourInstance {
  behaviour: Behaviour;
  start: number;
  end: number;
}

export type BehaviourCounts = Record<Behaviour, number>;

/** Most words a gap stands for. */
const gapWords = 4;

interface Word {
  text: string;
  start: number;
  end: number;
}

interface Phrase {
  behaviour: Behaviour;
  elements: readonly PatternElement[];
}

/** A counter for one pattern list; building it costs more than using it. */
export class BehaviourCounter {
  /** Phrases by their first word. */
  private readonly phrases = new Map<string, Phrase[]>();

  /** @throws CodedError `behaviours.pattern`. */
  constructor(patterns: BehaviourPatterns = defaultBehaviourPatterns) {
    for (const behaviour of behaviours) {
      for (const pattern of patterns[behaviour]) {
        const elements = parsePattern(pattern);
        // A phrase never begins with a gap.
        for (const word of elements[0] ?? [])
          this.phrases.set(word, [...(this.phrases.get(word) ?? []), { behaviour, elements }]);
      }
    }
  }

  /** The places that show a behaviour: the first of each behaviour in each sentence, in text order. */
  find(text: string): BehaviourInstance[] {
    return sentences(text).flatMap((words) => {
      const found = new Map<Behaviour, BehaviourInstance>();
      for (let at = 0; at < words.length; at++) {
        for (const { behaviour, elements } of this.phrases.get(words[at].text) ?? []) {
          if (found.has(behaviour)) continue;
          const last = matchEnd(words, at, elements, 0);
          if (last !== null)
            found.set(behaviour, { behaviour, start: words[at].start, end: words[last].end });
        }
      }
      return [...found.values()];
    });
  }

  /** Sentences of `text` that show each behaviour. */
  count(text: string): BehaviourCounts {
    const counts: BehaviourCounts = { ground: 0, subgoal: 0, verify: 0, backtrack: 0 };
    for (const { behaviour } of this.find(text)) counts[behaviour]++;
    return counts;
  }

  /** Mean counts per answer under the names `behavior/…`; nothing for no answers. */
  metrics(texts: readonly string[]): Record<string, number> {
    if (texts.length === 0) return {};
    const counts = texts.map((text) => this.count(text));
    return Object.fromEntries(
      behaviours.map((behaviour) => [
        behaviourMetric(behaviour),
        counts.reduce((sum, count) => sum + count[behaviour], 0) / texts.length,
      ]),
    );
  }
}

/** Canonical metric name of a behaviour's mean count per answer. */
export function behaviourMetric(behaviour: Behaviour): string {
  return `behavior/${behaviour}`;
}

/** Words by sentence; a sentence ends at . ! ? ; or a line break. */
function sentences(text: string): Word[][] {
  const found: Word[][] = [[]];
  for (const match of text.matchAll(/[\p{L}\p{N}]+(?:['’]\p{L}+)*|[.!?;\n]/gu)) {
    const [piece] = match;
    if (/^[.!?;\n]$/.test(piece)) found.push([]);
    else
      found[found.length - 1].push({
        text: normaliseWord(piece),
        start: match.index,
        end: match.index + piece.length,
      });
  }
  return found;
}

/** Index of the last word of a match that begins at word `at`, or null. Gaps take as few words as they can. */
function matchEnd(
  words: readonly Word[],
  at: number,
  elements: readonly PatternElement[],
  from: number,
): number | null {
  let place = at;
  for (let i = from; i < elements.length; i++) {
    const element = elements[i];
    if (element === null) {
      for (let skipped = 0; skipped <= gapWords; skipped++) {
        const end = matchEnd(words, place + skipped, elements, i + 1);
        if (end !== null) return end;
      }
      return null;
    }
    if (place >= words.length || !element.includes(words[place].text)) return null;
    place++;
  }
  return place - 1;
}
