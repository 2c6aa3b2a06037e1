/**
 * @file Questions on one document without end, as prompts. A question belongs to the training or to the held-out part by
 * where its evidence stands, all of it: a question with evidence in both parts belongs to neither, so that training
 * never sees a place that a held-out question needs. A document too short for two parts gives the same questions to both.
 */
import { CodedError } from '../errors';
import type { PolicyTokenizer } from '../policy/tokenizer';
import type { LengthBracket } from '../rl/curriculum';
import type { PromptItem, TaskSource } from '../rl/types';
import { makeQuestions, questionIn } from '../tasks/questions';
import { Random } from '../tasks/random';
import type { DocumentFamily, DocumentQuestion, LongDocument, Span } from '../tasks/types';

export type Part = 'train' | 'held-out';

export interface TaskSourceOptions {
  windowTokens: number;
  families: readonly DocumentFamily[];
  seed: number;
  part: Part;
  /** Longer prompts are not drawn; tokens. */
  maxPromptTokens: number;
  /** Only questions for which this holds are drawn. */
  accept?(question: DocumentQuestion, promptTokens: number): boolean;
  /** Draws until a question of the wanted part comes [64]; after them any that fits is taken. */
  draws?: number;
}

/** One evidence place in so many is held out. */
const heldOutShare = 5;
/** Draws until a question of the wanted part comes; after them any that fits is taken. */
const usualDraws = 64;
/** Draws given to a family whose questions have evidence in both parts, before others may take its place. */
const familyDraws = 64;
/** Questions tried in one window whose evidence stands in both parts. */
const maxTries = 64;
/** Tokens of a prompt besides the document window, roughly: template and an ordinary question. */
const promptOverhead = 28;
/** The shortest window a question is asked about. */
const minWindowTokens = 16;

/**
 * Item `index` is the same in every run with this document, seed, part and lengths.
 * @throws TaskError where the document allows no question at all, CodedError `document.prompt_too_long`,
 * `curriculum.empty_bracket`.
 */
export function taskSource(
  document: LongDocument,
  tokenizer: PolicyTokenizer,
  options: TaskSourceOptions,
): TaskSource {
  // Whether the whole text is too short for a bracket; counted once, and only where it can be.
  let tokens: number | null = null;
  const isTooShort = ({ over }: LengthBracket) => {
    // A token is seldom longer than eight characters, as drawWindow assumes too.
    if (document.text.length > over * 8) return false;
    tokens ??= tokenizer.countTokens(document.text);
    return tokens + 2 * promptOverhead <= over;
  };
  return {
    item(index, lengths) {
      if (!lengths) return drawItem(document, tokenizer, options, index);
      const bracket = { over: lengths.over, max: Math.min(lengths.max, options.maxPromptTokens) };
      if (bracket.over >= bracket.max || isTooShort(bracket)) throw emptyBracket(document, bracket);
      return drawItem(document, tokenizer, options, index, bracket);
    },
  };
}

function drawItem(
  document: LongDocument,
  tokenizer: PolicyTokenizer,
  options: TaskSourceOptions,
  index: number,
  bracket?: LengthBracket,
): PromptItem {
  const { families, seed, part, maxPromptTokens, accept, draws = usualDraws } = options;
  const { over, max } = bracket ?? { over: 0, max: maxPromptTokens };
  const partWord = part === 'train' ? 1 : 2;
  let fallback: PromptItem | null = null;
  let only: DocumentFamily | null = null;
  for (let draw = 0, last = draws; draw < last; draw++) {
    // makeQuestions gives at least one question or throws.
    const [drawn] = makeQuestions(document, {
      windowTokens: bracket ? windowFor(bracket, seed, partWord, index, draw) : options.windowTokens,
      count: 1,
      seed: new Random(seed, partWord, index, draw).uint32(),
      families: only && draw < familyDraws ? [only] : families,
      countTokens: tokenizer.countTokens,
    });
    const tries = (i: number) => new Random(seed, partWord, index, draw, i);
    const found = inPart(document, drawn, part, only !== null, tries);
    // Its first evidence gave this item its family; other windows are looked through for a question of it.
    if (found === null && isHeldOut(drawn.evidence[0]) === (part === 'held-out')) {
      only ??= drawn.family;
      last = familyDraws + draws;
    }
    const question = found ?? drawn;
    const { ids } = tokenizer.buildPrompt(
      document.text.slice(question.window.start, question.window.end),
      question.text,
    );
    if (ids.length > max || ids.length <= over || accept?.(question, ids.length) === false) continue;
    const item = {
      question: { ...question, id: `${document.id}:${part}:${seed}:${index}` },
      tokens: ids,
      text: tokenizer.decode(ids),
    };
    if (found) return item;
    fallback = item;
  }
  if (fallback) return fallback;
  if (bracket) throw emptyBracket(document, bracket);
  throw new CodedError(
    'document.prompt_too_long',
    `No question about this text fits a prompt of ${maxPromptTokens} tokens.`,
    'Raise max_prompt_length, or lower window_tokens.',
  );
}

/**
 * The question where all its evidence stands in the part; else, where it has several places and its first one does (or
 * `search` says so), another question of its family about the same window that has; else null.
 */
function inPart(
  document: LongDocument,
  question: DocumentQuestion,
  part: Part,
  search: boolean,
  tries: (i: number) => Random,
): DocumentQuestion | null {
  const belongs = (span: Span) => isHeldOut(span) === (part === 'held-out');
  if (question.evidence.every(belongs)) return question;
  if (question.evidence.length === 1 || !(search || belongs(question.evidence[0]))) return null;
  for (let i = 0; i < maxTries; i++) {
    const draft = questionIn(document, question.window, question.family, tries(i));
    if (draft?.evidence.every(belongs)) return { ...question, ...draft };
  }
  return null;
}

function isHeldOut({ start, end }: Span): boolean {
  return new Random(start, end).int(heldOutShare) === 0;
}

/** A window whose prompt comes out at a length drawn evenly from the bracket, give or take. */
function windowFor(
  { over, max }: LengthBracket,
  seed: number,
  partWord: number,
  index: number,
  draw: number,
): number {
  const length = new Random(seed, partWord + 2, index, draw).between(over + 1, max);
  return Math.max(minWindowTokens, length - promptOverhead);
}

function emptyBracket(document: LongDocument, { over, max }: LengthBracket): CodedError {
  return new CodedError(
    'curriculum.empty_bracket',
    `"${document.title}" gives no question whose prompt is longer than ${over} and at most ${max} tokens.`,
    'Choose a longer document, or other stages.',
  );
}
