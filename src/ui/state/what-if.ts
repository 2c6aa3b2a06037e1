/**
 * @file What if an answer had been judged the other way: rewards flipped on the page, and the advantages that would
 * follow. Nothing of it is trained.
 */
import type { AnswerView, GroupView } from '../../../workers/protocol';
import { playWords } from '../strings-play';
import { effectiveConfig, shownGroup, type UiState, type WhatIf } from './model';
import { type AdvantageRules, normalised } from './what-if-advantages';
import { groupsUnderControls } from './what-if-settings';

/** With one more answer flipped, or flipped back; null when nothing is left. */
export function flip(before: WhatIf | null, uid: string, answer: number): WhatIf | null {
  const flipped = before?.uid === uid ? before.flipped : [];
  const next = flipped.includes(answer) ? flipped.filter((other) => other !== answer) : [...flipped, answer];
  return next.length === 0 ? null : { uid, flipped: next };
}

/** The groups with the flipped one in place of its own. `groups` are those of the page; others stay the same objects. */
export function applyWhatIf(
  groups: readonly GroupView[],
  whatIf: WhatIf | null,
  rules: AdvantageRules,
): readonly GroupView[] {
  const original = groups.find((group) => group.uid === whatIf?.uid);
  if (!whatIf || !original) return groups;
  const answers = original.answers.map((answer, i) => (whatIf.flipped.includes(i) ? turned(answer) : answer));
  const group = normalised({ ...original, answers }, groups, rules);
  return groups.map((other) => (other.uid === whatIf.uid ? group : other));
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

/**
 * The groups as the page shows them: under what the controls say and training has not used yet, and with the verdicts that
 * were turned round. The same objects until something of it changes.
 */
export function imaginedGroups(state: UiState): readonly GroupView[] {
  const { whatIf } = state;
  const groups = groupsUnderControls(state);
  if (!whatIf) return groups;
  const { norm_adv_by_std, norm_adv_std_over, adv_epsilon } = effectiveConfig(state);
  const rules = `${norm_adv_by_std} ${norm_adv_std_over} ${adv_epsilon}`;
  if (last?.groups === groups && last.whatIf === whatIf && last.rules === rules) return last.result;
  const result = applyWhatIf(groups, whatIf, { norm_adv_by_std, norm_adv_std_over, adv_epsilon });
  last = { groups, whatIf, rules, result };
  return result;
}

/** The shown group as the page shows it. */
export function imaginedGroup(state: UiState): GroupView | null {
  return imaginedGroups(state).find((group) => group.uid === state.shownUid) ?? null;
}

/** Whether the shown group is not as it was trained. */
export function isImagined(state: UiState): boolean {
  return imaginedGroup(state) !== shownGroup(state);
}

/** Whether any group is not as it was trained. */
export function isAnyImagined(state: UiState): boolean {
  return imaginedGroups(state) !== state.groups;
}
