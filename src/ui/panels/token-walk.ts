/** @file Going through the tokens of the shown answer: to the next one that a bound stops, or that was hard to guess. */
import type { TokenColour } from '../state/model';
import { getUi, moveCursor, setUi } from '../state/store';
import { imaginedGroup } from '../state/what-if';
import { playWords } from '../strings-play';
import { objectiveOf, termsOf } from './answer-terms';
import { nextClipped, nextSurprising } from './token-colour';

/** The colourings in the order of their keys 1 to 7. */
export const tokenColours: readonly TokenColour[] = [
  'advantage',
  'logprob',
  'ratio',
  'entropy',
  'kl',
  'clipped',
  'objective',
];

/** One token back or on from where the arrow keys stand. */
export function walkTokens(by: 1 | -1): void {
  const { cursor, token } = getUi();
  moveCursor((cursor ?? token) + by);
}

export function findNext(what: 'clipped' | 'surprising'): void {
  const state = getUi();
  const group = imaginedGroup(state);
  const answer = group?.answers[Math.min(state.answer, group.answers.length - 1)];
  if (!answer) return;
  const from = state.cursor ?? state.token;
  const next =
    what === 'clipped'
      ? nextClipped(termsOf(answer, objectiveOf(state)), from)
      : nextSurprising(answer.entropies, from);
  if (next !== null) moveCursor(next);
  else setUi({ spoken: playWords.tokens.noneClipped });
}
