/** @file The questions a configuration asks for, and the checks that every coming stage has some. */

import type { PolicyTokenizer } from '../policy/tokenizer';
import { bracketOf, checkStageEdit, type LengthBracket } from '../rl/curriculum';
import type { TaskSource } from '../rl/types';
import type { LongDocument } from '../tasks/types';
import type { RunConfig } from './settings';
import { parseStages } from './stages-text';
import { type Part, taskSource } from './task-source';

/** Training or held-out questions of a document under a configuration. */
export function configuredTasks(
  document: LongDocument,
  tokenizer: PolicyTokenizer,
  config: RunConfig,
  part: Part,
): TaskSource {
  return taskSource(document, tokenizer, {
    windowTokens: config.window_tokens,
    families: config['task.families'],
    seed: config.seed,
    part,
    maxPromptTokens: config.max_prompt_length,
  });
}

/**
 * Draws item `index` at the lengths of stage `stage` and of every later one.
 * @throws TaskError, CodedError `curriculum.empty_bracket`, `document.prompt_too_long`.
 */
export function checkBrackets(tasks: TaskSource, config: RunConfig, stage = 0, index = 0): void {
  const stages = parseStages(config.curriculum);
  const lengths: (LengthBracket | undefined)[] =
    stages.length === 0 ? [undefined] : stages.map((_, i) => bracketOf(stages, i)).slice(stage);
  for (const bracket of lengths) tasks.item(index, bracket);
}

/** Whether a run in stage `stage` may exchange its stages. @throws CodedError `curriculum.past`. */
export function checkStageChange(before: string, after: string, stage: number): void {
  if (before !== after) checkStageEdit(parseStages(before), parseStages(after), stage);
}
