/** @file From the loop's groups to what the page shows: plain data that can cross to another thread. */
import type { PolicyTokenizer } from '../src/policy/tokenizer';
import type { Pool } from '../src/rl/retrospective';
import type { ScoredAnswer, ScoredGroup, StepRecord } from '../src/rl/types';
import type { AnswerView, GroupView, StepView } from './protocol';

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
  const { question, tokens } = group.item;
  return {
    uid: group.uid,
    step,
    questionId: question.id,
    documentId: question.documentId,
    question: question.text,
    family: question.family,
    gold: question.answers,
    ...(question.rejected && { rejected: question.rejected }),
    window: question.window,
    evidence: question.evidence,
    promptTokens: tokens.length,
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

function answerView(answer: ScoredAnswer, tokenizer: PolicyTokenizer): AnswerView {
  const { tokens, logprobs, entropies, finish } = answer.rollout;
  const { text, spans } = tokenizer.decodeWithSpans(tokens);
  return {
    text,
    tokenTexts: spans.map(({ start, end }) => text.slice(start, end)),
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
