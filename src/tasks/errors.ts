/** @file What can be wrong with a text a person hands in, or with what is asked of the task room. */
import { CodedError } from '../errors';

export type TaskErrorCode =
  | 'document.empty'
  | 'document.binary'
  | 'document.too_short'
  | 'questions.invalid_options'
  | 'family.invalid_options'
  | 'family.too_few_tokens';

/** The only error the task room throws on purpose. */
export class TaskError extends CodedError {
  override name = 'TaskError';
  declare readonly code: TaskErrorCode;

  // Narrows the codes of the base class.
  constructor(code: TaskErrorCode, message: string, advice: string) {
    super(code, message, advice);
  }
}
