/**
 * @file Questions on one document without end, as prompts. A question belongs to the training or to the held-out part by
 * where its first evidence stands, so that no held-out question is ever trained on; a document too short for two parts
 * gives the same questions to both.
 */
import { CodedError } from '../errors';
import type { PolicyTokenizer } from '../policy/tokenizer';
import type { PromptItem, TaskSource } from '../rl/types';
import { makeQuestions } from '../tasks/questions';
import { Random } from '../tasks/random';
import type { Family, LongDocument, Question } from '../tasks/types';

export type Part = 'train' | 'held-out';

export interface TaskSourceOptions {
  windowTokens: number;
  families: readonly Family[];
  seed: number;
  part: Part;
  /** Longer prompts are not drawn; tokens. */
  maxPromptTokens: number;
  /** Only questions for which this holds are drawn. */
  accept?(question: Question, promptTokens: number): boolean;
  /** Draws until a question of the wanted part comes [64]; after them any that fits is taken. */
  draws?: number;
}

/** One evidence place in so many is held out. */
const heldOutShare = 5;
const usualDraws = 64;

/**
 * Item `index` is the same in every run with this document, seed and part.
 * @throws TaskError where the document allows no question at all, CodedError `document.prompt_too_long`.
 */
export function taskSource(
  document: LongDocument,
  tokenizer: PolicyTokenizer,
  options: TaskSourceOptions,
): TaskSource {
  return { item: (index) => drawItem(document, tokenizer, options, index) };
}

function drawItem(
  document: LongDocument,
  tokenizer: PolicyTokenizer,
  options: TaskSourceOptions,
  index: number,
): PromptItem {
  const { windowTokens, families, seed, part, maxPromptTokens, accept, draws = usualDraws } = options;
  let fallback: PromptItem | null = null;
  for (let draw = 0; draw < draws; draw++) {
    const key = new Random(seed, part === 'train' ? 1 : 2, index, draw).uint32();
    // makeQuestions gives at least one question or throws.
    const [question] = makeQuestions(document, {
      windowTokens,
      count: 1,
      seed: key,
      families,
      countTokens: tokenizer.countTokens,
    });
    const { ids } = tokenizer.buildPrompt(
      document.text.slice(question.window.start, question.window.end),
      question.text,
    );
    if (ids.length > maxPromptTokens || accept?.(question, ids.length) === false) continue;
    const item = {
      question: { ...question, id: `${document.id}:${part}:${seed}:${index}` },
      tokens: ids,
      text: tokenizer.decode(ids),
    };
    if (isHeldOut(question) === (part === 'held-out')) return item;
    fallback = item;
  }
  if (fallback) return fallback;
  throw new CodedError(
    'document.prompt_too_long',
    `No question about this text fits a prompt of ${maxPromptTokens} tokens.`,
    'Raise max_prompt_length, or lower window_tokens.',
  );
}

function isHeldOut(question: Question): boolean {
  const [{ start, end }] = question.evidence;
  return new Random(start, end).int(heldOutShare) === 0;
}
