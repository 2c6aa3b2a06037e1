/**
 * @file Which columns of a data set hold context, question, answer, choices and reasoning, where a person says so. Column names are data:
 * they are compared, and shown as text, and never looked up but among a row's own properties.
 */
import { CodedError } from '../../errors';

export const columnRoles = ['context', 'question', 'answer', 'choices', 'reasoning'] as const;
export type ColumnRole = (typeof columnRoles)[number];

/** A column for each role; choices are a list in one column. Null where there are none of them, or no reasoning. */
export interface ColumnMapping {
  context: string;
  question: string;
  answer: string;
  choices: string | null;
  reasoning: string | null;
}

/** Longer names of columns are not offered. */
export const maxColumnName = 120;

const example = 'Say, for example, --map context=text,question=q,answer=a.';

/** A mapping from outside, or null where it is none. */
export function asMapping(value: unknown): ColumnMapping | null {
  if (typeof value !== 'object' || value === null) return null;
  const [context, question, answer, choices, reasoning] = columnRoles.map((role) =>
    Object.hasOwn(value, role) ? Reflect.get(value, role) : null,
  );
  if (!isName(context) || !isName(question) || !isName(answer)) return null;
  if (choices !== null && !isName(choices)) return null;
  if (reasoning !== null && !isName(reasoning)) return null;
  const mapping = { context, question, answer, choices, reasoning };
  return isDistinct(Object.values(mapping)) ? mapping : null;
}

/**
 * Reads `context=text,question=q,answer=a`, with `choices=…` and `reasoning=…` where there are any; JSON where a name has a comma.
 * @throws CodedError `import.map`.
 */
export function parseMapping(text: string): ColumnMapping {
  const mapping = asMapping(text.trim().startsWith('{') ? fromJson(text) : fromPairs(text));
  if (mapping) return mapping;
  throw refused(
    'It must name a column of its own for context, question and answer, and may for choices and reasoning.',
  );
}

function fromPairs(text: string): unknown {
  return Object.fromEntries(
    text.split(',').map((pair) => {
      const at = pair.indexOf('=');
      const role = pair.slice(0, at).trim();
      if (at < 0 || !columnRoles.some((known) => known === role))
        throw refused(`"${pair.slice(0, 60)}" is not one of ${columnRoles.join(', ')} = a column.`);
      return [role, pair.slice(at + 1).trim()];
    }),
  );
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refused('It is not JSON.');
  }
}

function refused(what: string): CodedError {
  return new CodedError('import.map', `The mapping of columns cannot be used. ${what}`, example);
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= maxColumnName;
}

function isDistinct(names: readonly (string | null)[]): boolean {
  const named = names.filter((name) => name !== null);
  return new Set(named).size === named.length;
}
