/**
 * @file The groups of one step as the Lab lists them: those of the page's window with every token's numbers, the others
 * from the run folder's lines. Pure.
 */
import type { GroupView } from '../../../workers/protocol';
import { standardDeviation } from '../../rl/statistics';
import type { ShownRow } from '../../run/rollout-rows';

export interface LabAnswer {
  /** From 0. */
  index: number;
  text: string;
  reward: number;
  advantage: number;
  correct: boolean;
  /** Generated tokens. */
  length: number;
  truncated: boolean;
  rule: number;
  /** 0 or 1; null where the judge was not asked. */
  judge: number | null;
  overlong: number;
  parsed: string | null;
}

export interface LabGroup {
  uid: string;
  step: number;
  question: string;
  gold: string;
  mean: number;
  /** Sample standard deviation (n − 1). */
  std: number;
  kept: boolean;
  reason: string | null;
  retrospective: { visits: number; lastReward: number | null } | null;
  answers: LabAnswer[];
  /** With every token's numbers; null where only the folder has the group. */
  view: GroupView | null;
}

export function fromView(view: GroupView): LabGroup {
  return {
    uid: view.uid,
    step: view.step,
    question: view.question,
    gold: view.gold[0] ?? '',
    mean: view.mean,
    std: view.std,
    kept: view.kept,
    reason: view.dropReason,
    retrospective: view.retrospective ?? null,
    answers: view.answers.map(({ text, score, advantage, tokens, finish }, index) => ({
      index,
      text,
      reward: score.total,
      advantage,
      correct: score.correct,
      length: tokens.length,
      truncated: finish === 'length',
      rule: score.rule,
      judge: score.judge.asked ? score.judge.verdict : null,
      overlong: score.overlong,
      parsed: score.parsed,
    })),
    view,
  };
}

/** Groups of the run folder's lines of one step, each with its view where the window has it. */
export function fromRows(rows: readonly ShownRow[], window: readonly GroupView[]): LabGroup[] {
  const views = new Map(window.map((view) => [view.uid, view]));
  const byUid = new Map<string, ShownRow[]>();
  for (const row of rows) byUid.set(row.uid, [...(byUid.get(row.uid) ?? []), row]);
  const groups = [...byUid].map(([uid, own]): LabGroup => {
    const view = views.get(uid);
    if (view) return fromView(view);
    const sorted = [...own].sort((a, b) => a.index - b.index);
    const rewards = sorted.map(({ score }) => score);
    const [first] = sorted;
    return {
      uid,
      step: first.step,
      question: first.question,
      gold: first.gts,
      mean: rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length,
      std: rewards.length > 1 ? standardDeviation(rewards, 1) : 0,
      kept: first.kept,
      reason: first.drop_reason,
      retrospective: first.pool ? { visits: first.visits, lastReward: first.last_reward } : null,
      answers: sorted.map((row) => ({
        index: row.index,
        text: row.output,
        reward: row.score,
        advantage: row.advantage,
        correct: row.acc,
        length: row.tokens ?? 0,
        truncated: row.truncated ?? false,
        rule: row.rule,
        judge: row.judge,
        overlong: row.overlong_reward,
        parsed: row.pred,
      })),
      view: null,
    };
  });
  return inOrder(groups);
}

/** In the order they were drawn. */
export function inOrder(groups: readonly LabGroup[]): LabGroup[] {
  return [...groups].sort((a, b) => a.uid.localeCompare(b.uid, 'en', { numeric: true }));
}

export const groupSorts = ['drawn', 'reward', 'std', 'length'] as const;
export type GroupSort = (typeof groupSorts)[number];

/** Sorted; all but the order of drawing begin with the largest. */
export function sortGroups(groups: readonly LabGroup[], sort: GroupSort): LabGroup[] {
  const drawn = inOrder(groups);
  switch (sort) {
    case 'drawn':
      return drawn;
    case 'reward':
      return drawn.sort((a, b) => b.mean - a.mean);
    case 'std':
      return drawn.sort((a, b) => b.std - a.std);
    case 'length':
      return drawn.sort((a, b) => meanLength(b) - meanLength(a));
    default:
      return sort satisfies never;
  }
}

export function meanLength({ answers }: LabGroup): number {
  return answers.reduce((sum, { length }) => sum + length, 0) / Math.max(1, answers.length);
}

/** Groups whose question, gold answer or any answer holds the text, letters of either case. */
export function filterGroups(groups: readonly LabGroup[], text: string): LabGroup[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return [...groups];
  const holds = (words: string) => words.toLowerCase().includes(wanted);
  return groups.filter(
    ({ question, gold, answers }) =>
      holds(question) || holds(gold) || answers.some((answer) => holds(answer.text)),
  );
}

export const answerSorts = ['drawn', 'reward', 'advantage', 'length'] as const;
export type AnswerSort = (typeof answerSorts)[number];

export interface AnswerLine {
  group: LabGroup;
  answer: LabAnswer;
}

export function answerLines(groups: readonly LabGroup[], sort: AnswerSort): AnswerLine[] {
  const lines = inOrder(groups).flatMap((group) => group.answers.map((answer) => ({ group, answer })));
  return sort === 'drawn' ? lines : lines.sort((a, b) => b.answer[sort] - a.answer[sort]);
}

/** Dropped groups by reason, the most frequent first. */
export function byReason(groups: readonly LabGroup[]): [reason: string, groups: LabGroup[]][] {
  const reasons = new Map<string, LabGroup[]>();
  for (const group of groups) {
    if (group.kept) continue;
    const reason = group.reason ?? 'surplus';
    reasons.set(reason, [...(reasons.get(reason) ?? []), group]);
  }
  return [...reasons].sort(([, a], [, b]) => b.length - a.length);
}
