/**
 * @file Prompts of the generated families: one item by (family, length, depth, index), and a source that walks over a
 * grid of them. Training and held-out items come from different random paths and share no document.
 */
import type { PolicyTokenizer } from '../policy/tokenizer';
import type { PromptItem, TaskSource } from '../rl/types';
import { type FamilyDials, makeFamilyItem } from '../tasks/families';
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
  /** Prompt lengths, taken in turn. */
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

/** Items without end: index i walks families first, then lengths, then depths, then new questions. */
export function familyTaskSource(tokenizer: PolicyTokenizer, options: FamilySourceOptions): TaskSource {
  const { families, tokens, depths = [undefined] } = options;
  return {
    item(index) {
      const family = families[index % families.length];
      const byLength = Math.floor(index / families.length);
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
