/**
 * @file How a row gets to its answer, where a column of its own says so: shown beside the question, and learned from in
 * warm-up like the reasoning of a completion.
 */
import { type ColumnMapping, columnRoles } from '../../tasks/dataset/columns';

/** Names of such columns in lower case, the first that a row has is taken. */
export const reasoningColumns = [
  'reasoning',
  'rationale',
  'solution',
  'explanation',
  'cot',
  'chain_of_thought',
] as const;

/** As of a completion; more would not fit any response here. */
const maxCharacters = 20_000;

/**
 * The reasoning of a row as one line; null where it has none. A mapping that names its column means that one alone; a
 * column that it gives another role is none.
 * @param value the row as it stands in the file.
 */
export function columnReasoning(value: unknown, mapping: ColumnMapping | null): string | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  if (mapping?.reasoning != null)
    return Object.hasOwn(value, mapping.reasoning)
      ? textOf(Reflect.get(value, mapping.reasoning)) || null
      : null;
  const taken = new Set(mapping ? columnRoles.map((role) => mapping[role]) : []);
  const cells = new Map(
    Object.entries(value)
      .filter(([name]) => !taken.has(name))
      .map(([name, cell]) => [name.toLowerCase(), textOf(cell)]),
  );
  return reasoningColumns.map((name) => cells.get(name)).find(Boolean) ?? null;
}

/** Text, or a list of steps; the tags that models think between are no part of it. */
function textOf(cell: unknown): string {
  const steps: unknown[] = Array.isArray(cell) ? cell : [cell];
  if (!steps.every((step) => typeof step === 'string')) return '';
  const text = steps
    .join(' ')
    .slice(0, 2 * maxCharacters)
    .replace(/<\/?think>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return text.slice(0, maxCharacters);
}
