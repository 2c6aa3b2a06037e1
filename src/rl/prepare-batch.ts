/**
 * @file What happens to the kept groups of a step between drawing and learning, where it takes the whole batch: the
 * scale of the advantages over a task or the batch, and the answers whose policy gradient is left out.
 */

import { taskAdvantage } from './advantage-variants';
import { aepoActive, aepoDrops, negativeClipMask } from './negative-gradients';
import type { TrainerSettings } from './settings';
import type { ScoredGroup } from './types';

type Settings = Pick<
  TrainerSettings,
  'normAdvByStd' | 'normAdvStdOver' | 'advEpsilon' | 'negativeClip' | 'aepo'
>;

/**
 * Writes `advantage` and `policyMask` of every answer of the kept groups.
 * @param aepoWasActive AEPO's state after the step before.
 * @returns AEPO's state after this one.
 */
export function prepareBatch(
  groups: readonly ScoredGroup[],
  aepoWasActive: boolean,
  settings: Settings,
): boolean {
  rescale(groups, settings);
  const rows = groups
    .flatMap((group) => group.answers)
    .map((answer) => ({
      answer,
      view: {
        advantage: answer.advantage,
        reward: answer.score.total,
        entropies: answer.rollout.entropies,
      },
    }));
  const isActive =
    rows.length === 0
      ? aepoWasActive
      : aepoActive(
          rows.map((row) => row.view),
          aepoWasActive,
          settings.aepo,
        );
  for (const { answer, view } of rows) {
    const mask =
      isActive && aepoDrops(view, settings.aepo.rule)
        ? new Uint8Array(view.entropies.length)
        : negativeClipMask(view, settings.negativeClip);
    if (mask !== null) answer.policyMask = mask;
  }
  return isActive;
}

/** Advantages over the deviation of a task or of the batch; those of the group are there already. */
function rescale(groups: readonly ScoredGroup[], settings: Settings): void {
  if (!settings.normAdvByStd || settings.normAdvStdOver === 'group') return;
  const rows = groups.flatMap((group) => group.answers.map((answer) => ({ group, answer })));
  const advantages = taskAdvantage(
    rows.map(({ answer }) => answer.score.total),
    rows.map(({ group }) => group.uid),
    rows.map(({ group }) => (settings.normAdvStdOver === 'task' ? group.item.question.family : '')),
    settings.advEpsilon,
  );
  rows.forEach(({ answer }, i) => {
    answer.advantage = advantages[i];
  });
}
