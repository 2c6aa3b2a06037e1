/** @file A step as the page shows it, from the loop's groups: plain data that can cross to another thread, or wait in a file. */
import type { PolicyTokenizer } from '../policy/tokenizer';
import type { Score } from '../reward/types';
import type { StageMark } from '../rl/curriculum';
import type { Pool, PoolQuestion } from '../rl/retrospective';
import type { DropReason, PromptItem, ScoredAnswer, ScoredGroup, StepRecord } from '../rl/types';
import type { Family, Span } from '../tasks/types';

export interface AnswerView {
  text: string;
  /** One entry a generated token, the end token included. */
  tokenTexts: string[];
  tokens: Uint32Array;
  /** log π at sampling, full softmax at the sampling temperature. */
  sampledLogprobs: Float32Array;
  /** log π_old from the training forward; null until measured. */
  oldLogprobs: Float32Array | null;
  /** log π at the optimiser update that used this answer; null while unused or dropped. */
  newLogprobs: Float32Array | null;
  /** log π_ref, where a KL coefficient asks for a reference; absent otherwise. */
  refLogprobs?: Float32Array;
  /** 0 for a token whose policy gradient was left out; absent where none was. */
  policyMask?: Uint8Array;
  entropies: Float32Array;
  /** 1-based optimiser update of the step that used this answer; 0 = none. */
  update: number;
  advantage: number;
  score: Score;
  finish: 'stop' | 'length';
}

/** What a question asks, and of which part of the document. */
export interface QuestionView {
  questionId: string;
  documentId: string;
  question: string;
  family: Family;
  gold: string[];
  /** Wrong candidates that a right answer must not name. */
  rejected?: string[];
  /** Ranges into the document's text. */
  window: Span;
  evidence: Span[];
  promptTokens: number;
}

export interface GroupView extends QuestionView {
  uid: string;
  step: number;
  /** Texts of the prompt's last tokens, in order; absent where a recording does not hold them. */
  promptTail?: string[];
  mean: number;
  /** Sample standard deviation (n − 1). */
  std: number;
  kept: boolean;
  dropReason: DropReason | null;
  /** What was known of a question of the retrospective pool before this visit; null or absent for a fresh one. */
  retrospective?: { visits: number; lastReward: number | null } | null;
  answers: AnswerView[];
}

export interface StepView {
  step: number;
  /** By canonical metric name. */
  metrics: Record<string, number>;
  groups: GroupView[];
  updates: number;
  /** Stage of the curriculum; null or absent in a run without stages. */
  stage?: StageMark | null;
  /** The retrospective pool after the step, questions that wait for the next stage among them. */
  pool?: readonly PoolQuestion[];
}

/** Tokens of a prompt's end that cross to the page: the question and what asks for the answer. */
const promptTail = 64;

/** Dropped groups that cross to the page with a step; all of them are in the run folder. */
const shownDropped = 16;

export function stepView(record: StepRecord, tokenizer: PolicyTokenizer, pool: Pool): StepView {
  const dropped = record.groups.filter((group) => !group.kept).slice(0, shownDropped);
  const shown = record.groups.filter((group) => group.kept || dropped.includes(group));
  return {
    step: record.step,
    metrics: record.metrics,
    groups: shown.map((group) => groupView(group, record.step, tokenizer)),
    updates: record.updates,
    stage: record.stage ?? null,
    pool,
  };
}

export function groupView(group: ScoredGroup, step: number, tokenizer: PolicyTokenizer): GroupView {
  return {
    uid: group.uid,
    step,
    ...questionView(group.item),
    promptTail: tokenTexts(group.item.tokens.slice(-promptTail), tokenizer).texts,
    mean: group.mean,
    std: group.std,
    kept: group.kept,
    dropReason: group.dropReason,
    retrospective: group.origin?.history
      ? {
          visits: group.origin.history.visits,
          lastReward: group.origin.history.history.at(-1)?.reward ?? null,
        }
      : null,
    answers: group.answers.map((answer) => answerView(answer, tokenizer)),
  };
}

export function questionView({ question, tokens }: PromptItem): QuestionView {
  return {
    questionId: question.id,
    documentId: question.documentId,
    question: question.text,
    family: question.family,
    gold: question.answers,
    ...(question.rejected && { rejected: question.rejected }),
    window: question.window,
    evidence: question.evidence,
    promptTokens: tokens.length,
  };
}

function answerView(answer: ScoredAnswer, tokenizer: PolicyTokenizer): AnswerView {
  const { tokens, logprobs, entropies, finish } = answer.rollout;
  const { text, texts } = tokenTexts(tokens, tokenizer);
  return {
    text,
    tokenTexts: texts,
    tokens,
    sampledLogprobs: logprobs,
    oldLogprobs: answer.update ? answer.oldLogprobs : null,
    newLogprobs: answer.update?.logprobs ?? null,
    refLogprobs: answer.refLogprobs,
    policyMask: answer.policyMask,
    entropies,
    update: answer.update?.index ?? 0,
    advantage: answer.advantage,
    score: answer.score,
    finish,
  };
}

/** The text of tokens, and what each of them adds to it. */
function tokenTexts(
  tokens: ArrayLike<number>,
  tokenizer: PolicyTokenizer,
): { text: string; texts: string[] } {
  const { text, spans } = tokenizer.decodeWithSpans(tokens);
  return { text, texts: spans.map(({ start, end }) => text.slice(start, end)) };
}
