/** @file The question that a run with the settings of a preset asks first: known before there is any GPU. */
import type { PolicyTokenizer } from '../policy/tokenizer';
import { drawStart, StepDraw } from '../rl/draw';
import type { LongDocument } from '../tasks/types';
import type { RunConfig } from './settings';
import { configuredTasks } from './stage-tasks';
import { type QuestionView, questionView } from './step-view';
import { trainerSettings } from './trainer-settings';

/** Of a run whose first stage is not supervised. @throws CodedError of the task source, TaskError. */
export function openingQuestion(
  document: LongDocument,
  tokenizer: PolicyTokenizer,
  config: RunConfig,
): QuestionView {
  const tasks = configuredTasks(document, tokenizer, config, 'train');
  const [{ item }] = new StepDraw(tasks, trainerSettings(config), drawStart(), 1).round(1);
  return questionView(item);
}
