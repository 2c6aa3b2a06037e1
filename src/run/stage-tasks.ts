/** @file The questions a configuration asks for, and the checks that every coming stage has some. */

import type { PolicyTokenizer } from '../policy/tokenizer';
import { bracketOf, checkStageEdit, type LengthBracket } from '../rl/curriculum';
import type { WarmupSources } from '../rl/supervised';
import type { PromptItem, TaskSource } from '../rl/types';
import { LEVEL_DIALS } from '../tasks/families';
import type { LongDocument } from '../tasks/types';
import { familyMix, slotOf } from './family-mix';
import { familyTaskSource } from './family-source';
import { givenSource, isDataset } from './given-source';
import type { RunConfig } from './settings';
import { parseStages } from './stages-text';
import { type Part, type TaskSourceOptions, taskSource } from './task-source';
import { runExamples } from './warmup-examples';

/** Tokens of a prompt besides its document window, roughly. */
const questionTokens = 28;

/** The questions of a document: those that came with it, where it is a data set; else those that are made from its text. */
export function documentTasks(
  document: LongDocument,
  tokenizer: PolicyTokenizer,
  options: Omit<TaskSourceOptions, 'accept' | 'draws'>,
): TaskSource {
  return isDataset(document)
    ? givenSource(document, tokenizer, options)
    : taskSource(document, tokenizer, options);
}

/**
 * Training or held-out questions under a configuration: those of the document, and those of families with their own. In a
 * turn of the mix a data set has the place of the families that are made from a text.
 */
export function configuredTasks(
  document: LongDocument,
  tokenizer: PolicyTokenizer,
  config: RunConfig,
  part: Part,
): TaskSource {
  const mix = familyMix(config['task.families']);
  const { seed, max_prompt_length, window_tokens } = config;
  const asked = documentTasks(document, tokenizer, {
    windowTokens: window_tokens,
    families: mix.document,
    seed,
    part,
    maxPromptTokens: max_prompt_length,
  });
  const made = familyTaskSource(tokenizer, {
    families: mix.suites,
    tokens: [Math.min(max_prompt_length, window_tokens + questionTokens)],
    seed,
    part,
    dials: LEVEL_DIALS[config['task.level']],
  });
  return {
    distinct: mix.suites.length === 0 ? asked.distinct : undefined,
    item(index, lengths): PromptItem {
      const slot = slotOf(mix, index);
      return slot.kind === 'document' ? asked.item(slot.index, lengths) : made.item(slot.index, lengths);
    },
  };
}

/** What the warm-up stages of a configuration learn from and are probed with. */
export function configuredWarmup(
  document: LongDocument,
  tokenizer: PolicyTokenizer,
  config: RunConfig,
): WarmupSources {
  return {
    examples: runExamples(tokenizer, config, document),
    questions: configuredTasks(document, tokenizer, config, 'held-out'),
  };
}

/**
 * Draws item `index` at the lengths of stage `stage` and of every later one; of the shortest, an item of every family.
 * Of warm-up stages it makes an example of every family.
 * @throws TaskError, CodedError `curriculum.empty_bracket`, `document.prompt_too_long`, `sft.no_example`.
 */
export function checkBrackets(
  tasks: TaskSource,
  examples: WarmupSources['examples'],
  config: RunConfig,
  stage = 0,
  index = 0,
): void {
  const stages = parseStages(config.curriculum);
  const coming = stages.map((own, i) => ({ kind: own.kind, lengths: bracketOf(stages, i) })).slice(stage);
  const asked: (LengthBracket | undefined)[] =
    stages.length === 0
      ? [undefined]
      : coming.filter(({ kind }) => kind === 'rl').map(({ lengths }) => lengths);
  const { places } = familyMix(config['task.families']);
  for (const { kind, lengths } of coming)
    if (kind === 'sft') for (let k = 0; k < places; k++) examples.example(k, lengths);
  asked.forEach((lengths, i) => {
    for (let k = 0; k < (i === 0 ? places : 1); k++) tasks.item(index + k, lengths);
  });
}

/** Whether a run in stage `stage` may exchange its stages. @throws CodedError `curriculum.past`. */
export function checkStageChange(before: string, after: string, stage: number): void {
  if (before !== after) checkStageEdit(parseStages(before), parseStages(after), stage);
}
