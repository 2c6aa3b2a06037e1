/** @file A first proposal of which column is which, for a person to change. */
import type { ColumnMapping, ColumnRole } from '../../tasks/dataset/columns';

export { asMapping, columnRoles } from '../../tasks/dataset/columns';

/** What each role is often called, as part of a column's name. */
const hints: Readonly<Record<ColumnRole, RegExp>> = {
  context: /context|text|passage|document|article|body|content|story/i,
  question: /^q$|question|query|ask|prompt|instruction|input/i,
  answer: /^a$|answer|target|label|gold|output|response|truth|solution/i,
  choices: /choice|option|candidate/i,
  reasoning: /reason|rationale|explanation|thought|^cot$/i,
};

/**
 * By the columns' names, and the longest cells as the context.
 * @param lengths characters of each column's cells in the first rows.
 */
export function guessMapping(columns: readonly string[], lengths: readonly number[]): Partial<ColumnMapping> {
  const free = new Set(columns);
  const take = (role: ColumnRole): string | undefined => {
    const found = columns.find((name) => free.has(name) && hints[role].test(name));
    if (found !== undefined) free.delete(found);
    return found;
  };
  const [reasoning, question, answer, choices] = [
    take('reasoning'),
    take('question'),
    take('answer'),
    take('choices'),
  ];
  const longest = columns
    .filter((name) => free.has(name))
    .sort((a, b) => lengths[columns.indexOf(b)] - lengths[columns.indexOf(a)])[0];
  return {
    context: take('context') ?? longest,
    question,
    answer,
    choices: choices ?? null,
    reasoning: reasoning ?? null,
  };
}
