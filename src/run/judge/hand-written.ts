/** @file Pairs written by hand: a JSON list of questions with gold answers, answers that are the same, and such that are not. */
import { CodedError } from '../../errors';
import type { JudgedPair } from './evaluation';

/** @throws CodedError `judge.pairs` where the text is no such list. */
export function readHandWritten(text: string): Omit<JudgedPair, 'probability'>[] {
  let entries: unknown;
  try {
    entries = JSON.parse(text);
  } catch {
    throw bad('it is no JSON');
  }
  if (!Array.isArray(entries)) throw bad('it is no list');
  return entries.flatMap((entry: unknown, i) => {
    const { kind, question, gold, same, different } = (entry ?? {}) as Record<string, unknown>;
    if (typeof kind !== 'string' || typeof question !== 'string' || typeof gold !== 'string')
      throw bad(`entry ${i} lacks kind, question or gold`);
    if (!isTexts(same) || !isTexts(different)) throw bad(`entry ${i} lacks its lists "same" and "different"`);
    const pair = (prediction: string, isSame: boolean) => ({
      kind,
      question,
      gold,
      prediction,
      same: isSame,
    });
    return [...same.map((answer) => pair(answer, true)), ...different.map((answer) => pair(answer, false))];
  });
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((entry) => typeof entry === 'string');

function bad(why: string): CodedError {
  return new CodedError(
    'judge.pairs',
    `The file of pairs cannot be used: ${why}.`,
    'Each entry has kind, question, gold, and the lists same and different.',
  );
}
