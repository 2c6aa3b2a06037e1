/** @file A data set read back from a run folder, which may come from outside: everything is checked before it is used. */
import { asMapping } from '../../tasks/dataset/columns';
import type { Dataset, GivenFamily, GivenQuestion, Span } from '../../tasks/types';
import { datasetLimits } from './limits';

const families: readonly unknown[] = ['given-text', 'given-number', 'given-choice'] satisfies GivenFamily[];

/** The data set of a document with `characters` characters, or null where it is not one. */
export function storedDataset(value: unknown, characters: number): Dataset | null {
  if (!isRecord(value)) return null;
  const { questions, rows, leftOut, reasons } = value;
  const columns = asMapping(value.columns);
  const whole =
    Array.isArray(questions) &&
    questions.length > 0 &&
    questions.length <= datasetLimits.rows &&
    questions.every((question) => isQuestion(question, characters)) &&
    isCount(rows) &&
    isCount(leftOut) &&
    Array.isArray(reasons) &&
    reasons.every((told) => isRecord(told) && isCount(told.line) && typeof told.reason === 'string');
  // Every field was checked; what else the record holds is not taken.
  return whole
    ? {
        questions: questions.map(
          ({
            id,
            family,
            text,
            answers,
            window,
            evidence,
            reasoning,
            line,
          }: GivenQuestion): GivenQuestion => ({
            id,
            family,
            text,
            answers,
            window,
            evidence,
            ...(reasoning !== undefined && { reasoning }),
            line,
          }),
        ),
        rows,
        leftOut,
        reasons: reasons as Dataset['reasons'],
        ...(columns && { columns }),
      }
    : null;
}

function isQuestion(value: unknown, characters: number): value is GivenQuestion {
  if (!isRecord(value)) return false;
  const { id, family, text, answers, window, evidence, reasoning, line } = value;
  return (
    typeof id === 'string' &&
    families.includes(family) &&
    typeof text === 'string' &&
    Array.isArray(answers) &&
    answers.length > 0 &&
    answers.every((answer) => typeof answer === 'string') &&
    isSpan(window, 0, characters) &&
    Array.isArray(evidence) &&
    evidence.every((span) => isSpan(span, window.start, window.end)) &&
    (reasoning === undefined || typeof reasoning === 'string') &&
    isCount(line)
  );
}

function isSpan(value: unknown, from: number, to: number): value is Span {
  if (!isRecord(value)) return false;
  const { start, end } = value;
  return isCount(start) && isCount(end) && from <= start && start < end && end <= to;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
