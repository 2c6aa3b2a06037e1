/** @file Words of the window that maps columns. */
import type { ColumnRole } from '../tasks/dataset/columns';

export const columnWords = {
  title: 'Map columns',
  close: 'Close without opening the file',
  help: 'Which column holds the text to read, which the question, which the answer? The first rows:',
  rows: 'The first rows',
  line: 'Line',
  roles: {
    context: 'Context',
    question: 'Question',
    answer: 'Answer',
    choices: 'Choices (a list)',
    reasoning: 'Reasoning',
  } satisfies Record<ColumnRole, string>,
  choose: 'choose a column',
  none: 'none',
  twice: 'Each needs a column of its own.',
  open: 'Open with these columns',
  cancel: 'Cancel',
};
