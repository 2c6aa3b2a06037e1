/** @file Words of the Lab's view of reasoning behaviours. */
import type { Behaviour } from '../evaluation/behaviour-patterns';
import { whole } from './format';

export const behaviourStrings = {
  title: 'Reasoning behaviours',
  label: 'pattern count',
  what: 'Sentences that hold one of the phrases below, per answer. The paper counts with a large language model; these counts compare steps of a run, not papers.',
  toy: 'The policy that comes along has its few phrases from warm-up: here a count follows those phrases, and says little about reasoning.',
  names: {
    ground: 'grounding',
    subgoal: 'subgoal setting',
    verify: 'verification',
    backtrack: 'backtracking',
  } satisfies Record<Behaviour, string>,
  definitions: {
    ground: 'goes back to the document',
    subgoal: 'says what has to be found first',
    verify: 'checks a result',
    backtrack: 'gives up an approach',
  } satisfies Record<Behaviour, string>,
  own: 'Curves: as the run counted, with the list it began with.',
  anew: (steps: number) => `Curves: ${whole(steps)} steps of the run folder counted with the list below.`,
  stale: 'The list has changed since these curves were counted.',
  recount: 'Count the run with this list',
  counting: (done: number, of: number) => `step ${whole(done)} of ${whole(of)}`,
  none: 'Behaviours are counted from the first step on.',
  count: {
    caption: (step: number, answers: number) =>
      `Step ${step}, ${whole(answers)} answers, with the list below. A number opens its answers.`,
    behaviour: 'behaviour',
    answers: 'answers with it',
    sentences: 'sentences',
    mean: 'per answer',
    open: (name: string, answers: number) => `${name}: show the ${whole(answers)} answers`,
  },
  answers: {
    title: (name: string, step: number) => `${name}, answers of step ${step}`,
    none: (name: string) => `No answer of this step shows ${name} by these phrases.`,
    more: (count: number) => `${whole(count)} more are not listed.`,
    inspect: (group: string, answer: number) => `Group ${group}, answer ${answer}: all its numbers`,
  },
  patterns: {
    title: 'Phrases',
    help: 'One a line: words in order, a/b for alternatives, * for up to four words between. A match stays inside one sentence; the first of each behaviour in a sentence counts.',
    of: (name: string) => `Phrases of ${name}`,
    count: (phrases: number) => (phrases === 1 ? '1 phrase' : `${whole(phrases)} phrases`),
    refused: 'Counts stay with the last list that could be read.',
    usual: 'Back to the usual list',
    download: 'Download the list',
    downloadTitle: 'behaviours.json, for train --behaviours and behaviours --patterns on the command line',
    open: 'Open a list',
  },
};
