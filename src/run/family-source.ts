/**
 * @file Prompts of the generated families: one item by (family, length, depth, index), and a source that walks over a
 * grid of them. Training and held-out items come from different random paths and share no document.
 */
import { CodedError } from '../errors';
import type { PolicyTokenizer } from '../policy/tokenizer';
import type { LengthBracket } from '../rl/curriculum';
import type { PromptItem, TaskSource } from '../rl/types';
import { type FamilyDials, MIN_TOKENS, makeFamilyItem } from '../tasks/families';
import { Random } from '../tasks/random';
import type { LongDocument, SuiteFamily } from '../tasks/types';
import type { Part } from './task-source';

/** One place in the grid of an evaluation or a curriculum. */
export interface FamilyCell {
  family: SuiteFamily;
  /** Longest prompt in tokens, its frame included; the prompt is little shorter. */
  tokens: number;
  /** Where the evidence stands, 0 to 1; drawn for every passage when omitted. */
  depth?: number;
  index: number;
}

export interface FamilySeed {
  seed: number;
  part: Part;
  dials?: Partial<FamilyDials>;
}

export interface FamilyPromptItem extends PromptItem {
  document: LongDocument;
}

export interface FamilySourceOptions extends FamilySeed {
  families: readonly SuiteFamily[];
  /** Prompt lengths, taken in turn where none are asked for. */
  tokens: readonly number[];
  /** Depths, taken in turn; drawn when omitted. */
  depths?: readonly number[];
}

/**
 * The item of a cell; the same arguments give the same item.
 * @throws TaskError `family.invalid_options`, `family.too_few_tokens`.
 */
export function familyItem(
  tokenizer: PolicyTokenizer,
  cell: FamilyCell,
  { seed, part, dials }: FamilySeed,
): FamilyPromptItem {
  const { family, tokens, depth, index } = cell;
  const itemSeed = new Random(seed, part === 'train' ? 1 : 2).uint32();
  // Special tokens and line ends around document and question; a tokenizer may join the latter with the question.
  for (let frame = tokenizer.buildPrompt('', '').ids.length; ; ) {
    const { document, question } = makeFamilyItem(
      family,
      { seed: itemSeed, index, tokens: tokens - frame, depth, countTokens: tokenizer.countTokens },
      dials?.[family],
    );
    const { ids } = tokenizer.buildPrompt(document.text, question.text);
    const excess = ids.length - tokens;
    if (excess <= 0)
      return {
        document,
        question: { ...question, id: `${part}:${document.id}` },
        tokens: ids,
        text: tokenizer.decode(ids),
      };
    frame += excess;
  }
}

/** Tries at an item whose prompt has a length of the bracket. */
const bracketTries = 32;

/**
 * Item `index` of a family with a prompt length drawn evenly from a bracket, give or take.
 * @throws CodedError `curriculum.empty_bracket`; TaskError of the dials.
 */
export function familyItemWithin(
  tokenizer: PolicyTokenizer,
  family: SuiteFamily,
  index: number,
  { over, max }: LengthBracket,
  options: FamilySeed,
): FamilyPromptItem {
  const least = Math.max(over + 1, MIN_TOKENS + tokenizer.buildPrompt('', '').ids.length);
  for (let attempt = 0; attempt < bracketTries && least <= max; attempt++) {
    const tokens = new Random(options.seed, 5, index, attempt).between(least, max);
    try {
      // A question that does not fit is given up for another.
      const item = familyItem(tokenizer, { family, tokens, index: index + attempt * 2 ** 32 }, options);
      if (item.tokens.length > over) return item;
    } catch (error) {
      if (!(error instanceof CodedError) || !tooShort.includes(error.code)) throw error;
    }
  }
  throw new CodedError(
    'curriculum.empty_bracket',
    `There is no ${family} question whose prompt is longer than ${over} and at most ${max} tokens.`,
    `Choose stages of ${MIN_TOKENS + 16} tokens and more, not too narrow, or other task.families.`,
  );
}

const tooShort = ['family.too_few_tokens', 'family.invalid_options'];

/** Items without end: index i walks families first, then lengths, then depths, then new questions. */
export function familyTaskSource(tokenizer: PolicyTokenizer, options: FamilySourceOptions): TaskSource {
  const { families, tokens, depths = [undefined] } = options;
  return {
    item(index, lengths) {
      const family = families[index % families.length];
      const byLength = Math.floor(index / families.length);
      if (lengths) return familyItemWithin(tokenizer, family, byLength, lengths, options);
      const byDepth = Math.floor(byLength / tokens.length);
      return familyItem(
        tokenizer,
        {
          family,
          tokens: tokens[byLength % tokens.length],
          depth: depths[byDepth % depths.length],
          index: Math.floor(byDepth / depths.length),
        },
        options,
      );
    },
  };
}
