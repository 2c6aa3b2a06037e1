/** @file What the command line says of a data set that a person opened. */
import type { GivenCounts } from '../run/given-source';
import type { LongDocument } from '../tasks/types';

/** Its questions, and the rows that gave none; nothing of a text. */
export function datasetLines({ title, dataset }: LongDocument): string[] {
  if (!dataset) return [];
  const { questions, rows, leftOut, reasons } = dataset;
  const more = leftOut - reasons.length;
  return [
    `${title}: ${questions.length} of ${rows} rows are questions${leftOut > 0 ? `; ${leftOut} left out:` : ''}`,
    ...reasons.map(({ line, reason }) => `  row ${line}: ${reason}`),
    ...(leftOut > 0 && more > 0 ? [`  and ${more} more`] : []),
  ];
}

/** Where the families of a run leave the document out. */
export const notAsked =
  'The questions of the file are not asked: task.families names none of cloze, lookup, two-hop, sum, whose place they take.';

/** How a run divides them, and what to expect of the policy. */
export function givenLine({ train, heldOut, tooLong, shared }: GivenCounts): string {
  const parts = shared
    ? `${train} questions asked, too few to hold some out`
    : `${train} questions to train on, ${heldOut} held out`;
  const long = tooLong > 0 ? `, ${tooLong} longer than max_prompt_length` : '';
  return `${parts}${long}. The shipped policy is tiny and will rarely answer real questions.`;
}
