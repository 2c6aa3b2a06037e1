/** @file Answers that a person has marked, two at most, to be put side by side. They stay when their group leaves the page. */
import { create } from 'zustand';
import type { AnswerView } from '../../../workers/protocol';
import { strings } from '../strings';
import { keyWords } from './key-map';
import { shownGroup } from './model';
import { getUi, setUi } from './store';

export interface MarkedAnswer {
  uid: string;
  step: number;
  /** What a person calls the run; '' for a recording. */
  run: string;
  questionId: string;
  question: string;
  gold: readonly string[];
  /** Place in its group. */
  index: number;
  answer: AnswerView;
}

interface Marks {
  marks: readonly MarkedAnswer[];
  /** The two stand side by side over the page. */
  isShown: boolean;
}

export const useMarks = create<Marks>()(() => ({ marks: [], isShown: false }));

/** Marks the selected answer, or takes its mark away; of three the oldest goes. */
export function toggleMark(): void {
  const group = shownGroup(getUi());
  const index = Math.min(getUi().answer, (group?.answers.length ?? 0) - 1);
  if (!group || index < 0) return;
  const { marks } = useMarks.getState();
  const others = marks.filter((mark) => mark.uid !== group.uid || mark.index !== index);
  if (others.length < marks.length) {
    useMarks.setState({ marks: others });
    setUi({ spoken: strings.spoken.unmarked(index + 1) });
    return;
  }
  const { uid, step, questionId, question, gold, answers } = group;
  const mark = { uid, step, run: getUi().name, questionId, question, gold, index, answer: answers[index] };
  const next = [...others.slice(-1), mark];
  useMarks.setState({ marks: next });
  setUi({ spoken: keyWords(strings.spoken.marked(index + 1, next.length)) });
}

/** Puts the two marked answers side by side; false where there are not two. */
export function showMarked(): boolean {
  const hasTwo = useMarks.getState().marks.length === 2;
  if (hasTwo) useMarks.setState({ isShown: true });
  return hasTwo;
}

/** They have been seen: the marks go too. */
export function hideMarked(): void {
  useMarks.setState({ marks: [], isShown: false });
}

/** Number of the first token that differs, or with which the longer one goes on; null where they are equal. */
export function firstDifferentToken(a: AnswerView, b: AnswerView): number | null {
  const length = Math.min(a.tokens.length, b.tokens.length);
  for (let i = 0; i < length; i++) if (a.tokens[i] !== b.tokens[i]) return i;
  return a.tokens.length === b.tokens.length ? null : length;
}
