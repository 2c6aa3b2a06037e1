/** @file Questions on a document: draw a window, then ask for something that stands in it. */
import { blanksIn, chooseBlank, clozeQuestion } from './cloze';
import type { QuestionDraft } from './draft';
import { TaskError } from './errors';
import { factQuestion, factsIn } from './fact-questions';
import { hasFacts } from './facts';
import { Random } from './random';
import type { DocumentFamily, DocumentQuestion, LongDocument, Span } from './types';
import { type CountTokens, drawWindow } from './windows';

export interface QuestionOptions {
  /** The window holds at most this many tokens. */
  windowTokens: number;
  count: number;
  seed: number;
  /** Wanted families. Those a document cannot serve are left out; cloze remains where none does. */
  families?: readonly DocumentFamily[];
  countTokens: CountTokens;
}

const ALL_FAMILIES: readonly DocumentFamily[] = ['cloze', 'lookup', 'two-hop', 'sum'];
const checkedDocuments = new WeakSet<LongDocument>();

const MIN_WINDOW_TOKENS = 16;
const MAX_ATTEMPTS = 48;
/** Attempts after which a question that was already asked is taken rather than none. */
const ATTEMPTS_FOR_NEW = 24;

/**
 * `count` questions, deterministic in (document, options). A short text may give fewer, never none.
 *
 * @throws TaskError `document.empty`, `document.binary`, `document.too_short`, `questions.invalid_options`.
 */
export function makeQuestions(document: LongDocument, options: QuestionOptions): DocumentQuestion[] {
  checkOptions(options);
  // A task source asks the same document for one question at a time.
  if (!checkedDocuments.has(document)) checkText(document.text);
  checkedDocuments.add(document);
  const questions: DocumentQuestion[] = [];
  const asked = new Set<string>();
  for (let index = 0; index < options.count; index++) {
    const question = makeQuestion(document, options, index, asked);
    if (question === null) break;
    questions.push(question);
  }
  if (questions.length === 0 && options.count > 0) {
    throw new TaskError(
      'document.too_short',
      'No question could be made from this text: it has no line with a name, number or term among other words.',
      'Choose a longer text of whole sentences.',
    );
  }
  return questions;
}

function makeQuestion(
  document: LongDocument,
  options: QuestionOptions,
  index: number,
  asked: Set<string>,
): DocumentQuestion | null {
  const { windowTokens, seed, countTokens } = options;
  const families = servedFamilies(document, options.families ?? ALL_FAMILIES);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const random = new Random(seed, index, attempt);
    const window = drawWindow(document.text, windowTokens, random, countTokens);
    const draft = questionIn(document, window, random.pick(families), random);
    if (draft === null) continue;
    const key = `${draft.text}@${draft.evidence.map((span) => span.start).join(',')}`;
    if (asked.has(key) && attempt < ATTEMPTS_FOR_NEW) continue;
    asked.add(key);
    return { id: `${document.id}:${seed}:${index}`, documentId: document.id, ...draft, window };
  }
  return null;
}

/** One question of a family about a window, or null where the window allows none. */
export function questionIn(
  document: LongDocument,
  window: Span,
  family: DocumentFamily,
  random: Random,
): QuestionDraft | null {
  if (window.end <= window.start) return null;
  if (family === 'cloze') {
    const blank = chooseBlank(blanksIn(document.text, window, random), window, random.float());
    return blank && clozeQuestion(document.text, blank);
  }
  return hasFacts(document) ? factQuestion(document, factsIn(document, window), family, random) : null;
}

function servedFamilies(
  document: LongDocument,
  wanted: readonly DocumentFamily[],
): readonly DocumentFamily[] {
  if (hasFacts(document)) return wanted.length > 0 ? wanted : ALL_FAMILIES;
  return ['cloze'];
}

function checkOptions({ windowTokens, count }: QuestionOptions): void {
  if (
    Number.isInteger(windowTokens) &&
    windowTokens >= MIN_WINDOW_TOKENS &&
    Number.isInteger(count) &&
    count >= 0
  ) {
    return;
  }
  throw new TaskError(
    'questions.invalid_options',
    `A window of ${windowTokens} tokens and ${count} questions is not possible.`,
    `Use at least ${MIN_WINDOW_TOKENS} tokens and a whole number of questions.`,
  );
}

/** Share of sampled characters that no written text holds, above which a file counts as binary. */
const MAX_CONTROL_SHARE = 0.05;
const SAMPLE_CHARACTERS = 4096;
const SAMPLES = 16;

/**
 * Refuses what is no text to ask about. Looks at samples only, so a large text costs no more than a small one.
 *
 * @throws TaskError `document.empty`, `document.binary`.
 */
export function checkText(text: string): void {
  if (!/\S/.test(text)) {
    throw new TaskError(
      'document.empty',
      'This file holds no text.',
      'Choose a .txt or .md file with some text in it.',
    );
  }
  const step = Math.max(SAMPLE_CHARACTERS, Math.floor(text.length / SAMPLES));
  let seen = 0;
  let control = 0;
  for (let start = 0; start < text.length; start += step) {
    const piece = text.slice(start, start + SAMPLE_CHARACTERS);
    seen += piece.length;
    // Control characters other than tab, line feed, form feed and carriage return, and the replacement character.
    for (const unit of piece) if (isControl(unit.charCodeAt(0))) control++;
  }
  if (control / seen > MAX_CONTROL_SHARE) {
    throw new TaskError(
      'document.binary',
      'This file is not plain text.',
      'Save it as UTF-8 text (.txt or .md) and choose that file.',
    );
  }
}

function isControl(code: number): boolean {
  if (code === 9 || code === 10 || code === 12 || code === 13) return false;
  return code < 32 || code === 127 || code === 0xfffd;
}
