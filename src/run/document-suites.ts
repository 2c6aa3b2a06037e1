/**
 * @file The suites of one document, one a question family: held-out questions at any length and depth. A data set is one
 * suite, of its own questions; a depth then chooses among those whose answer stands in the text.
 */
import { CodedError } from '../errors';
import { cellSeed } from '../evaluation/suites';
import type { EvaluationCell, EvaluationSuite } from '../evaluation/types';
import type { PolicyTokenizer } from '../policy/tokenizer';
import { hasFacts } from '../tasks/facts';
import type { DocumentFamily, LongDocument, Question } from '../tasks/types';
import { type DatasetDocument, givenSource, isDataset } from './given-source';
import { taskSource } from './task-source';

/** Tokens of a prompt kept for template and question. */
const questionRoom = 64;
/** A depth is met at least this closely, as a share of the window. */
const depthTolerance = 0.125;
/** Evidence of a given depth is found by drawing windows; more draws than a fit at one depth in eight and one place in five needs. */
const depthDraws = 640;
/** A text is counted up to here to see at once that it is too short for a length. */
const countedCharacters = 400_000;

/** Name of the suite of a data set. */
export const givenSuite = 'given';

/** Suites that `document` can serve; an imported text has no facts and serves cloze alone, a data set its questions. */
export function documentSuites(
  document: LongDocument,
  tokenizer: PolicyTokenizer,
  seed: number,
): EvaluationSuite[] {
  if (isDataset(document))
    return [{ name: givenSuite, item: (cell, index) => givenItem(document, tokenizer, seed, cell, index) }];
  const families: DocumentFamily[] = hasFacts(document) ? ['cloze', 'lookup', 'two-hop', 'sum'] : ['cloze'];
  const tokens = tokenizer.countTokens(document.text.slice(0, countedCharacters));
  return families.map((family) => ({
    name: family,
    item: (cell, index) => {
      if (tokens <= cell.bucket / 2 && document.text.length <= countedCharacters) throw noItem(family, cell);
      return cellItem(document, tokenizer, family, seed, cell, index);
    },
  }));
}

/** Questions whose prompt is longer than half the bucket; where there are fewer than are asked, they come again. */
function givenItem(
  document: DatasetDocument,
  tokenizer: PolicyTokenizer,
  seed: number,
  cell: EvaluationCell,
  index: number,
) {
  const { bucket, depth } = cell;
  const source = givenSource(document, tokenizer, {
    seed: cellSeed(seed, cell),
    part: 'held-out',
    maxPromptTokens: bucket,
    fixedParts: true,
    accept: (question, tokens) => tokens > bucket / 2 && (depth === null || isAtDepth(question, depth)),
  });
  try {
    return source.item(index);
  } catch (cause) {
    const found = cause instanceof CodedError && searchFailed.includes(cause.code);
    throw found ? noItem(givenSuite, cell, cause) : cause;
  }
}

function isAtDepth(question: Pick<Question, 'window' | 'evidence'>, depth: number): boolean {
  return question.evidence.length > 0 && Math.abs(evidenceDepth(question) - depth) <= depthTolerance;
}

function cellItem(
  document: LongDocument,
  tokenizer: PolicyTokenizer,
  family: DocumentFamily,
  seed: number,
  cell: EvaluationCell,
  index: number,
) {
  const { bucket, depth } = cell;
  const source = taskSource(document, tokenizer, {
    windowTokens: Math.max(Math.ceil(bucket / 2), bucket - questionRoom),
    families: [family],
    seed: cellSeed(seed, cell),
    part: 'held-out',
    maxPromptTokens: bucket,
    draws: depthDraws,
    accept: (question, tokens) => tokens > bucket / 2 && (depth === null || isAtDepth(question, depth)),
  });
  try {
    return source.item(index);
  } catch (cause) {
    const found = cause instanceof CodedError && searchFailed.includes(cause.code);
    throw found ? noItem(family, cell, cause) : cause;
  }
}

const searchFailed = ['document.prompt_too_long', 'document.too_short'];

function noItem(
  family: DocumentFamily | typeof givenSuite,
  { bucket, depth }: EvaluationCell,
  cause?: unknown,
): CodedError {
  return new CodedError(
    'evaluation.no_item',
    `This text gives no ${family} question of ${bucket} tokens${depth === null ? '' : ` at depth ${depth}`}.`,
    'Choose a longer text, or shorter lengths.',
    { cause },
  );
}

/** Where the evidence stands in the window: 0 at its start, 1 at its end; the mean over several places. */
export function evidenceDepth({ window, evidence }: Pick<Question, 'window' | 'evidence'>): number {
  const depths = evidence.map(({ start, end }) => {
    // The room the span leaves free, so that a span at the very end has depth 1.
    const free = window.end - window.start - (end - start);
    return free > 0 ? (start - window.start) / free : 0;
  });
  return depths.reduce((sum, depth) => sum + depth, 0) / depths.length;
}
