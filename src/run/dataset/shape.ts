/** @file The refusal of a file whose columns nobody knows: it carries what a person needs to say which is which. */
import { CodedError } from '../../errors';
import type { ColumnRole } from '../../tasks/dataset/columns';
import { neededColumns } from '../../tasks/dataset/row';

/** The first rows as text, a cell a column. */
export interface ShapePreview {
  columns: string[];
  rows: { line: number; cells: string[] }[];
}

/** Column names told in a sentence. */
const toldColumns = 12;
const toldCharacters = 40;

/** `import.shape`: no row gave a question, since none has a column that is known to hold one of its parts. */
export class ShapeError extends CodedError {
  readonly preview: ShapePreview;

  constructor(
    title: string,
    { line, role }: { line: number; role: ColumnRole },
    columns: string[],
    rows: ShapePreview['rows'],
  ) {
    const names = columns.slice(0, toldColumns).map((name) => name.slice(0, toldCharacters));
    const more = columns.length > toldColumns ? `, and ${columns.length - toldColumns} more` : '';
    super(
      'import.shape',
      `"${title}", line ${line}: no ${role}. Found keys: ${names.join(', ')}${more}.`,
      `Say which columns are meant: on the command line by --map context=…,question=…,answer=…. Understood by name: ${neededColumns}.`,
    );
    this.preview = { columns, rows };
  }
}
