/**
 * @file Values and texts as bash, Hydra and Python read them. Whatever comes from outside (a title, a path) passes one of
 * these, so that it is always one word, one literal or one comment line.
 */

/** A value of a setting in another tool's configuration. */
export type Literal = string | number | boolean | readonly Literal[] | { readonly [name: string]: Literal };

/** One word of bash, whatever the text holds. NUL, which no argument can carry, is left out. */
export function shellWord(text: string): string {
  return `'${text.replaceAll('\0', '').replaceAll("'", `'\\''`)}'`;
}

/** Names that Hydra's grammar reads as one string without quotes. */
const hydraName = /^[A-Za-z_][\w.-]*$/;

/**
 * A value in Hydra's override grammar: True, 0.2, [0.9,0.999], {eps:1e-8}, a name.
 * @throws RangeError for free text, whose quoting Hydra resolves further (`${}`); such text goes by the environment.
 */
export function hydraValue(value: Literal): string {
  if (typeof value === 'string') {
    if (!hydraName.test(value)) throw new RangeError('Only names can stand in a Hydra override.');
    return value;
  }
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return String(value);
  if (isList(value)) return `[${value.map(hydraValue).join(',')}]`;
  return `{${Object.entries(value)
    .map(([name, each]) => `${hydraValue(name)}:${hydraValue(each)}`)
    .join(',')}}`;
}

/** A value as a Python literal; JSON's strings are Python's too. */
export function pythonLiteral(value: Literal): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return String(value);
  if (isList(value)) return `[${value.map(pythonLiteral).join(', ')}]`;
  return `{${Object.entries(value)
    .map(([name, each]) => `${JSON.stringify(name)}: ${pythonLiteral(each)}`)
    .join(', ')}}`;
}

/** Characters of a text from outside in a comment. */
const maxCommentCharacters = 160;

/** A text as one line of a comment: no line breaks of any kind, no control or direction marks, bounded. */
export function commentText(text: string): string {
  const plain = text.replace(/[\p{C}\p{Z}]+/gu, ' ').trim();
  return plain.length > maxCommentCharacters ? `${plain.slice(0, maxCommentCharacters)}…` : plain;
}

function isList(
  value: readonly Literal[] | { readonly [name: string]: Literal },
): value is readonly Literal[] {
  return Array.isArray(value);
}
