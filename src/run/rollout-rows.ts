/** @file Scored answers as lines of `rollouts/train/{step}.jsonl`: verl's dump keys and Longview's own. */
import type { StageMark } from '../rl/curriculum';
import type { ScoredGroup } from '../rl/types';
import type { Family } from '../tasks/types';
import type { JsonRow } from './jsonl';

/** One answer. `score` is the reward its advantage was computed from; `uid` names its group, `index` its place there. */
export type RolloutRow = {
  input: string;
  /** The question within `input`. */
  question: string;
  /** Kind of question; absent in older folders. */
  family?: Family;
  output: string;
  /** Generated tokens, and whether the answer was cut off at the longest allowed length. */
  tokens: number;
  truncated: boolean;
  /** The tokens of the output, its end token included; absent in older folders. */
  token_ids?: number[];
  /** First accepted answer. */
  gts: string;
  score: number;
  step: number;
  uid: string;
  index: number;
  rule: number;
  /** 0 or 1; null where the judge was not asked. */
  judge: number | null;
  overlong_reward: number;
  advantage: number;
  kept: boolean;
  drop_reason: string | null;
  /** Right or wrong before penalties. */
  acc: boolean;
  /** Parsed answer, null where none was found. */
  pred: string | null;
  /** Stage of the curriculum, from 1, warm-up 0; null in a run without stages. */
  stage: number | null;
  /** A question of an earlier stage, from the retrospective pool. */
  pool: boolean;
  /** Earlier visits to the question, and its mean reward at the last of them; 0 and null for a fresh one. */
  visits: number;
  last_reward: number | null;
};

/** The rows of a step's groups, kept and dropped alike. */
export function rolloutRows(
  step: number,
  groups: readonly ScoredGroup[],
  stage: StageMark | null = null,
): RolloutRow[] {
  return groups.flatMap((group) =>
    group.answers.map((answer, index) => ({
      input: group.item.text,
      question: group.item.question.text,
      family: group.item.question.family,
      output: answer.text,
      tokens: answer.rollout.tokens.length,
      truncated: answer.rollout.finish === 'length',
      token_ids: [...answer.rollout.tokens],
      gts: group.item.question.answers[0],
      score: answer.score.total,
      step,
      uid: group.uid,
      index,
      rule: answer.score.rule,
      judge: answer.score.judge.asked ? answer.score.judge.verdict : null,
      overlong_reward: answer.score.overlong,
      advantage: answer.advantage,
      kept: group.kept,
      drop_reason: group.dropReason,
      acc: answer.score.correct,
      pred: answer.score.parsed,
      stage: stage?.number ?? null,
      pool: Boolean(group.origin?.history),
      visits: group.origin?.history?.visits ?? 0,
      last_reward: group.origin?.history?.history.at(-1)?.reward ?? null,
    })),
  );
}

/** A row as a list shows it: without the prompt's text and the token ids, which make a step of long prompts megabytes. */
export type ShownRow = Omit<RolloutRow, 'input' | 'token_ids'>;

/** Answers of a step that are shown at most, and characters of their texts together. */
const shownBounds = { rows: 4096, characters: 4_000_000 };
/** What is left of a text once the others have used up the room. */
const cutCharacters = 200;

/** The rows as lists show them, in order, within bounds; a text that had to be cut ends in an ellipsis. */
export function shownRows(rows: readonly RolloutRow[], bounds = shownBounds): ShownRow[] {
  let room = bounds.characters;
  const fitting = (text: string) => {
    const kept = text.length <= Math.max(room, cutCharacters) ? text : `${text.slice(0, cutCharacters)}…`;
    room -= kept.length;
    return kept;
  };
  return rows.slice(0, bounds.rows).map(({ input, token_ids: _, question, output, ...row }) => ({
    ...row,
    // Older folders have the question only within the prompt, at its end.
    question: question ?? input.slice(-cutCharacters),
    output: fitting(output),
  }));
}

/** A row read back, or null where it lacks what every row has. */
export function asRolloutRow(row: JsonRow): RolloutRow | null {
  const whole =
    typeof row.input === 'string' &&
    typeof row.output === 'string' &&
    typeof row.uid === 'string' &&
    typeof row.index === 'number' &&
    typeof row.step === 'number' &&
    typeof row.score === 'number';
  // The keys that identify and show an answer were checked; the others are as rolloutRows wrote them.
  return whole ? (row as RolloutRow) : null;
}
