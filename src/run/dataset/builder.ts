/**
 * @file Rows → a data set: one document whose text is the rows' contexts one after the other, equal ones once, with the
 * questions beside it. A row that gives no question is left out with its reason and costs no other row.
 */
import { CodedError } from '../../errors';
import { type ColumnMapping, type ColumnRole, maxColumnName } from '../../tasks/dataset/columns';
import { columnsOf, type GivenRow, neededColumns, RowProblem, readRow } from '../../tasks/dataset/row';
import { verbatim } from '../../tasks/dataset/verbatim';
import type { Dataset, GivenQuestion, LongDocument, Span } from '../../tasks/types';
import { fingerprint } from '../document';
import { datasetLimits } from './limits';
import { columnReasoning } from './reasoning';
import { chooseRule } from './rule';
import { ShapeError, type ShapePreview } from './shape';

/** Rows left out whose reason is told. */
const toldReasons = 10;
/** Column names told. */
const toldColumns = 24;
/** Column names and rows that a person chooses by. */
const shownColumns = 64;
const shownRows = 3;
const shownCharacters = 160;
const betweenContexts = '\n\n';

export class DatasetBuilder {
  private readonly questions: GivenQuestion[] = [];
  private readonly contexts: string[] = [];
  private readonly windows = new Map<string, Span>();
  private readonly ids = new Set<string>();
  private readonly columns = new Set<string>();
  private readonly reasons: Dataset['reasons'] = [];
  private length = 0;
  private rows = 0;
  private leftOut = 0;
  /** The first rows as they are, for a person who has to say what their columns mean. */
  private readonly first: { line: number; value: unknown }[] = [];
  /** Where a column was first missed. */
  private missed: { line: number; role: ColumnRole } | null = null;

  private readonly mapping: ColumnMapping | null;

  /** @param mapping which columns are meant, where a person said so. */
  constructor(mapping: ColumnMapping | null = null) {
    this.mapping = mapping;
  }

  /** Notes columns of the file that rows may not show. */
  sees(columns: readonly string[]): void {
    for (const name of columns)
      if (this.columns.size < shownColumns && name.length <= maxColumnName) this.columns.add(name);
  }

  /** Takes a row as a question, or leaves it out with the reason. */
  add(line: number, value: unknown): void {
    this.sees(columnsOf(value));
    if (this.first.length < shownRows) this.first.push({ line, value });
    try {
      if (this.rows >= datasetLimits.rows)
        throw new RowProblem(`only the first ${datasetLimits.rows} rows are read`);
      const row = readRow(value, this.mapping);
      this.take(line, { ...row, reasoning: row.reasoning ?? columnReasoning(value, this.mapping) });
      this.rows++;
    } catch (error) {
      if (!(error instanceof RowProblem)) throw error;
      if (error.missing) this.missed ??= { line, role: error.missing };
      this.skip(line, error.message);
    }
  }

  /** Leaves `count` rows from `line` on out. */
  skip(line: number, reason: string, count = 1): void {
    this.rows += count;
    this.leftOut += count;
    if (this.reasons.length < toldReasons) this.reasons.push({ line, reason });
  }

  /** @throws CodedError `document.rows` where no row gave a question, ShapeError where that is for want of a known column. */
  finish(title: string): LongDocument {
    const { questions, rows, leftOut, reasons } = this;
    if (questions.length === 0) throw this.noQuestion(title);
    const text = this.contexts.join(betweenContexts);
    const asked = questions
      .map(({ text: question, answers }) => `${question}\n${answers.join('\n')}`)
      .join('\n');
    return {
      id: `imported-${fingerprint(text)}-${fingerprint(asked)}`,
      title,
      text,
      source: 'imported',
      dataset: { questions, rows, leftOut, reasons, ...(this.mapping && { columns: this.mapping }) },
    };
  }

  private take(line: number, row: GivenRow): void {
    const { family, answers } = chooseRule(row);
    const window = this.windowOf(row.context);
    const words = family === 'given-choice' ? chosen(row, answers) : answers;
    this.questions.push({
      id: this.idOf(row.id, line),
      family,
      text: row.question,
      answers,
      window,
      evidence: verbatim(row.context, words, window.start),
      ...(row.reasoning !== null && { reasoning: row.reasoning }),
      line,
    });
  }

  private windowOf(context: string): Span {
    const known = this.windows.get(context);
    if (known) return known;
    const start = this.contexts.length === 0 ? 0 : this.length + betweenContexts.length;
    const end = start + context.length;
    if (end > datasetLimits.characters)
      throw new RowProblem(
        `the contexts before it fill the ${datasetLimits.characters / 1e6} million characters that are read`,
      );
    const window = { start, end };
    this.contexts.push(context);
    this.windows.set(context, window);
    this.length = end;
    return window;
  }

  private idOf(given: string | null, line: number): string {
    const wanted = given ?? String(line);
    const id = this.ids.has(wanted) ? `${wanted}#${line}` : wanted;
    this.ids.add(id);
    return id;
  }

  private preview(columns: readonly string[]): ShapePreview['rows'] {
    return this.first.map(({ line, value }) => {
      const cells = new Map(Object.entries(typeof value === 'object' && value !== null ? value : {}));
      return { line, cells: columns.map((name) => shown(cells.get(name))) };
    });
  }

  private noQuestion(title: string): CodedError {
    const columns = [...this.columns];
    if (this.missed && columns.length > 0)
      return new ShapeError(title, this.missed, columns, this.preview(columns));
    const seen = columns
      .slice(0, toldColumns)
      .map((name) => name.slice(0, 40))
      .join(', ');
    const first = this.reasons.map(({ line, reason }) => `row ${line}: ${reason}`).slice(0, 3);
    return new CodedError(
      'document.rows',
      this.rows === 0
        ? `"${title}" holds no rows.`
        : `None of the ${this.rows} rows of "${title}" gives a question (${first.join('; ')}). Columns seen: ${seen || 'none'}.`,
      `Columns understood: ${neededColumns}.`,
    );
  }
}

/** A cell as text, cut. */
function shown(cell: unknown): string {
  const text = typeof cell === 'string' ? cell : (JSON.stringify(cell, plainNumbers) ?? '');
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text;
}

/** Parquet has whole numbers that JSON has not. */
function plainNumbers(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}

/** The words of the right choices, to be found in the context. */
function chosen({ choices }: GivenRow, letters: readonly string[]): string[] {
  return letters.flatMap((letter) => choices?.[letter.charCodeAt(0) - 65] ?? []);
}
