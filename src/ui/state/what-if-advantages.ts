/** @file Rewards of a group that training did not give, as the mean, deviation and advantages that it would have given. */
import type { GroupView } from '../../../workers/protocol';
import { groupAdvantages } from '../../rl/advantage';
import { taskAdvantage } from '../../rl/advantage-variants';
import type { RunConfig } from '../../run/config';

export type AdvantageRules = Pick<RunConfig, 'norm_adv_by_std' | 'norm_adv_std_over' | 'adv_epsilon'>;

/** A group with mean, deviation and advantages of its own rewards; `groups` are those of the page, for wider deviations. */
export function normalised(group: GroupView, groups: readonly GroupView[], rules: AdvantageRules): GroupView {
  const { mean, std, advantages } = groupAdvantages(
    group.answers.map(({ score }) => score.total),
    { normaliseByStd: rules.norm_adv_by_std, epsilon: rules.adv_epsilon },
  );
  const wide = wideAdvantages(group, groups, rules);
  const answers = group.answers.map((answer, i) => ({ ...answer, advantage: (wide ?? advantages)[i] }));
  return { ...group, answers, mean, std };
}

/** Over the deviation of a task or batch, as far as the page has its groups; null where the group's own counts. */
function wideAdvantages(
  group: GroupView,
  groups: readonly GroupView[],
  { norm_adv_by_std, norm_adv_std_over, adv_epsilon }: AdvantageRules,
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
