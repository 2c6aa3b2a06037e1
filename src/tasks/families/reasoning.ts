/**
 * @file Reasoning to learn from: what is looked for (sub-goal), what the text says (grounding), a wrong turn taken back
 * (backtracking) and a last look (verification), in short sentences. Statements are repeated word for word, so that
 * reasoning is finding and copying.
 */

export interface ReasoningStep {
  /** What is looked for, such as `the author`. */
  goal: string;
  /** The statement of the text; absent where the text has none. */
  statement?: string;
  /** A statement about something else that is read first and given up. */
  wrongTurn?: { statement: string; about: string; instead: string };
}

/** Opens with a space, as text after a special token does. */
export function reason(steps: readonly ReasoningStep[], check: string): string {
  const sentences = steps.flatMap(({ goal, statement, wrongTurn }, i) => [
    `${i === 0 ? 'First' : 'Next'}, find ${goal}.`,
    ...(wrongTurn
      ? [
          `The text says ${wrongTurn.statement}.`,
          `Wait, that is ${wrongTurn.about}, not ${wrongTurn.instead}.`,
        ]
      : []),
    statement === undefined ? 'The text does not say it.' : `The text says ${statement}.`,
  ]);
  return ` ${[...sentences, `Check: ${check}`].join(' ')}`;
}
