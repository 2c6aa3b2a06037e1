/**
 * @file Questions on one document without end, as prompts. Every question belongs to the training or to the held-out
 * part by where its evidence stands, so that no held-out answer is ever trained on.
 */
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
}

/** One evidence place in so many is held out. */
const heldOutShare = 5;
/** Draws until a question of the wanted part comes; after them any is taken, for documents of very few questions. */
const maxDraws = 64;

/**
 * Item `index` is the same in every run with this document, seed and part.
 * @throws TaskError where the document allows no question at all.
 */
export function taskSource(
  document: LongDocument,
  tokenizer: PolicyTokenizer,
  options: TaskSourceOptions,
): TaskSource {
  return {
    item(index: number): PromptItem {
      const question = drawQuestion(document, tokenizer, options, index);
      const window = document.text.slice(question.window.start, question.window.end);
      const { ids } = tokenizer.buildPrompt(window, question.text);
      return { question, tokens: ids, text: tokenizer.decode(ids) };
    },
  };
}

function drawQuestion(
  document: LongDocument,
  tokenizer: PolicyTokenizer,
  options: TaskSourceOptions,
  index: number,
): Question {
  const { windowTokens, families, seed, part } = options;
  let question: Question | null = null;
  for (let draw = 0; draw < maxDraws; draw++) {
    const key = new Random(seed, part === 'train' ? 1 : 2, index, draw).uint32();
    [question] = makeQuestions(document, {
      windowTokens,
      count: 1,
      seed: key,
      families,
      countTokens: tokenizer.countTokens,
    });
    if (isHeldOut(question) === (part === 'held-out')) break;
  }
  // makeQuestions gives at least one question or throws.
  const found = question as Question;
  return { ...found, id: `${document.id}:${part}:${seed}:${index}` };
}

function isHeldOut(question: Question): boolean {
  const [{ start, end }] = question.evidence;
  return new Random(start, end).int(heldOutShare) === 0;
}
