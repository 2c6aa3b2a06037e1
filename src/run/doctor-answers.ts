/**
 * @file What the run doctor sees in the answers themselves: texts that go round in circles, that repeat the question
 * instead of answering it, and rewards for an answer that says nothing. Pure; each finding names its answers.
 */
import type { RunConfig } from './config';

/** An answer as the doctor reads it: a part of what the page and the run folder keep of it. */
export interface DoctorAnswer {
  text: string;
  /** Ids of the generated tokens. */
  tokens: ArrayLike<number>;
  score: { correct: boolean; parsed: string | null };
}

export interface DoctorGroup {
  uid: string;
  step: number;
  question: string;
  gold: readonly string[];
  answers: readonly DoctorAnswer[];
}

/** Where an answer stands, counted from 0 in its group. */
export interface AnswerPlace {
  uid: string;
  step: number;
  answer: number;
}

export interface AnswerFinding {
  /** Share of the answers, 0 to 1, and the share from which it is worth a word. */
  value: number;
  threshold: number;
  /** The answers that show it, the newest first. */
  places: AnswerPlace[];
  change: Partial<RunConfig> | null;
}

/** Fewer answers say nothing about a run. */
const leastAnswers = 24;
/** Tokens in a row that count as one piece, and from how many tokens on an answer is looked at. */
const pieceTokens = 4;
const leastTokens = 16;
/** Words in a row that an answer has from its question, and the least pieces that a question must have. */
const pieceWords = 3;
const leastPieces = 4;

/**
 * Share of the pieces of four tokens that stood in the same answer before: 0 where nothing is said twice, near 1 in a
 * loop. 0 for answers under 16 tokens.
 */
export function repetition(tokens: ArrayLike<number>): number {
  if (tokens.length < leastTokens) return 0;
  const seen = new Set<string>();
  const pieces = tokens.length - pieceTokens + 1;
  for (let i = 0; i < pieces; i++)
    seen.add(Array.from({ length: pieceTokens }, (_, j) => tokens[i + j]).join(' '));
  return 1 - seen.size / pieces;
}

/** Share of a question's pieces of three words that the answer has too; 0 for questions under six words. */
export function echo(question: string, answer: string): number {
  const asked = pieces(question);
  if (asked.size < leastPieces) return 0;
  const said = pieces(answer);
  return [...asked].filter((piece) => said.has(piece)).length / asked.size;
}

/** Whether an answer counts as right although what was parsed of it is at most one letter or figure, and no gold is. */
export function isEmptyWin({ score: { correct, parsed } }: DoctorAnswer, gold: readonly string[]): boolean {
  const signs = (text: string) => (text.match(/[\p{L}\p{N}]/gu) ?? []).length;
  return correct && signs(parsed ?? '') <= 1 && gold.every((text) => signs(text) > 1);
}

/** The rules over answers; null where there are too few answers, or nothing to note. */
export const answerChecks = {
  repetition: (groups: readonly DoctorGroup[], config: RunConfig) =>
    share(
      groups,
      0.1,
      ({ answer }) => repetition(answer.tokens) >= 0.5,
      () =>
        // A loop runs to the longest allowed length, where the overlong term meets it.
        config['overlong_buffer.enable'] ? null : { 'overlong_buffer.enable': true },
    ),
  answer_echo: (groups: readonly DoctorGroup[]) =>
    share(
      groups,
      0.25,
      ({ group, answer }) => echo(group.question, answer.text) >= 0.6,
      () => null,
    ),
  empty_win: (groups: readonly DoctorGroup[], config: RunConfig) =>
    share(
      groups,
      0.02,
      ({ group, answer }) => isEmptyWin(answer, group.gold),
      () => (config['reward.rule'] === 'faithful' ? { 'reward.rule': 'strict' } : null),
    ),
} satisfies Record<string, (groups: readonly DoctorGroup[], config: RunConfig) => AnswerFinding | null>;

function share(
  groups: readonly DoctorGroup[],
  threshold: number,
  shows: (of: { group: DoctorGroup; answer: DoctorAnswer }) => boolean,
  change: () => Partial<RunConfig> | null,
): AnswerFinding | null {
  const count = groups.reduce((sum, { answers }) => sum + answers.length, 0);
  if (count < leastAnswers) return null;
  const places = [...groups]
    .sort((a, b) => b.step - a.step)
    .flatMap((group) =>
      group.answers.flatMap((answer, i): AnswerPlace[] =>
        shows({ group, answer }) ? [{ uid: group.uid, step: group.step, answer: i }] : [],
      ),
    );
  const value = places.length / count;
  return value < threshold ? null : { value, threshold, places, change: change() };
}

function pieces(text: string): Set<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const found = new Set<string>();
  for (let i = 0; i + pieceWords <= words.length; i++) found.add(words.slice(i, i + pieceWords).join(' '));
  return found;
}
