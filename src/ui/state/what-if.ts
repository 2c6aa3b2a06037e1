/**
 * @file What if an answer had been judged the other way: rewards flipped on the page, and the advantages that would
 * follow. Nothing of it is trained.
 */
import type { AnswerView, GroupView } from '../../../workers/protocol';
import { groupAdvantages } from '../../rl/advantage';
import { taskAdvantage } from '../../rl/advantage-variants';
import type { RunConfig } from '../../run/config';
import { playWords } from '../strings-play';
import { effectiveConfig, type UiState, type WhatIf } from './model';

/** With one more answer flipped, or flipped back; null when nothing is left. */
export function flip(before: WhatIf | null, uid: string, answer: number): WhatIf | null {
  const flipped = before?.uid === uid ? before.flipped : [];
  const next = flipped.includes(answer) ? flipped.filter((other) => other !== answer) : [...flipped, answer];
  return next.length === 0 ? null : { uid, flipped: next };
}

type Rules = Pick<RunConfig, 'norm_adv_by_std' | 'norm_adv_std_over' | 'adv_epsilon'>;

/** The groups with the flipped one in place of its own. `groups` are those of the page; others stay the same objects. */
export function applyWhatIf(
  groups: readonly GroupView[],
  whatIf: WhatIf | null,
  rules: Rules,
): readonly GroupView[] {
  const original = groups.find((group) => group.uid === whatIf?.uid);
  if (!whatIf || !original) return groups;
  const answers = original.answers.map((answer, i) =>
    whatIf.flipped.includes(i) ? turned(answer) : { ...answer },
  );
  const rewards = answers.map(({ score }) => score.total);
  const { mean, std, advantages } = groupAdvantages(rewards, {
    normaliseByStd: rules.norm_adv_by_std,
    epsilon: rules.adv_epsilon,
  });
  const group: GroupView = { ...original, answers, mean, std };
  const wide = wideAdvantages(group, groups, rules);
  answers.forEach((answer, i) => {
    answer.advantage = (wide ?? advantages)[i];
  });
  return groups.map((other) => (other.uid === whatIf.uid ? group : other));
}

/** Over the deviation of a task or batch, as far as the page has its groups; null where the group's own counts. */
function wideAdvantages(
  group: GroupView,
  groups: readonly GroupView[],
  { norm_adv_by_std, norm_adv_std_over, adv_epsilon }: Rules,
): Float64Array | null {
  if (!norm_adv_by_std || norm_adv_std_over === 'group') return null;
  const batch = [
    group,
    ...groups.filter((other) => other.step === group.step && other.kept && other.uid !== group.uid),
  ];
  const rows = batch.flatMap((one) => one.answers.map((answer) => ({ one, reward: answer.score.total })));
  const all = taskAdvantage(
    rows.map(({ reward }) => reward),
    rows.map(({ one }) => one.uid),
    rows.map(({ one }) => (norm_adv_std_over === 'task' ? one.family : '')),
    adv_epsilon,
  );
  return all.slice(0, group.answers.length);
}

/** Right becomes wrong and wrong right; the overlong term stays. */
function turned(answer: AnswerView): AnswerView {
  const { score } = answer;
  const base = score.correct ? 0 : 1;
  return {
    ...answer,
    score: {
      ...score,
      rule: base,
      judge: { asked: false, reason: playWords.reward.turned },
      base,
      total: base + score.overlong,
      correct: !score.correct,
    },
  };
}

let last: {
  groups: readonly GroupView[];
  whatIf: WhatIf;
  rules: string;
  result: readonly GroupView[];
} | null = null;

/** The groups as the page shows them, what-if applied: the same objects until something of it changes. */
export function imaginedGroups(state: UiState): readonly GroupView[] {
  const { groups, whatIf } = state;
  if (!whatIf) return groups;
  const { norm_adv_by_std, norm_adv_std_over, adv_epsilon } = effectiveConfig(state);
  const rules = `${norm_adv_by_std} ${norm_adv_std_over} ${adv_epsilon}`;
  if (last?.groups === groups && last.whatIf === whatIf && last.rules === rules) return last.result;
  const result = applyWhatIf(groups, whatIf, { norm_adv_by_std, norm_adv_std_over, adv_epsilon });
  last = { groups, whatIf, rules, result };
  return result;
}

/** The shown group, what-if applied. */
export function imaginedGroup(state: UiState): GroupView | null {
  return imaginedGroups(state).find((group) => group.uid === state.shownUid) ?? null;
}
