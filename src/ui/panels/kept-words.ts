/** @file Why a group was kept, where that needs a word: one whose answers are all right or all wrong teaches little. */
import type { GroupView } from '../../../workers/protocol';
import { strings } from '../strings';
import { playWords } from '../strings-play';

export function keptWords({ answers }: GroupView): string {
  const [first] = answers;
  const words = playWords.group.keptAs;
  if (answers.some(({ score }) => score.correct !== first.score.correct)) return strings.group.kept;
  return answers.some(({ score }) => score.total !== first.score.total)
    ? words.byLength(first.score.correct)
    : words.filterOff(first.score.correct);
}
