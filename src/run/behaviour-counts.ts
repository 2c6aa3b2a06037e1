/** @file Reasoning behaviours of answers as a person reads them: phrase lists as lines of text, counts, and where they stand. */
import {
  type Behaviour,
  type BehaviourPatterns,
  behaviours,
  defaultBehaviourPatterns,
  parseBehaviourPatterns,
} from '../evaluation/behaviour-patterns';
import { BehaviourCounter, type BehaviourInstance, behaviourMetric } from '../evaluation/behaviours';

export { behaviourMetric, behaviours };

/** Phrases by behaviour, one a line. */
export type PatternLines = Readonly<Record<Behaviour, string>>;

/** A list as lines of text; without one, the list that counts unless another is given. */
export function patternLines(patterns: BehaviourPatterns = defaultBehaviourPatterns): PatternLines {
  const { ground, subgoal, verify, backtrack } = patterns;
  return {
    ground: ground.join('\n'),
    subgoal: subgoal.join('\n'),
    verify: verify.join('\n'),
    backtrack: backtrack.join('\n'),
  };
}

/** The list that lines say; empty ones are left out. @throws CodedError `behaviours.list`, `behaviours.pattern`. */
export function patternsOfLines(lines: PatternLines): BehaviourPatterns {
  const phrases = (text: string) =>
    text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
  return parseBehaviourPatterns(
    Object.fromEntries(behaviours.map((behaviour) => [behaviour, phrases(lines[behaviour])])),
  );
}

export interface CountedAnswer<T> {
  answer: T;
  /** In the order of its text. */
  found: readonly BehaviourInstance[];
}

export interface BehaviourCount<T> {
  behaviour: Behaviour;
  /** Sentences of all answers that show it. */
  sentences: number;
  /** Sentences per answer: what the metric `behavior/…` says; NaN for no answers. */
  mean: number;
  /** The answers that show it, in their order, with every behaviour found in them. */
  answers: readonly CountedAnswer<T>[];
}

/** Counts by behaviour over answers, each with the answers behind it. @throws CodedError `behaviours.pattern`. */
export function countBehaviours<T extends { text: string }>(
  answers: readonly T[],
  patterns: BehaviourPatterns,
): BehaviourCount<T>[] {
  const counter = new BehaviourCounter(patterns);
  const counted = answers.map((answer) => ({ answer, found: counter.find(answer.text) }));
  return behaviours.map((behaviour) => {
    const shows = (instance: BehaviourInstance) => instance.behaviour === behaviour;
    const sentences = counted.reduce((sum, { found }) => sum + found.filter(shows).length, 0);
    return {
      behaviour,
      sentences,
      mean: sentences / answers.length,
      answers: counted.filter(({ found }) => found.some(shows)),
    };
  });
}
