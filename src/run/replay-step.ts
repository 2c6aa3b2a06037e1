/**
 * @file What a run folder keeps of a step so that it can be replayed, `replay/{step}.json`: the step as the page showed it,
 * with every token's numbers (step-view.ts). The metrics stand in metrics.jsonl and are not repeated.
 *
 *   version, step, updates, stage, pool
 *   unit       log-probs and entropies are whole multiples of it
 *   groups[]   uid, question, window, evidence, prompt_tail (texts of the prompt's last tokens), mean, std, … and
 *     answers[]   tokens    ids
 *                 lengths   characters of `text` that each token adds
 *                 sampled   log π at sampling, in units
 *                 old       log π_old − sampled, in units; null until measured
 *                 new       log π at the update − old, in units; null where not learned from
 *                 ref       log π_ref − sampled, in units; only with a reference
 *                 entropy   in units
 *
 * Differences are kept, not values: they are small, so the file is, and a ratio exp(new) is as fine as the unit. Reading
 * is in replay-reader.ts.
 */
import type { AnswerView, GroupView, StepView } from './step-view';

export const replayVersion = 1;

/** Tokens whose numbers a step keeps: groups past it are left out, those that were learned from last. */
export const maxReplayTokens = 20_000;

/** A ratio is off by a hundred-thousandth at most. */
export const logprobUnit = 1e-5;

export function replayPath(step: number): string {
  return `replay/${step}.json`;
}

/** The text of a step's file. Groups with a value that is not finite are left out. */
export function writeReplayStep(view: StepView, unit = logprobUnit): string {
  const groups = withinBound(view.groups.filter(isFinished)).map((group) => groupFile(group, unit));
  const { step, updates, stage = null, pool = [] } = view;
  return `${JSON.stringify({ version: replayVersion, step, updates, stage, pool, unit, groups })}\n`;
}

function withinBound(groups: readonly GroupView[]): GroupView[] {
  let tokens = 0;
  const fits = new Set(
    [...groups]
      .sort((a, b) => Number(b.kept) - Number(a.kept))
      .filter((group) => {
        tokens += tokensOf(group);
        return tokens <= maxReplayTokens;
      }),
  );
  return groups.filter((group) => fits.has(group));
}

function tokensOf({ answers }: GroupView): number {
  return answers.reduce((sum, { tokens }) => sum + tokens.length, 0);
}

function isFinished({ answers }: GroupView): boolean {
  return answers.every(({ sampledLogprobs, oldLogprobs, newLogprobs, refLogprobs, entropies, advantage }) =>
    [sampledLogprobs, oldLogprobs, newLogprobs, refLogprobs, entropies, [advantage]].every(
      (values) => !values || Array.from(values).every(Number.isFinite),
    ),
  );
}

function groupFile(group: GroupView, unit: number) {
  return {
    uid: group.uid,
    question_id: group.questionId,
    document_id: group.documentId,
    question: group.question,
    family: group.family,
    gold: group.gold,
    rejected: group.rejected,
    window: [group.window.start, group.window.end],
    evidence: group.evidence.map(({ start, end }) => [start, end]),
    prompt_tokens: group.promptTokens,
    prompt_tail: group.promptTail,
    mean: group.mean,
    std: group.std,
    kept: group.kept,
    drop_reason: group.dropReason,
    retrospective: group.retrospective ?? null,
    answers: group.answers.map((answer) => answerFile(answer, unit)),
  };
}

function answerFile(answer: AnswerView, unit: number) {
  const inUnits = (values: ArrayLike<number>) => Array.from(values, (value) => Math.round(value / unit));
  const sampled = inUnits(answer.sampledLogprobs);
  const beyond = (values: Float32Array, base: readonly number[]) =>
    inUnits(values).map((value, t) => value - base[t]);
  const { oldLogprobs: old, newLogprobs: now, refLogprobs: ref } = answer;
  return {
    text: answer.text,
    lengths: answer.tokenTexts.map((text) => text.length),
    tokens: Array.from(answer.tokens),
    sampled,
    old: old && beyond(old, sampled),
    new: now && beyond(now, old ? inUnits(old) : sampled),
    ref: ref && beyond(ref, sampled),
    mask: answer.policyMask && Array.from(answer.policyMask),
    entropy: inUnits(answer.entropies),
    update: answer.update,
    advantage: answer.advantage,
    score: answer.score,
    finish: answer.finish,
  };
}
