/**
 * @file The questions of a data set as prompts: each once an epoch, in an order of its own for every epoch. A question
 * belongs to the training or to the held-out part by its own words, so one that stands in two rows, or in two files, is never
 * in both. Prompts longer than the longest allowed are left out; where a part has no question, both have all of them.
 */
import { CodedError } from '../errors';
import type { PolicyTokenizer } from '../policy/tokenizer';
import type { LengthBracket } from '../rl/curriculum';
import type { PromptItem, TaskSource } from '../rl/types';
import { Random } from '../tasks/random';
import type { Dataset, GivenQuestion, LongDocument } from '../tasks/types';
import { fingerprint } from './document';
import type { Part } from './task-source';

export type DatasetDocument = LongDocument & { dataset: Dataset };

export function isDataset(document: LongDocument): document is DatasetDocument {
  return document.dataset !== undefined;
}

export interface GivenSourceOptions {
  seed: number;
  part: Part;
  /** Longer prompts are left out; tokens. */
  maxPromptTokens: number;
  /** Parts are those of the whole data set, whatever its longest prompt: no question moves between them. */
  fixedParts?: boolean;
  /** Only questions for which this holds are asked. */
  accept?(question: GivenQuestion, promptTokens: number): boolean;
}

/** What a data set has for a longest prompt. */
export interface GivenCounts {
  questions: number;
  train: number;
  heldOut: number;
  /** Left out: the prompt is longer. */
  tooLong: number;
  /** A part would have been empty: both have the same questions. */
  shared: boolean;
}

/** Characters a token, of which a text seldom has more: so many of its beginning are counted first. */
const beginning = 8;
/** The cut at the end of a beginning may make so many tokens of what was fewer. */
const cutTokens = 64;
/** One question in so many is held out. */
const heldOutShare = 5;
/** Path word of the order of an epoch. */
const orderPath = 83;

/** @throws CodedError of the items: `document.prompt_too_long`, `curriculum.empty_bracket`. */
export function givenSource(
  document: DatasetDocument,
  tokenizer: PolicyTokenizer,
  options: GivenSourceOptions,
): TaskSource {
  const { seed, part, maxPromptTokens, fixedParts = false, accept } = options;
  const prompts = promptsOf(document, tokenizer);
  const partWord = part === 'train' ? 1 : 2;
  const found = new Map<string, readonly GivenQuestion[]>();
  let order: { of: readonly GivenQuestion[]; epoch: number; questions: readonly GivenQuestion[] } | null =
    null;
  const within = ({ over, max }: LengthBracket): readonly GivenQuestion[] => {
    const key = `${over} ${max}`;
    const questions =
      found.get(key) ??
      prompts.parts(fixedParts ? null : maxPromptTokens)[part].filter((question) => {
        const tokens = prompts.tokens(question, max);
        return tokens > over && tokens <= max && accept?.(question, tokens) !== false;
      });
    found.set(key, questions);
    return questions;
  };
  return {
    get distinct() {
      return within({ over: 0, max: maxPromptTokens }).length || undefined;
    },
    item(index, lengths): PromptItem {
      const bracket = lengths
        ? { over: lengths.over, max: Math.min(lengths.max, maxPromptTokens) }
        : { over: 0, max: maxPromptTokens };
      const questions = within(bracket);
      if (questions.length === 0)
        throw lengths ? emptyBracket(document, bracket) : prompts.tooLong(maxPromptTokens);
      const epoch = Math.floor(index / questions.length);
      if (order?.of !== questions || order.epoch !== epoch) {
        const random = new Random(seed, orderPath, partWord, epoch);
        order = { of: questions, epoch, questions: random.shuffle(questions) };
      }
      return prompts.item(order.questions[index % questions.length]);
    },
  };
}

/** How many questions there are for prompts of `maxPromptTokens`. */
export function givenCounts(
  document: DatasetDocument,
  tokenizer: PolicyTokenizer,
  maxPromptTokens: number,
): GivenCounts {
  const parts = promptsOf(document, tokenizer).parts(maxPromptTokens);
  const questions = document.dataset.questions.length;
  return {
    questions,
    train: parts.train.length,
    heldOut: parts['held-out'].length,
    tooLong: questions - parts.fitting,
    shared: parts.shared,
  };
}

interface Parts extends Record<Part, readonly GivenQuestion[]> {
  fitting: number;
  shared: boolean;
}

/** The prompts of a data set under a tokenizer, counted once. */
class Prompts {
  private readonly document: DatasetDocument;
  private readonly tokenizer: PolicyTokenizer;
  /** Tokens of a context with its frame, by where it begins. */
  private readonly contexts = new Map<number, number>();
  /** Tokens that a context has at least, where only its beginning was counted. */
  private readonly least = new Map<number, number>();
  private readonly counted = new Map<GivenQuestion, number>();
  private readonly split = new Map<number | null, Parts>();
  /** Fingerprint of a context, by where it begins. */
  private readonly names = new Map<number, string>();

  constructor(document: DatasetDocument, tokenizer: PolicyTokenizer) {
    this.document = document;
    this.tokenizer = tokenizer;
  }

  /** Length of a question's prompt; infinite where it is certainly above `limit`, which is known without counting all of it. */
  tokens(question: GivenQuestion, limit: number): number {
    const known = this.counted.get(question);
    if (known !== undefined) return known;
    if (this.isSurelyLonger(question, limit)) return Number.POSITIVE_INFINITY;
    const { start } = question.window;
    const context =
      this.contexts.get(start) ?? this.tokenizer.buildPrefix(this.contextOf(question)).ids.length;
    this.contexts.set(start, context);
    const tokens = context + this.tokenizer.buildQuestion(question.text).length;
    this.counted.set(question, tokens);
    return tokens;
  }

  /** By the longest token, else by the beginning of the context: a long text is not worth a count of its own. */
  private isSurelyLonger({ window: { start, end } }: GivenQuestion, limit: number): boolean {
    // No token has more bytes than the longest, and normalisation leaves at least a third of them.
    if ((end - start) / 3 > limit * this.tokenizer.longestPiece) return true;
    if (this.contexts.has(start) || end - start <= 2 * limit * beginning) return false;
    const least =
      this.least.get(start) ??
      this.tokenizer.countTokens(this.document.text.slice(start, start + limit * beginning));
    this.least.set(start, least);
    return least > limit + cutTokens;
  }

  /** The parts of the questions whose prompt is no longer than `limit`; of all of them for null. */
  parts(limit: number | null): Parts {
    const known = this.split.get(limit);
    if (known) return known;
    const fitting = this.document.dataset.questions.filter(
      (question) => limit === null || this.tokens(question, limit) <= limit,
    );
    const isHeldOut = new Set(fitting.filter((question) => this.isHeldOut(question)));
    const shared = isHeldOut.size === 0 || isHeldOut.size === fitting.length;
    const parts = {
      train: shared ? fitting : fitting.filter((question) => !isHeldOut.has(question)),
      'held-out': shared ? fitting : [...isHeldOut],
      fitting: fitting.length,
      shared,
    };
    this.split.set(limit, parts);
    return parts;
  }

  item(given: GivenQuestion): PromptItem {
    const { id, family, text, answers, window, evidence, reasoning = '' } = given;
    const { document, tokenizer } = this;
    const { ids } = tokenizer.buildPrompt(this.contextOf(given), text);
    return {
      question: {
        id: `${document.id}:${id}`,
        documentId: document.id,
        family,
        text,
        answers,
        window,
        evidence,
        reasoning,
      },
      tokens: ids,
      text: tokenizer.decode(ids),
    };
  }

  tooLong(maxPromptTokens: number): CodedError {
    const { dataset, title } = this.document;
    const length = ({ window, text }: GivenQuestion) => window.end - window.start + text.length;
    const shortest = dataset.questions.reduce((a, b) => (length(b) < length(a) ? b : a));
    const needed = this.tokens(shortest, Number.POSITIVE_INFINITY);
    return new CodedError(
      'document.prompt_too_long',
      `None of the ${dataset.questions.length} questions of "${title}" fits a prompt of ${maxPromptTokens} tokens: the one with the shortest text takes ${needed}.`,
      `Start a run with max_prompt_length of ${needed} or more, then open the file again; or cut the texts shorter.`,
    );
  }

  private isHeldOut(question: GivenQuestion): boolean {
    const { start } = question.window;
    const context = this.names.get(start) ?? fingerprint(this.contextOf(question));
    this.names.set(start, context);
    const name = Number.parseInt(fingerprint(`${question.text}\n${context}`), 16);
    return new Random(name, heldOutShare).int(heldOutShare) === 0;
  }

  private contextOf({ window }: GivenQuestion): string {
    return this.document.text.slice(window.start, window.end);
  }
}

const known = new WeakMap<DatasetDocument, WeakMap<PolicyTokenizer, Prompts>>();

function promptsOf(document: DatasetDocument, tokenizer: PolicyTokenizer): Prompts {
  const byTokenizer = known.get(document) ?? new WeakMap<PolicyTokenizer, Prompts>();
  known.set(document, byTokenizer);
  const prompts = byTokenizer.get(tokenizer) ?? new Prompts(document, tokenizer);
  byTokenizer.set(tokenizer, prompts);
  return prompts;
}

function emptyBracket({ title }: LongDocument, { over, max }: LengthBracket): CodedError {
  return new CodedError(
    'curriculum.empty_bracket',
    `"${title}" has no question of this part whose prompt is longer than ${over} and at most ${max} tokens.`,
    'Choose other stages, or a data set with such texts.',
  );
}
