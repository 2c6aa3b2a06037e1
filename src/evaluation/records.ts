/** @file What a cell keeps of its questions: enough to open it and read every answer with its scores. */
import type { Answer, AskedItem } from './answers';
import { hybridScore } from './scores';
import type { EvaluationCell } from './types';

/** One answer as read by rule and judge. */
export interface AnswerRecord {
  greedy: boolean;
  output: string;
  /** max(rule, judge). */
  score: number;
  rule: number;
  /** 0 or 1; null where the judge was not asked. */
  judge: number | null;
  /** Parsed answer, null where none was found. */
  pred: string | null;
  /** Why the rule decided so. */
  reason: string;
  /** Generated tokens. */
  tokens: number;
  finish: string;
}

/** One question of a cell: a line of the samples file. */
export interface CellRecord extends EvaluationCell {
  index: number;
  /** Empty where the question could not be made. */
  question: string;
  input: string;
  gold: string[];
  /** Code and sentence of the failure; null where the item was answered and scored. */
  failure: string | null;
  answers: AnswerRecord[];
}

export function cellRecords(cell: EvaluationCell, items: readonly AskedItem[]): CellRecord[] {
  return items.map(({ item, failure, greedy, sampled }, index) => ({
    ...cell,
    index,
    question: item?.question.text ?? '',
    input: item?.text ?? '',
    gold: item?.question.answers ?? [],
    failure: failure && `${failure.code}: ${failure.message}`,
    answers: [
      ...(greedy ? [answerRecord(greedy, true)] : []),
      ...sampled.map((answer) => answerRecord(answer, false)),
    ],
  }));
}

function answerRecord({ text, tokens, finish, score }: Answer, greedy: boolean): AnswerRecord {
  return {
    greedy,
    output: text,
    score: hybridScore(score),
    rule: score.rule,
    judge: score.judge.asked ? score.judge.verdict : null,
    pred: score.parsed,
    reason: score.reason,
    tokens,
    finish,
  };
}
